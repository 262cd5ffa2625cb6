/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s.format(list), by the older of upstream's two formatters, which is the one Kubernetes has: %f and %e
 * follow the habits of American English, so there are thousands separators and superscript exponents.
 */

#include "api/base/utf8.h"
#include "selector/container.h"
#include "selector/instant.h"
#include "selector/number_text.h"
#include "selector/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

enum { MAX_FORMATTED_BYTES = SCRATCH_MAX_BYTES, DEFAULT_PRECISION = 6, MAX_PRECISION = 1000 };

#define KIND(kind) (1u << DATUM_##kind)

static const struct verb {
    char verb;
    uint32_t kinds;
    const char *rule;
} verbs[] = {
    { 's',
      KIND(NULL) | KIND(BOOL) | KIND(INT) | KIND(UINT) | KIND(DOUBLE) | KIND(STRING) | KIND(BYTES) |
          KIND(LIST) | KIND(MAP) | KIND(TYPE) | KIND(TIMESTAMP) | KIND(DURATION),
      "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
      "durations, "
      "and timestamps" },
    { 'd', KIND(INT) | KIND(UINT), "decimal clause can only be used on integers" },
    { 'f', KIND(DOUBLE), "fixed-point clause can only be used on doubles" },
    { 'e', KIND(DOUBLE), "scientific clause can only be used on doubles" },
    { 'b', KIND(INT) | KIND(UINT) | KIND(BOOL), "only integers and bools can be formatted as binary" },
    { 'x', KIND(INT) | KIND(UINT) | KIND(STRING) | KIND(BYTES),
      "only integers, byte buffers, and strings can be formatted as hex" },
    { 'X', KIND(INT) | KIND(UINT) | KIND(STRING) | KIND(BYTES),
      "only integers, byte buffers, and strings can be formatted as hex" },
    { 'o', KIND(INT) | KIND(UINT), "octal clause can only be used on integers" },
};

static const struct verb *find_verb(char c)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (verbs[i].verb == c)
            return &verbs[i];
    return NULL;
}

const char *format_refuses(char c, uint8_t kind)
{
    const struct verb *verb = find_verb(c);
    return kind < 32 && (verb->kinds & 1u << kind) ? NULL : verb->rule;
}

/* ".3", up to the verb. */
static bool take_precision(struct span *format, int *precision)
{
    *precision = -1;
    if (!format->length || format->data[0] != '.')
        return true;
    *format = span_skip(*format, 1);
    size_t n = 0;
    int64_t number = 0;
    while (n < format->length && isdigit((unsigned char)format->data[n])) {
        number = number * 10 + (format->data[n++] - '0');
        if (number > MAX_PRECISION)
            number = MAX_PRECISION;
    }
    *format = span_skip(*format, n);
    *precision = (int)number;
    return n > 0 && format->length > 0;
}

bool format_next(struct span *format, struct buf *out, struct format_clause *clause, const char **wrong)
{
    while (format->length) {
        char c = format->data[0];
        *format = span_skip(*format, 1);
        if (c != '%' || (format->length && format->data[0] == '%')) {
            buf_add_char(out, c);
            *format = span_skip(*format, c == '%');
            continue;
        }
        if (!format->length) {
            *wrong = "unexpected end of string";
            return false;
        }
        if (!take_precision(format, &clause->precision)) {
            *wrong = "could not parse formatting clause: error while parsing precision";
            return false;
        }
        clause->verb = format->data[0];
        *format = span_skip(*format, 1);
        if (find_verb(clause->verb))
            return true;
        *wrong = "could not parse formatting clause: unrecognized formatting clause";
        return false;
    }
    return false;
}

/* Numbers */

static bool add_unusual(double number, struct buf *out)
{
    if (isnan(number))
        buf_add(out, "NaN");
    else if (isinf(number))
        buf_add(out, number > 0 ? "\u221e" : "-\u221e");
    return isnan(number) || isinf(number);
}

/* 12,345.678 */
static void add_fixed(double number, int precision, struct buf *out)
{
    if (add_unusual(number, out))
        return;
    if (number == 0)
        number = 0; /* no -0 */
    cleanup_buf struct buf plain = BUF_INIT(2 * MAX_PRECISION);
    buf_printf(&plain, "%.*f", precision < 0 ? DEFAULT_PRECISION : precision, number);
    const char *at = buf_text(&plain);
    size_t whole = strcspn(at, ".");
    if (*at == '-') {
        buf_add_char(out, *at++);
        whole--;
    }
    for (; whole; whole--, at++) {
        buf_add_char(out, *at);
        if (whole > 1 && whole % 3 == 1)
            buf_add_char(out, ',');
    }
    buf_add(out, at);
}

