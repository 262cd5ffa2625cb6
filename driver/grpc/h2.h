/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the server's and the client's side of a connection share in their use of nghttp2. Private to this
 * folder, which is nghttp2's only door.
 */

#include "api/base/buf.h"
#include "api/base/error.h"

#include <nghttp2/nghttp2.h>

enum {
    H2_MAX_HEADER_LIST_BYTES = 16 << 10,
    H2_SEND_BYTES = 64 << 10, /* gathered for one write */
};

/* A header whose bytes nghttp2 copies. */
static inline nghttp2_nv h2_header(const char *name, struct span value)
{
    return (nghttp2_nv){ .name = (uint8_t *)name,
                         .namelen = strlen(name),
                         .value = (uint8_t *)value.data,
                         .valuelen = value.length };
}

/* What every header costs against a list's limit (RFC 9113 6.5.2). */
static inline size_t h2_header_cost(size_t name_length, size_t value_length)
{
    return name_length + value_length + 32;
}

/* For calls that fail only when memory runs out, or when our own arguments make no sense. */
void h2_must(int status);

/* Feeds BYTES. An error means that the connection is beyond repair: send what is left, then close. */
nodiscard struct error *h2_receive(nghttp2_session *h2, struct span bytes);

/* Appends frames to OUT, until it holds about H2_SEND_BYTES or there are no more. */
void h2_send(nghttp2_session *h2, struct buf *out);

/* Whether nothing will ever be read or written again. */
bool h2_is_finished(nghttp2_session *h2);
