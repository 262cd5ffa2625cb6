/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/http/headers.h"

#include <assert.h>
#include <ctype.h>
#include <strings.h>

bool http_is_token(struct span text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x80 || (!isalnum(c) && !strchr("!#$%&'*+-.^_`|~", c)) || c == 0)
            return false;
    }
    return text.length > 0;
}

bool http_name_equal(struct span a, struct span b)
{
    return a.length == b.length && strncasecmp(a.data, b.data, a.length) == 0;
}

void http_headers_done(struct http_headers *headers)
{
    buf_done(&headers->text);
    vec_done(&headers->places);
}

void http_headers_clear(struct http_headers *headers)
{
    buf_clear(&headers->text);
    vec_clear(&headers->places);
}

void http_headers_add(struct http_headers *headers, struct span name, struct span value)
{
    assert(http_is_token(name));
    struct buf *text = &headers->text;
    text->max = MAX_HEADER_BYTES;
    char *at = buf_reserve(text, name.length + 1 + value.length + 1);
    if (!at)
        return;
    size_t start = text->length;
    memcpy(at, name.data, name.length);
    at[name.length] = '\0';
    char *to = at + name.length + 1;
    for (size_t i = 0; i < value.length; i++) {
        unsigned char c = (unsigned char)value.data[i];
        to[i] = (c < 0x20 && c != '\t') || c == 0x7f ? ' ' : (char)c;
    }
    to[value.length] = '\0';
    buf_grew(text, name.length + 1 + value.length + 1);
    vec_push(&headers->places,
             (struct http_header_place){ (uint32_t)start, (uint32_t)name.length,
                                         (uint32_t)(start + name.length + 1), (uint32_t)value.length });
}

void http_headers_put(struct http_headers *headers, const char *name, const char *value)
{
    http_headers_add(headers, span_of(name), span_of(value));
}

struct error *http_headers_check(const struct http_headers *headers)
{
    return error_wrap(buf_check(&headers->text), "headers");
}

struct span http_header_name(const struct http_headers *headers, size_t index)
{
    const struct http_header_place *place = &headers->places.items[index];
    return (struct span){ headers->text.data + place->name, place->name_length };
}

struct span http_header_value(const struct http_headers *headers, size_t index)
{
    const struct http_header_place *place = &headers->places.items[index];
    return (struct span){ headers->text.data + place->value, place->value_length };
}

const char *http_headers_get(const struct http_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->places.length; i++)
        if (http_name_equal(http_header_name(headers, i), span_of(name)))
            return http_header_value(headers, i).data;
    return NULL;
}

size_t http_headers_count(const struct http_headers *headers, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < headers->places.length; i++)
        count += http_name_equal(http_header_name(headers, i), span_of(name));
    return count;
}

void http_headers_write(const struct http_headers *headers, struct buf *out)
{
    for (size_t i = 0; i < headers->places.length; i++) {
        buf_add_span(out, http_header_name(headers, i));
        buf_add(out, ": ");
        buf_add_span(out, http_header_value(headers, i));
        buf_add(out, "\r\n");
    }
}