/* 1.052033 x 10 to the 03, always with six places; the precision that was asked for is taken for a width. */
static void add_scientific(double number, int precision, const char *space, struct buf *out)
{
    static const char *const superscripts[] = { "\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                                "\u2075", "\u2076", "\u2077", "\u2078", "\u2079" };
    cleanup_buf struct buf text = BUF_INIT(256);
    if (!add_unusual(number, &text)) {
        char plain[40];
        if (number == 0)
            number = 0;
        snprintf(plain, sizeof(plain), "%.*e", DEFAULT_PRECISION, number);
        char *e = strchr(plain, 'e');
        buf_printf(&text, "%.*s%s\u00d7%s10", (int)(e - plain), plain, space, space);
        for (const char *at = e + 1; *at; at++)
            if (*at == '-')
                buf_add(&text, "\u207b");
            else if (*at != '+')
                buf_add(&text, superscripts[*at - '0']);
    }
    size_t width = precision < 0 ? DEFAULT_PRECISION : (size_t)precision;
    for (size_t length = utf8_count(buf_span(&text)); length < width; length++)
        buf_add_char(out, ' ');
    buf_add_span(out, buf_span(&text));
}

/* The number's size in digits of BASE 2, 8 or 16, with a minus where it is negative. */
static void add_in_base(const struct datum *number, unsigned bits, const char *digits, struct buf *out)
{
    uint64_t rest = number->kind == DATUM_BOOL ? number->boolean : number->natural;
    if (number->kind == DATUM_INT && number->integer < 0) {
        buf_add_char(out, '-');
        rest = -rest;
    }
    char text[64];
    size_t at = sizeof(text);
    do {
        text[--at] = digits[rest & ((1u << bits) - 1)];
        rest >>= bits;
    } while (rest);
    buf_append(out, text + at, sizeof(text) - at);
}

static void add_hex(const struct datum *datum, const char *digits, struct buf *out)
{
    if (datum->kind != DATUM_STRING && datum->kind != DATUM_BYTES) {
        add_in_base(datum, 4, digits, out);
        return;
    }
    for (uint32_t i = 0; i < datum->size; i++) {
        unsigned char byte = (unsigned char)datum->text[i];
        buf_add_char(out, digits[byte >> 4]);
        buf_add_char(out, digits[byte & 15]);
    }
}

/* Texts */

/* Blanks, controls, formats and private characters, which Go writes as numbers; in order. What Unicode has
 * not assigned yet is not among them. */
static const struct {
    uint32_t first, last;
} unprintable[] = {
    { 0x00, 0x1f },       { 0x7f, 0xa0 },        { 0xad, 0xad },       { 0x600, 0x605 },
    { 0x61c, 0x61c },     { 0x6dd, 0x6dd },      { 0x70f, 0x70f },     { 0x890, 0x891 },
    { 0x8e2, 0x8e2 },     { 0x1680, 0x1680 },    { 0x180e, 0x180e },   { 0x2000, 0x200f },
    { 0x2028, 0x202f },   { 0x205f, 0x206f },    { 0x3000, 0x3000 },   { 0xd800, 0xf8ff },
    { 0xfeff, 0xfeff },   { 0xfff0, 0xfffb },    { 0xfffe, 0xffff },   { 0x110bd, 0x110bd },
    { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },  { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
    { 0xe0000, 0xe00ff }, { 0xe01f0, 0x10ffff },
};

static bool is_printable(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(unprintable) && code >= unprintable[i].first; i++)
        if (code <= unprintable[i].last)
            return false;
    return true;
}

char text_escape(int32_t code)
{
    static const char special[] = "\a\b\f\n\r\t\v\\\"";
    static const char letters[] = "abfnrtv\\\"";
    const char *at = code > 0 && code < 0x80 ? strchr(special, code) : NULL;
    return at ? letters[at - special] : '\0';
}

/* As Go quotes: "a\u00a0b". False if TEXT is not UTF-8. */
static bool add_quoted(struct span text, struct buf *out)
{
    buf_add_char(out, '"');
    while (text.length) {
        size_t length;
        int32_t code = utf8_decode(text, &length);
        if (code < 0)
            return false;
        char letter = text_escape(code);
        if (letter)
            buf_printf(out, "\\%c", letter);
        else if (is_printable((uint32_t)code))
            buf_append(out, text.data, length);
        else
            buf_printf(out, code < 0x80 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)code);
        text = span_skip(text, length);
    }
    buf_add_char(out, '"');
    return true;
}

/* Values: false if one of them has no text */

static bool add_plain(const struct datum *datum, struct buf *out);

/* As it stands inside a list or map: so that it could be read back. */
static bool add_nested(const struct datum *datum, struct buf *out)
{
    switch ((int)datum->kind) {               /* the others stand as they do outside */
    case DATUM_BYTES: buf_add_char(out, 'b'); /* fall through */
    case DATUM_STRING: return add_quoted(datum_span(datum), out);
    case DATUM_DOUBLE:
        if (isnan(datum->number) || isinf(datum->number))
            buf_printf(out, "\"%s\"", isnan(datum->number) ? "NaN" : datum->number > 0 ? "+Inf" : "-Inf");
        else
            buf_printf(out, "%.*f", DEFAULT_PRECISION, datum->number);
        return true;
    case DATUM_TIMESTAMP:
    case DATUM_DURATION:
        buf_add(out, datum->kind == DATUM_TIMESTAMP ? "timestamp(\"" : "duration(\"");
        add_plain(datum, out);
        buf_add(out, "\")");
        return true;
    }
    return add_plain(datum, out);
}

