/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Header fields, in order, names compared without case. All text of a list is one buffer, so that a list
 * costs two allocations.
 */

#include "api/base/buf.h"
#include "api/base/vec.h"

enum { MAX_HEADER_BYTES = 256 * 1024 };

struct http_header_place {
    uint32_t name, name_length, value, value_length;
};

struct http_headers {
    struct buf text;
    VEC(struct http_header_place) places;
};

/* Zeroed memory is an empty list. */
void http_headers_done(struct http_headers *headers);
void http_headers_clear(struct http_headers *headers);
#define cleanup_headers __attribute__((cleanup(http_headers_done)))

/*
 * NAME must be a token (our own mistake otherwise). Control characters in VALUE become spaces, so nothing
 * from outside starts a line of its own. What would make the list larger than MAX_HEADER_BYTES is dropped,
 * see http_headers_check.
 */
void http_headers_add(struct http_headers *headers, struct span name, struct span value);
void http_headers_put(struct http_headers *headers, const char *name, const char *value);
nodiscard struct error *http_headers_check(const struct http_headers *headers);

/* The first value, with a NUL behind it, or NULL. Valid until the next add. */
const char *http_headers_get(const struct http_headers *headers, const char *name);

size_t http_headers_count(const struct http_headers *headers, const char *name);

struct span http_header_name(const struct http_headers *headers, size_t index);
struct span http_header_value(const struct http_headers *headers, size_t index);

bool http_name_equal(struct span a, struct span b);
bool http_is_token(struct span text);

/* Appends "Name: value\r\n" for each. */
void http_headers_write(const struct http_headers *headers, struct buf *out);
