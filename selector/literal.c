/* SPDX-License-Identifier: Apache-2.0 */

#include "selector/literal.h"

#include "api/base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int digit_value(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

static bool parse_magnitude(struct span text, uint64_t *out)
{
    unsigned base = 10;
    if (span_starts_with(text, SPAN("0x"))) {
        base = 16;
        text = span_skip(text, 2);
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++)
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit_value(text.data[i]), &value))
            return false;
    *out = value;
    return true;
}

bool literal_int(struct span text, bool negative, struct datum *out)
{
    uint64_t magnitude;
    if (!parse_magnitude(text, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (struct datum){ .kind = DATUM_INT, .natural = negative ? -magnitude : magnitude };
    return true;
}

bool literal_uint(struct span text, struct datum *out)
{
    uint64_t magnitude;
    text.length--;
    if (!parse_magnitude(text, &magnitude))
        return false;
    *out = (struct datum){ .kind = DATUM_UINT, .natural = magnitude };
    return true;
}

bool literal_double(struct span text, bool negative, struct datum *out)
{
    cleanup_free char *copy = strndup(text.data, text.length);
    if (!copy)
        abort();
    double number = strtod(copy, NULL);
    if (isinf(number))
        return false;
    *out = (struct datum){ .kind = DATUM_DOUBLE, .number = negative ? -number : number };
    return true;
}

/* A literal on its way from SOURCE to OUT. Escapes never get longer than their spelling. */
struct unescaper {
    struct span source;
    char *out;
    size_t length;
    bool bytes;
};

static void put_code(struct unescaper *un, uint32_t code)
{
    un->length += utf8_encode(code, un->out + un->length);
}

/* COUNT digits of BASE (8 or 16) at the front of the source. */
static bool take_digits(struct unescaper *un, size_t count, uint32_t base, uint32_t *out)
{
    if (un->source.length < count)
        return false;
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = digit_value(un->source.data[i]);
        if (digit < 0 || (uint32_t)digit >= base)
            return false;
        *out = *out * base + (uint32_t)digit;
    }
    un->source = span_skip(un->source, count);
    return true;
}

static const char *put_numbered(struct unescaper *un, size_t digits, uint32_t base, bool names_code_point)
{
    uint32_t code;
    if (names_code_point && un->bytes)
        return "unable to unescape string";
    if (!take_digits(un, digits, base, &code))
        return "unable to unescape string";
    if (un->bytes) {
        un->out[un->length++] = (char)code;
        return NULL;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return names_code_point ? "invalid unicode code point" : "unable to unescape string";
    put_code(un, code);
    return NULL;
}

/* The backslash is behind us. */
static const char *unescape_one(struct unescaper *un)
{
    static const char plain[] = "abfnrtv\\?\"'`";
    static const char means[] = "\a\b\f\n\r\t\v\\?\"'`";
    if (!un->source.length)
        return "unable to unescape string";
    char c = un->source.data[0];
    const char *at = c ? strchr(plain, c) : NULL;
    if (at) {
        un->source = span_skip(un->source, 1);
        un->out[un->length++] = means[at - plain];
        return NULL;
    }
    if (c >= '0' && c <= '3')
        return put_numbered(un, 3, 8, false);
    un->source = span_skip(un->source, 1);
    switch (c) {
    case 'x':
    case 'X': return put_numbered(un, 2, 16, false);
    case 'u': return put_numbered(un, 4, 16, true);
    case 'U': return put_numbered(un, 8, 16, true);
    default: return "unable to unescape string";
    }
}

/* CRLF and CR in a literal mean LF. */
static const char *unescape_all(struct unescaper *un, bool raw)
{
    while (un->source.length) {
        char c = un->source.data[0];
        un->source = span_skip(un->source, 1);
        if (c == '\\' && !raw) {
            const char *wrong = unescape_one(un);
            if (wrong)
                return wrong;
        } else if (c == '\r') {
            if (un->source.length && un->source.data[0] == '\n')
                un->source = span_skip(un->source, 1);
            un->out[un->length++] = '\n';
        } else {
            un->out[un->length++] = c;
        }
    }
    return NULL;
}

const char *literal_text(struct arena *arena, struct span text, struct datum *out)
{
    struct unescaper un = { .source = text };
    bool raw = false;
    for (; isalpha((unsigned char)un.source.data[0]); un.source = span_skip(un.source, 1)) {
        un.bytes |= tolower((unsigned char)un.source.data[0]) == 'b';
        raw |= tolower((unsigned char)un.source.data[0]) == 'r';
    }
    bool triple = un.source.length >= 6 && un.source.data[1] == un.source.data[0] &&
                  un.source.data[2] == un.source.data[0];
    size_t quotes = triple ? 3 : 1;
    un.source = span_skip(un.source, quotes);
    un.source.length -= quotes;
    un.out = arena_array(arena, un.source.length + 4, 1);
    const char *wrong = unescape_all(&un, raw);
    if (wrong)
        return wrong;
    *out = (struct datum){ .kind = un.bytes ? DATUM_BYTES : DATUM_STRING,
                           .size = (uint32_t)un.length,
                           .text = un.out };
    return NULL;
}
