/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A growing run of bytes, born with its cap. There is always a NUL behind the last byte.
 * Writing past the cap is remembered, not fatal: append freely, then ask buf_check once.
 */

#include "api/base/error.h"
#include "api/base/span.h"

#include <stdint.h>

struct buf {
    char *data;
    size_t length;
    size_t room;
    size_t max;
    bool overflowed; /* something did not fit; everything appended since the first such time is missing */
};

#define BUF_INIT(max_bytes) ((struct buf){ .max = (max_bytes) })

void buf_done(struct buf *buf);
void buf_clear(struct buf *buf);

void buf_append(struct buf *buf, const void *bytes, size_t length);
void buf_add(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_span(struct buf *buf, struct span bytes);
void buf_printf(struct buf *buf, const char *format, ...) format_printf(2, 3);

/* Room for LENGTH more bytes, for reading into; NULL past the cap. Say buf_grew afterwards. */
char *buf_reserve(struct buf *buf, size_t length);
void buf_grew(struct buf *buf, size_t length);

/* Drops the first COUNT bytes. */
void buf_consume(struct buf *buf, size_t count);

/* ERROR_EXHAUSTED if anything did not fit. */
nodiscard struct error *buf_check(const struct buf *buf);

/* Reads FD to its end. ERROR_EXHAUSTED if there is more than the cap. */
nodiscard struct error *buf_read_fd(struct buf *buf, int fd);

static inline struct span buf_span(const struct buf *buf)
{
    return (struct span){ buf->data ? buf->data : "", buf->length };
}

static inline const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

/* The bytes as a heap string of the caller's; BUF is empty afterwards. Never NULL. */
nodiscard char *buf_take(struct buf *buf);

#define cleanup_buf __attribute__((cleanup(buf_done)))
