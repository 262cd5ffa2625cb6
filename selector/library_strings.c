/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strings extension. All positions count code points.
 */

#include "api/base/compiler.h"
#include "api/base/utf8.h"
#include "selector/container.h"
#include "selector/function.h"
#include "selector/text.h"

size_t text_offset(struct span text, size_t index)
{
    size_t at = 0;
    while (index-- > 0 && at < text.length) {
        size_t length;
        utf8_decode(span_skip(text, at), &length);
        at += length;
    }
    return at;
}

static struct span text_part(struct span text, size_t from, size_t to)
{
    size_t start = text_offset(text, from);
    size_t end = start + text_offset(span_skip(text, start), to - from);
    return (struct span){ text.data + start, end - start };
}

static struct datum fail_index(struct machine *machine, int64_t index)
{
    return failf(machine, "index out of range: %lld", (long long)index);
}

static struct datum body_char_at(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct span text = datum_span(&args[0]);
    int64_t size = (int64_t)utf8_count(text), index = args[1].integer;
    if (index < 0 || index > size)
        return fail_index(machine, index);
    return datum_text(text_part(text, (size_t)index, (size_t)index + (index < size)));
}

static struct datum body_substring(struct machine *machine, const struct datum *args, unsigned n_args)
{
    struct span text = datum_span(&args[0]);
    int64_t size = (int64_t)utf8_count(text);
    int64_t from = args[1].integer, to = n_args > 2 ? args[2].integer : size;
    if (n_args > 2 && from > to)
        return failf(machine, "invalid substring range. start: %lld, end: %lld", (long long)from,
                     (long long)to);
    if (from < 0 || from > size)
        return fail_index(machine, from);
    if (to < 0 || to > size)
        return fail_index(machine, to);
    return datum_text(text_part(text, (size_t)from, (size_t)to));
}

/* Positions */

static struct datum position(struct span text, const char *at)
{
    return datum_int(at ? (int64_t)utf8_count((struct span){ text.data, (size_t)(at - text.data) }) : -1);
}

static struct datum body_index_of(struct machine *machine, const struct datum *args, unsigned n_args)
{
    struct span text = datum_span(&args[0]), part = datum_span(&args[1]);
    int64_t size = (int64_t)utf8_count(text), from = n_args > 2 ? args[2].integer : 0;
    if (!part.length && n_args == 2)
        return datum_int(0);
    if (from < 0)
        return fail_index(machine, from);
    if (!part.length)
        return datum_int(from < size ? from : size);
    if (from >= size)
        return datum_int(-1);
    size_t start = text_offset(text, (size_t)from);
    return position(text, memmem(text.data + start, text.length - start, part.data, part.length));
}

static struct datum body_last_index_of(struct machine *machine, const struct datum *args, unsigned n_args)
{
    struct span text = datum_span(&args[0]), part = datum_span(&args[1]);
    int64_t size = (int64_t)utf8_count(text), upto = n_args > 2 ? args[2].integer : size;
    if (!part.length && n_args == 2)
        return datum_int(size);
    if (upto < 0)
        return fail_index(machine, upto);
    if (!part.length)
        return datum_int(upto < size ? upto : size);
    if (n_args > 2 && upto >= size)
        return datum_int(-1);
    size_t start = text_offset(text, (size_t)upto);
    if (part.length > text.length)
        return datum_int(-1);
    if (start > text.length - part.length)
        start = text.length - part.length;
    for (size_t at = start + 1; at-- > 0;)
        if (memcmp(text.data + at, part.data, part.length) == 0)
            return position(text, text.data + at);
    return datum_int(-1);
}

/* Cases */

static struct datum map_bytes(struct machine *machine, struct span text, char from, char to, int shift)
{
    struct datum copy = datum_copy_text(machine, text);
    char *bytes = (char *)copy.text;
    for (size_t i = 0; copy.kind == DATUM_STRING && i < text.length; i++)
        if (bytes[i] >= from && bytes[i] <= to)
            bytes[i] = (char)(bytes[i] + shift);
    return copy;
}

static struct datum body_lower(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return map_bytes(machine, datum_span(&args[0]), 'A', 'Z', 'a' - 'A');
}

