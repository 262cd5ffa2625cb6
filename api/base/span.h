/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A borrowed run of bytes without a NUL at its end: CEL source, HTTP headers, bodies.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *data;
    size_t length;
};

#define SPAN(literal)   ((struct span){ (literal), sizeof(literal) - 1 })
#define SPAN_FMT        "%.*s"
#define SPAN_ARG(bytes) (int)(bytes).length, (bytes).data

static inline struct span span_of(const char *text)
{
    return (struct span){ text, text ? strlen(text) : 0 };
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool span_is(struct span bytes, const char *text)
{
    return span_equal(bytes, span_of(text));
}

/* Bytewise order, a prefix first. */
static inline int span_compare(struct span a, struct span b)
{
    size_t shared = a.length < b.length ? a.length : b.length;
    int order = shared ? memcmp(a.data, b.data, shared) : 0;
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static inline bool span_starts_with(struct span bytes, struct span prefix)
{
    return bytes.length >= prefix.length && memcmp(bytes.data, prefix.data, prefix.length) == 0;
}

static inline bool span_ends_with(struct span bytes, struct span suffix)
{
    return bytes.length >= suffix.length &&
           memcmp(bytes.data + bytes.length - suffix.length, suffix.data, suffix.length) == 0;
}

/* What follows the first COUNT bytes. */
static inline struct span span_skip(struct span bytes, size_t count)
{
    if (count > bytes.length)
        count = bytes.length;
    return (struct span){ bytes.data + count, bytes.length - count };
}

/* The bytes before the first SEPARATOR; *REST becomes what follows it, or has no data if there is none. */
static inline struct span span_split(struct span bytes, char separator, struct span *rest)
{
    const char *at = bytes.length ? memchr(bytes.data, separator, bytes.length) : NULL;
    if (!at) {
        *rest = (struct span){ NULL, 0 };
        return bytes;
    }
    size_t before = (size_t)(at - bytes.data);
    *rest = (struct span){ at + 1, bytes.length - before - 1 };
    return (struct span){ bytes.data, before };
}

/* What a hexadecimal digit of either case stands for, or -1. */
static inline int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}
