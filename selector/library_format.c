/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named formats. `validate` gives the list of what is wrong with a text, empty if nothing is.
 */

#include "api/base/compiler.h"
#include "selector/container.h"
#include "selector/format.h"
#include "selector/function.h"
#include "selector/instant.h"
#include "selector/machine.h"
#include "selector/uri.h"

#include <ctype.h>

/* NULL, or what is wrong with TEXT. */
typedef const char *format_rule(struct span text);

struct format {
    const char *name;
    unsigned pattern_size;
    bool is_prefix; /* of a generated name: a dash at the end will be followed by something */
    format_rule *rule;
};

enum { MAX_LABEL = 63, MAX_SUBDOMAIN = 253 };

static bool is_lower_or_digit(char c)
{
    return islower((unsigned char)c) || isdigit((unsigned char)c);
}

/* Both ends pass ENDS; everything between does, or is one of ALSO. */
static bool is_made_of(struct span text, bool (*ends)(char), const char *also)
{
    if (!text.length || !ends(text.data[0]) || !ends(text.data[text.length - 1]))
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (!ends(text.data[i]) && !(text.data[i] && strchr(also, text.data[i])))
            return false;
    return true;
}

static const char *check_label(struct span text)
{
    if (text.length > MAX_LABEL)
        return "must be no more than 63 bytes";
    return is_made_of(text, is_lower_or_digit, "-") ? NULL
                                                    : "a lowercase RFC 1123 label must consist of lower case "
                                                      "alphanumeric characters or '-', and must "
                                                      "start and end with an alphanumeric character";
}

static const char *check_subdomain(struct span text)
{
    static const char wrong[] = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
                                "characters, '-' or '.', and must "
                                "start and end with an alphanumeric character";
    if (text.length > MAX_SUBDOMAIN)
        return "must be no more than 253 bytes";
    struct span rest = text;
    while (rest.data)
        if (!is_made_of(span_split(rest, '.', &rest), is_lower_or_digit, "-"))
            return wrong;
    return NULL;
}

static const char *check_label_1035(struct span text)
{
    if (text.length > MAX_LABEL)
        return "must be no more than 63 bytes";
    bool starts_well = text.length && islower((unsigned char)text.data[0]);
    return starts_well && is_made_of(text, is_lower_or_digit, "-")
               ? NULL
               : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
                 "alphabetic character, and end with an alphanumeric character";
}

static bool is_letter_or_digit(char c)
{
    return isalnum((unsigned char)c);
}

static const char *check_label_value(struct span text)
{
    if (text.length > MAX_LABEL)
        return "must be no more than 63 bytes";
    return !text.length || is_made_of(text, is_letter_or_digit, "-_.")
               ? NULL
               : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
                 "'.', "
                 "and must start and end with an alphanumeric character";
}

static const char *check_qualified_name(struct span text)
{
    struct span name, prefix = span_split(text, '/', &name);
    if (!name.data)
        name = prefix;
    else if (memchr(name.data, '/', name.length) || check_subdomain(prefix))
        return "prefix part must be a DNS subdomain, and a name has one '/' at most";
    return name.length ? check_label_value(name) : "name part must be non-empty";
}

static const char *check_uri(struct span text)
{
    struct uri url;
    return uri_parse(text, &url);
}

static const char *check_uuid(struct span text)
{
    static const unsigned char groups[] = { 8, 4, 4, 4, 12 };
    for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
        if (g && span_starts_with(text, SPAN("-")))
            text = span_skip(text, 1);
        for (unsigned i = 0; i < groups[g]; i++, text = span_skip(text, 1))
            if (!text.length || !isxdigit((unsigned char)text.data[0]))
                return "does not match the UUID format";
    }
    return text.length ? "does not match the UUID format" : NULL;
}

static const char *check_base64(struct span text)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.length && text.data[text.length - 1 - padding] == '=')
        padding++;
    if (!text.length || text.length % 4)
        return "invalid base64";
    for (size_t i = 0; i + padding < text.length; i++)
        if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '+' && text.data[i] != '/')
            return "invalid base64";
    return NULL;
}

/* FRONT, DATE and BACK as one timestamp. */
static bool is_timestamp(const char *front, struct span text, const char *back)
{
    cleanup_buf struct buf whole = BUF_INIT(256);
    buf_add(&whole, front);
    buf_add_span(&whole, text);
    buf_add(&whole, back);
    struct datum ignored;
    return !whole.overflowed && timestamp_parse(buf_span(&whole), &ignored);
}