static struct datum body_upper(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return map_bytes(machine, datum_span(&args[0]), 'a', 'z', 'A' - 'a');
}

static bool is_blank(int32_t code)
{
    return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f ||
           code == 0x205f || code == 0x3000;
}

static struct datum body_trim(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    struct span text = datum_span(&args[0]);
    size_t length, end = 0;
    while (text.length && is_blank(utf8_decode(text, &length)))
        text = span_skip(text, length);
    for (size_t at = 0; at < text.length; at += length)
        if (!is_blank(utf8_decode(span_skip(text, at), &length)))
            end = at + length;
    return datum_text((struct span){ text.data, end });
}

/* Parts */

enum { MAX_TEXT_BYTES = SCRATCH_MAX_BYTES };

static struct datum finish(struct machine *machine, const struct buf *text)
{
    if (text->overflowed)
        machine->scratch->exhausted = true;
    return datum_copy_text(machine, buf_span(text));
}

/* The optional argument AT says how many at most; a negative one, or none, all. */
static int64_t limit_of(const struct datum *args, unsigned n_args, unsigned at)
{
    return n_args > at && args[at].integer >= 0 ? args[at].integer : INT64_MAX;
}

/* An empty OLD stands before every character and at the end. */
static struct datum replace_nothing(struct machine *machine, struct span text, struct span by, int64_t limit)
{
    cleanup_buf struct buf out = BUF_INIT(MAX_TEXT_BYTES);
    for (; limit > 0; limit--) {
        buf_add_span(&out, by);
        if (!text.length)
            break;
        size_t length;
        utf8_decode(text, &length);
        buf_append(&out, text.data, length);
        text = span_skip(text, length);
    }
    buf_add_span(&out, text);
    return finish(machine, &out);
}

static struct datum body_replace(struct machine *machine, const struct datum *args, unsigned n_args)
{
    struct span text = datum_span(&args[0]), old = datum_span(&args[1]), by = datum_span(&args[2]);
    int64_t limit = limit_of(args, n_args, 3);
    if (!old.length)
        return replace_nothing(machine, text, by, limit);
    cleanup_buf struct buf out = BUF_INIT(MAX_TEXT_BYTES);
    for (; limit > 0 && text.length; limit--) {
        const char *at = memmem(text.data, text.length, old.data, old.length);
        if (!at)
            break;
        buf_append(&out, text.data, (size_t)(at - text.data));
        buf_add_span(&out, by);
        text = span_skip(text, (size_t)(at - text.data) + old.length);
    }
    buf_add_span(&out, text);
    return finish(machine, &out);
}

/* What stands before the next SEPARATOR; an empty one separates characters. */
static struct span take_part(struct span *text, struct span separator)
{
    struct span part = *text;
    if (!separator.length) {
        utf8_decode(*text, &part.length);
        *text = span_skip(*text, part.length);
        return part;
    }
    const char *at = text->length ? memmem(text->data, text->length, separator.data, separator.length) : NULL;
    if (!at) {
        *text = (struct span){ NULL, 0 };
        return part;
    }
    part.length = (size_t)(at - text->data);
    *text = span_skip(*text, part.length + separator.length);
    return part;
}

static struct datum body_split(struct machine *machine, const struct datum *args, unsigned n_args)
{
    struct span rest = datum_span(&args[0]), separator = datum_span(&args[1]);
    int64_t limit = limit_of(args, n_args, 2);
    struct datum parts = list_of(NULL, 0);
    bool more = separator.length || rest.length;
    for (; more && limit > 0 && parts.kind == DATUM_LIST; limit--) {
        struct span part = rest;
        if (limit == 1)
            rest.data = NULL;
        else
            part = take_part(&rest, separator);
        parts = list_append(machine, parts, datum_text(part));
        more = separator.length ? rest.data != NULL : rest.data != NULL && rest.length > 0;
    }
    return parts;
}

static struct datum body_join(struct machine *machine, const struct datum *args, unsigned n_args)
{
    cleanup_buf struct buf out = BUF_INIT(MAX_TEXT_BYTES);
    for (uint32_t i = 0; i < args[0].size; i++) {
        struct datum part = list_at(&args[0], i);
        if (part.kind != DATUM_STRING)
            return fail_no_overload();
        if (i && n_args > 1)
            buf_add_span(&out, datum_span(&args[1]));
        buf_add_span(&out, datum_span(&part));
    }
    return finish(machine, &out);
}