static bool add_list(const struct datum *list, struct buf *out)
{
    buf_add_char(out, '[');
    for (uint32_t i = 0; i < list->size; i++) {
        struct datum item = list_at(list, i);
        if (i)
            buf_add(out, ", ");
        if (out->overflowed || !add_nested(&item, out))
            return false;
    }
    buf_add_char(out, ']');
    return true;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "key:value", on the heap; NULL if one has no text. */
static char *entry_text(const struct datum *map, uint32_t index)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_FORMATTED_BYTES);
    struct datum key = dict_key(map, index), value = dict_value(map, index);
    bool is_key =
        key.kind == DATUM_STRING || key.kind == DATUM_BOOL || key.kind == DATUM_INT || key.kind == DATUM_UINT;
    if (!is_key || !add_nested(&key, &text))
        return NULL;
    buf_add_char(&text, ':');
    return add_nested(&value, &text) ? buf_take(&text) : NULL;
}

static bool add_map(const struct datum *map, struct buf *out)
{
    char **entries = mem_new(map->size, sizeof(*entries));
    bool complete = true;
    for (uint32_t i = 0; i < map->size; i++) {
        entries[i] = entry_text(map, i);
        complete &= entries[i] != NULL;
    }
    if (complete)
        qsort(entries, map->size, sizeof(*entries), compare_texts);
    buf_add_char(out, '{');
    for (uint32_t i = 0; i < map->size; i++) {
        if (complete)
            buf_printf(out, "%s%s", i ? ", " : "", entries[i]);
        free(entries[i]);
    }
    buf_add_char(out, '}');
    free(entries);
    return complete;
}

static bool add_plain(const struct datum *datum, struct buf *out)
{
    switch ((int)datum->kind) { /* the others have no text */
    case DATUM_NULL: buf_add(out, "null"); return true;
    case DATUM_BOOL: buf_add(out, datum->boolean ? "true" : "false"); return true;
    case DATUM_INT: buf_printf(out, "%lld", (long long)datum->integer); return true;
    case DATUM_UINT: buf_printf(out, "%llu", (unsigned long long)datum->natural); return true;
    case DATUM_DOUBLE: number_format_shortest(datum->number, out); return true;
    case DATUM_STRING:
    case DATUM_BYTES:
    case DATUM_TYPE: buf_add_span(out, datum_span(datum)); return utf8_is_valid(datum_span(datum));
    case DATUM_TIMESTAMP: timestamp_format(datum, out); return true;
    case DATUM_DURATION: duration_format(datum, out); return true;
    case DATUM_LIST: return add_list(datum, out);
    case DATUM_MAP: return add_map(datum, out);
    }
    return false;
}

/* The release has no thin spaces around the times sign. */
static const char *space_of(const struct machine *machine)
{
    return machine->program->env->options.published ? "" : "\u202f";
}

static bool add_clause(const struct machine *machine, const struct format_clause *clause,
                       const struct datum *datum, struct buf *out)
{
    switch (clause->verb) {
    case 'f': add_fixed(datum->number, clause->precision, out); return true;
    case 'e': add_scientific(datum->number, clause->precision, space_of(machine), out); return true;
    case 'b': add_in_base(datum, 1, "01", out); return true;
    case 'o': add_in_base(datum, 3, "01234567", out); return true;
    case 'x': add_hex(datum, "0123456789abcdef", out); return true;
    case 'X': add_hex(datum, "0123456789ABCDEF", out); return true;
    default: return add_plain(datum, out);
    }
}

/* %f and %e also take the texts "NaN", "Infinity" and "-Infinity". */
static struct datum number_of_text(char verb, struct datum datum)
{
    if ((verb != 'f' && verb != 'e') || datum.kind != DATUM_STRING)
        return datum;
    struct span text = datum_span(&datum);
    if (span_is(text, "NaN"))
        return datum_double(NAN);
    if (span_is(text, "Infinity") || span_is(text, "-Infinity"))
        return datum_double(text.data[0] == '-' ? -INFINITY : INFINITY);
    return datum;
}

struct datum text_format(struct machine *machine, const struct datum *format, const struct datum *args)
{
    cleanup_buf struct buf out = BUF_INIT(MAX_FORMATTED_BYTES);
    struct span rest = datum_span(format);
    struct format_clause clause;
    const char *wrong = NULL;
    uint32_t next = 0;
    while (format_next(&rest, &out, &clause, &wrong)) {
        if (next == args->size)
            return failf(machine, "index %u out of range", next);
        struct datum arg = number_of_text(clause.verb, list_at(args, next++));
        const char *rule = format_refuses(clause.verb, arg.kind);
        if (!rule && !add_clause(machine, &clause, &arg, &out))
            rule = find_verb('s')->rule;
        if (rule)
            return failf(machine, "error during formatting: %s, was given %s", rule, datum_type_name(&arg));
    }
    if (wrong)
        return fail(wrong);
    if (out.overflowed)
        machine->scratch->exhausted = true;
    return datum_copy_text(machine, buf_span(&out));
}
