/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are small regular languages; each is read here by hand, and its regular expression only stands in the
 * message. Kubernetes reports length and form separately, and counts bytes in keys and values of labels but
 * "characters" in DNS names; both are kept.
 */

#include "api/resource/names.h"

#include <ctype.h>
#include <stdio.h>

#define LABEL_FORM     "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define LABEL_KEY_FORM "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

#define LABEL_FAULT                                                                                          \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "  \
    "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "   \
    "'" LABEL_FORM "')"
#define SUBDOMAIN_FAULT                                                                                      \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "    \
    "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "   \
    "'" LABEL_FORM "(\\." LABEL_FORM ")*')"
#define CASELESS_FAULT                                                                                       \
    "an RFC 1123 subdomain must consist of alphanumeric characters, '-' or '.', and must start and end "     \
    "with an alphanumeric character (e.g. 'Example.com', regex used for validation is '" LABEL_FORM          \
    "(\\." LABEL_FORM ")*')"
#define LABEL_KEY_FAULT                                                                                      \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " \
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" LABEL_KEY_FORM  \
    "')"
#define LABEL_VALUE_FAULT                                                                                    \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "     \
    "must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex " \
    "used for validation is '(" LABEL_KEY_FORM ")?')"
#define IDENTIFIER_FAULT                                                                                     \
    "a valid C identifier must start with alphabetic character or '_', followed by a string of "             \
    "alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for "           \
    "validation is '[A-Za-z_][A-Za-z0-9_]*')"
#define REASON_FAULT                                                                                         \
    "a condition reason must start with alphabetic character, optionally followed by a string of "           \
    "alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name', " \
    " or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation "  \
    "is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')"