/* Texts for people */

/* In quotes as a literal would spell it. */
static void quote(struct span text, struct buf *out)
{
    buf_add_char(out, '"');
    while (text.length) {
        size_t length;
        int32_t code = utf8_decode(text, &length);
        char letter = text_escape(code);
        if (code < 0)
            buf_add(out, "\ufffd");
        else if (letter)
            buf_printf(out, "\\%c", letter);
        else
            buf_append(out, text.data, length);
        text = span_skip(text, length);
    }
    buf_add_char(out, '"');
}

static struct datum body_quote(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    cleanup_buf struct buf out = BUF_INIT(MAX_TEXT_BYTES);
    quote(datum_span(&args[0]), &out);
    return finish(machine, &out);
}

static struct datum body_format(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return text_format(machine, &args[0], &args[1]);
}

/* Before 1.37 the empty text was found wherever it was looked for, even past the end. */
static struct datum body_index_of_anywhere(struct machine *machine, const struct datum *args, unsigned n_args)
{
    return args[1].size ? body_index_of(machine, args, n_args) : args[2];
}

static struct datum body_last_index_of_anywhere(struct machine *machine, const struct datum *args,
                                                unsigned n_args)
{
    return args[1].size ? body_last_index_of(machine, args, n_args) : args[2];
}

#define BY_NAME FUNCTION_COST_BY_NAME

static const struct function_row rows[] = {
    { "charAt", "string.(int) -> string", body_char_at, COST_ONE, 0, 0, 0 },
    { "substring", "string.(int) -> string", body_substring, COST_TEXT, BY_NAME, 0, 0 },
    { "substring", "string.(int, int) -> string", body_substring, COST_TEXT, BY_NAME, 0, 0 },
    { "indexOf", "string.(string) -> int", body_index_of, COST_TRAVERSAL, BY_NAME, 0, 0 },
    { "indexOf", "string.(string, int) -> int", body_index_of_anywhere, COST_TRAVERSAL, BY_NAME, 0, 36 },
    { "indexOf", "string.(string, int) -> int", body_index_of, COST_TRAVERSAL, BY_NAME, SNAPSHOT_1_37, 0 },
    { "lastIndexOf", "string.(string) -> int", body_last_index_of, COST_TRAVERSAL, BY_NAME, 0, 0 },
    { "lastIndexOf", "string.(string, int) -> int", body_last_index_of_anywhere, COST_TRAVERSAL, BY_NAME, 0,
      36 },
    { "lastIndexOf", "string.(string, int) -> int", body_last_index_of, COST_TRAVERSAL, BY_NAME,
      SNAPSHOT_1_37, 0 },
    { "lowerAscii", "string.() -> string", body_lower, COST_TEXT, BY_NAME, 0, 0 },
    { "upperAscii", "string.() -> string", body_upper, COST_TEXT, BY_NAME, 0, 0 },
    { "trim", "string.() -> string", body_trim, COST_TEXT, BY_NAME, 0, 0 },
    { "replace", "string.(string, string) -> string", body_replace, COST_TEXT_TWICE, BY_NAME, 0, 0 },
    { "replace", "string.(string, string, int) -> string", body_replace, COST_TEXT_TWICE, BY_NAME, 0, 0 },
    { "split", "string.(string) -> list(string)", body_split, COST_TEXT_TWICE, BY_NAME, 0, 0 },
    { "split", "string.(string, int) -> list(string)", body_split, COST_TEXT_TWICE, BY_NAME, 0, 0 },
    { "join", "list(string).() -> string", body_join, COST_RESULT_TWICE, BY_NAME, 0, 0 },
    { "join", "list(string).(string) -> string", body_join, COST_RESULT_TWICE, BY_NAME, 0, 0 },
    { "strings.quote", "(string) -> string", body_quote, COST_TEXT, 0, 0, 0 },
    { "format", "string.(list(dyn)) -> string", body_format, COST_TEXT, 0, 0, 0 },
};

const struct library library_strings = LIBRARY(rows);