static const char *check_date(struct span text)
{
    return is_timestamp("", text, "T00:00:00Z") ? NULL : "invalid date";
}

static const char *check_datetime(struct span text)
{
    cleanup_buf struct buf upper = BUF_INIT(256);
    for (size_t i = 0; i < text.length && !upper.overflowed; i++)
        buf_add_char(&upper, (char)toupper((unsigned char)text.data[i]));
    return is_timestamp("", buf_span(&upper), "") ? NULL : "invalid datetime";
}

/* FORMAT(name, how long its pattern counts as, is it a prefix, rule) */
#define FORMATS(FORMAT)                                                                                      \
    FORMAT(dns1123Label, 30, false, check_label)                                                             \
    FORMAT(dns1123Subdomain, 60, false, check_subdomain)                                                     \
    FORMAT(dns1035Label, 30, false, check_label_1035)                                                        \
    FORMAT(qualifiedName, 60, false, check_qualified_name)                                                   \
    FORMAT(dns1123LabelPrefix, 30, true, check_label)                                                        \
    FORMAT(dns1123SubdomainPrefix, 60, true, check_subdomain)                                                \
    FORMAT(dns1035LabelPrefix, 30, true, check_label_1035)                                                   \
    FORMAT(labelValue, 40, false, check_label_value)                                                         \
    FORMAT(uri, 1103, false, check_uri)                                                                      \
    FORMAT(uuid, 70, false, check_uuid)                                                                      \
    FORMAT(byte, 84, false, check_base64)                                                                    \
    FORMAT(date, 71, false, check_date)                                                                      \
    FORMAT(datetime, 71, false, check_datetime)

static const struct format formats[] = {
#define FORMAT(name, pattern_size, is_prefix, rule) { #name, pattern_size, is_prefix, rule },
    FORMATS(FORMAT)
#undef FORMAT
};

enum format_index {
#define FORMAT(name, pattern_size, is_prefix, rule) FORMAT_##name,
    FORMATS(FORMAT)
#undef FORMAT
};

unsigned format_pattern_size(const struct format *format)
{
    return format->pattern_size;
}

static struct datum datum_format(const struct format *format)
{
    return (struct datum){ .kind = DATUM_FORMAT, .object = format };
}

#define FORMAT(name, pattern_size, is_prefix, rule)                                                          \
    static struct datum body_##name(struct machine *machine, const struct datum *args, unsigned n_args)      \
    {                                                                                                        \
        (void)machine, (void)args, (void)n_args;                                                             \
        return datum_format(&formats[FORMAT_##name]);                                                        \
    }
FORMATS(FORMAT)
#undef FORMAT

static struct datum body_named(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (span_is(datum_span(&args[0]), formats[i].name))
            return datum_some(machine, datum_format(&formats[i]));
    return datum_none();
}

static struct datum body_validate(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    const struct format *format = args[0].object;
    struct datum text = args[1];
    if (format->is_prefix && text.size > 1 && text.text[text.size - 1] == '-') {
        text = datum_copy_text(machine, (struct span){ text.text, text.size - 1 });
        if (text.kind == DATUM_ERROR)
            return text;
        ((char *)text.text)[text.size - 1] = 'a';
    }
    const char *wrong = format->rule(datum_span(&text));
    if (!wrong)
        return datum_none();
    struct datum list = list_append(machine, list_of(NULL, 0), datum_text(span_of(wrong)));
    return list.kind == DATUM_ERROR ? list : datum_some(machine, list);
}

#define F "kubernetes.NamedFormat"

static const struct function_row rows[] = {
    { "format.named", "(string) -> optional_type(" F ")", body_named, COST_ONE, 0, 0, 0 },
    { "validate", F ".(string) -> optional_type(list(string))", body_validate, COST_VALIDATE,
      FUNCTION_COST_BY_NAME, 0, 0 },
#define FORMAT(name, pattern_size, is_prefix, rule)                                                          \
    { "format." #name, "() -> " F, body_##name, COST_ONE, 0, 0, 0 },
    FORMATS(FORMAT)
#undef FORMAT
};

const struct library library_format = LIBRARY(rows);