static void add_fault(struct name_faults *faults, const char *text)
{
    if (faults->n_texts < NAME_MAX_FAULTS)
        faults->texts[faults->n_texts++] = text;
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alphanumeric(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* Whether every byte is alphanumeric or among EXTRA, and the first and last are alphanumeric. */
static bool has_form(struct span text, bool (*is_plain)(char), const char *extra)
{
    if (text.length == 0 || !is_plain(text.data[0]) || !is_plain(text.data[text.length - 1]))
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (!is_plain(text.data[i]) && (!text.data[i] || !strchr(extra, text.data[i])))
            return false;
    return true;
}

static bool is_subdomain(struct span text)
{
    while (text.data)
        if (!has_form(span_split(text, '.', &text), is_lower, "-"))
            return false;
    return true;
}

struct name_faults dns_label_faults(struct span name)
{
    struct name_faults faults = { 0 };
    if (name.length > DNS_LABEL_MAX)
        add_fault(&faults, "must be no more than 63 characters");
    if (!has_form(name, is_lower, "-"))
        add_fault(&faults, name.length && is_subdomain(name) ? "must not contain dots" : LABEL_FAULT);
    return faults;
}

struct name_faults dns_subdomain_faults(struct span name)
{
    struct name_faults faults = { 0 };
    if (name.length > DNS_SUBDOMAIN_MAX)
        add_fault(&faults, "must be no more than 253 characters");
    if (name.length == 0 || !is_subdomain(name))
        add_fault(&faults, SUBDOMAIN_FAULT);
    return faults;
}

/* The same in other words, for names whose case does not matter and that are lower-cased before. */
struct name_faults caseless_subdomain_faults(struct span name)
{
    struct name_faults faults = dns_subdomain_faults(name);
    for (size_t i = 0; i < faults.n_texts; i++)
        if (strcmp(faults.texts[i], SUBDOMAIN_FAULT) == 0)
            faults.texts[i] = CASELESS_FAULT;
    return faults;
}

static void check_key_prefix(struct span prefix, struct name_faults *faults)
{
    if (prefix.length == 0)
        add_fault(faults, "prefix part must be non-empty");
    if (prefix.length > DNS_SUBDOMAIN_MAX)
        add_fault(faults, "prefix part must be no more than 253 bytes");
    if (prefix.length && !is_subdomain(prefix))
        add_fault(faults, "prefix part " SUBDOMAIN_FAULT);
}

struct name_faults label_key_faults(struct span key)
{
    struct name_faults faults = { 0 };
    struct span name = key, rest;
    struct span prefix = span_split(key, '/', &rest);
    if (rest.data && memchr(rest.data, '/', rest.length)) {
        add_fault(&faults, "a valid label key " LABEL_KEY_FAULT
                           " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
        return faults;
    }
    if (rest.data) {
        check_key_prefix(prefix, &faults);
        name = rest;
    }
    if (name.length == 0)
        add_fault(&faults, "name part must be non-empty");
    if (name.length > LABEL_NAME_MAX)
        add_fault(&faults, "name part must be no more than 63 bytes");
    if (!has_form(name, is_alphanumeric, "-_."))
        add_fault(&faults, "name part " LABEL_KEY_FAULT);
    return faults;
}

struct name_faults label_value_faults(struct span value)
{
    struct name_faults faults = { 0 };
    if (value.length > LABEL_VALUE_MAX)
        add_fault(&faults, "must be no more than 63 bytes");
    if (value.length && !has_form(value, is_alphanumeric, "-_."))
        add_fault(&faults, LABEL_VALUE_FAULT);
    return faults;
}

static bool is_identifier(struct span name)
{
    if (name.length == 0 || isdigit((unsigned char)name.data[0]))
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (!is_alphanumeric(name.data[i]) && name.data[i] != '_')
            return false;
    return true;
}

struct name_faults c_identifier_faults(struct span name)
{
    struct name_faults faults = { 0 };
    if (!is_identifier(name))
        add_fault(&faults, IDENTIFIER_FAULT);
    return faults;
}

struct name_faults condition_reason_faults(struct span reason)
{
    struct name_faults faults = { 0 };
    bool good = reason.length && isalpha((unsigned char)reason.data[0]) &&
                !strchr(",:", reason.data[reason.length - 1]);
    for (size_t i = 0; i < reason.length; i++)
        good &= is_alphanumeric(reason.data[i]) || (reason.data[i] && strchr("_,:", reason.data[i]));
    if (!good)
        add_fault(&faults, REASON_FAULT);
    return faults;
}

bool driver_name_is_valid(struct span name)
{
    char lower[DRIVER_NAME_MAX];
    if (name.length == 0 || name.length > DRIVER_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.length; i++)
        lower[i] = (char)tolower((unsigned char)name.data[i]);
    return is_subdomain((struct span){ lower, name.length });
}

bool pool_name_is_valid(struct span name)
{
    if (name.length == 0 || name.length > POOL_NAME_MAX)
        return false;
    while (name.data)
        if (!is_subdomain(span_split(name, '/', &name)))
            return false;
    return true;
}

struct span qualified_name_domain(struct span name)
{
    const char *slash = name.length ? memrchr(name.data, '/', name.length) : NULL;
    return slash ? (struct span){ name.data, (size_t)(slash - name.data) } : (struct span){ NULL, 0 };
}

struct span qualified_name_id(struct span name)
{
    struct span domain = qualified_name_domain(name);
    return domain.data ? span_skip(name, domain.length + 1) : name;
}

bool qualified_name_is_valid(struct span name)
{
    struct span domain = qualified_name_domain(name), id = qualified_name_id(name);
    return is_identifier(id) && id.length <= IDENTIFIER_MAX && (!domain.data || driver_name_is_valid(domain));
}

/* It must do for a quota, too: behind "requests.". */
struct name_faults extended_resource_name_faults(struct span name)
{
    static const char requests[] = "requests.";
    char quota[sizeof(requests) + DNS_SUBDOMAIN_MAX + 1 + LABEL_NAME_MAX + 1];
    struct name_faults faults = { 0 };
    if (!name.length || !memchr(name.data, '/', name.length))
        add_fault(&faults, "a name must be a domain-prefixed path, such as 'example.com/my-prop'");
    else if (memmem(name.data, name.length, "kubernetes.io/", 14))
        add_fault(&faults, "must not have \"kubernetes.io/\" domain");
    if (span_starts_with(name, SPAN("requests.")))
        add_fault(&faults, "must not have \"requests.\" prefix");
    int length = snprintf(quota, sizeof(quota), "%s" SPAN_FMT, requests, SPAN_ARG(name));
    size_t kept = (size_t)length < sizeof(quota) ? (size_t)length : sizeof(quota) - 1;
    struct name_faults others = label_key_faults((struct span){ quota, kept });
    for (size_t i = 0; i < others.n_texts; i++)
        add_fault(&faults, others.texts[i]);
    return faults;
}
