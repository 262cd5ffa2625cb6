/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/buf.h"

#include "api/base/memory.h"

#include <errno.h>
#include <stdio.h>

void buf_done(struct buf *buf)
{
    free(buf->data);
    *buf = BUF_INIT(buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->length = 0;
    buf->overflowed = false;
    if (buf->data)
        buf->data[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t length)
{
    if (buf->overflowed || length > buf->max || buf->length > buf->max - length) {
        buf->overflowed = true;
        return NULL;
    }
    size_t needed = buf->length + length + 1;
    if (needed > buf->room) {
        size_t room = buf->room ? buf->room : 64;
        while (room < needed)
            room *= 2;
        buf->data = mem_resize(buf->data, room, 1);
        buf->room = room;
    }
    return buf->data + buf->length;
}

void buf_grew(struct buf *buf, size_t length)
{
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void buf_append(struct buf *buf, const void *bytes, size_t length)
{
    char *at = buf_reserve(buf, length);
    if (!at)
        return;
    if (length)
        memcpy(at, bytes, length);
    buf_grew(buf, length);
}

void buf_add(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_append(buf, &c, 1);
}

void buf_add_span(struct buf *buf, struct span bytes)
{
    buf_append(buf, bytes.data, bytes.length);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *at = length < 0 ? NULL : buf_reserve(buf, (size_t)length);
    if (at) {
        vsnprintf(at, (size_t)length + 1, format, again);
        buf_grew(buf, (size_t)length);
    }
    va_end(again);
}

void buf_consume(struct buf *buf, size_t count)
{
    if (count >= buf->length) {
        buf->length = 0;
    } else {
        memmove(buf->data, buf->data + count, buf->length - count);
        buf->length -= count;
    }
    if (buf->data)
        buf->data[buf->length] = '\0';
}

struct error *buf_check(const struct buf *buf)
{
    if (buf->overflowed)
        return error_new(ERROR_EXHAUSTED, "more than %zu bytes", buf->max);
    return NULL;
}

struct error *buf_read_fd(struct buf *buf, int fd)
{
    enum { CHUNK = 16 * 1024 };
    for (;;) {
        char chunk[CHUNK];
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(errno, "read");
        if (got == 0)
            return buf_check(buf);
        buf_append(buf, chunk, (size_t)got);
        TRY(buf_check(buf));
    }
}

char *buf_take(struct buf *buf)
{
    char *text = buf->data ? buf->data : mem_new(1, 1);
    *buf = BUF_INIT(buf->max);
    return text;
}
