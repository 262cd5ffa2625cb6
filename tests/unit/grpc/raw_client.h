/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HTTP/2 by hand, to say to a server what no decent client would: frames are put together byte by byte, and
 * what comes back is kept as text, one line a frame:
 *
 *     SETTINGS
 *     1 HEADERS end :status=200 content-type=application/grpc grpc-status=12 ...
 *     1 DATA 00000000026f6b
 *     1 RST 0
 */

#include "api/base/buf.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>

struct raw_client {
    struct buf out; /* to the server */
    struct buf in;  /* from it, not yet read */
    struct buf seen;
    nghttp2_hd_inflater *inflater;
};

static inline void raw_init(struct raw_client *raw)
{
    *raw = (struct raw_client){ .out = BUF_INIT(64 << 20),
                                .in = BUF_INIT(64 << 20),
                                .seen = BUF_INIT(64 << 20) };
    if (nghttp2_hd_inflate_new(&raw->inflater) != 0)
        abort();
}

static inline void raw_done(struct raw_client *raw)
{
    buf_done(&raw->out);
    buf_done(&raw->in);
    buf_done(&raw->seen);
    nghttp2_hd_inflate_del(raw->inflater);
}

static inline void raw_frame(struct raw_client *raw, int type, int flags, uint32_t stream,
                             struct span payload)
{
    size_t n = payload.length;
    unsigned char head[9] = {
        (unsigned char)(n >> 16),      (unsigned char)(n >> 8),      (unsigned char)n,
        (unsigned char)type,           (unsigned char)flags,         (unsigned char)(stream >> 24),
        (unsigned char)(stream >> 16), (unsigned char)(stream >> 8), (unsigned char)stream
    };
    buf_append(&raw->out, head, sizeof(head));
    buf_add_span(&raw->out, payload);
}

static inline void raw_preface(struct raw_client *raw)
{
    buf_add(&raw->out, NGHTTP2_CLIENT_MAGIC);
    raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, SPAN(""));
}

/* HEADERS is name, value, ... NULL; each a literal without indexing, under 127 bytes (or 0x7f and one more).
 */
static inline void raw_headers(struct raw_client *raw, uint32_t stream, bool end, const char *const *headers)
{
    struct buf block = BUF_INIT(16000);
    for (size_t i = 0; headers[i]; i++) {
        size_t length = strlen(headers[i]);
        if (i % 2 == 0)
            buf_add_char(&block, 0);
        if (length < 127) {
            buf_add_char(&block, (char)length);
        } else {
            assert(length < 127 + 128);
            buf_add_char(&block, 127);
            buf_add_char(&block, (char)(length - 127));
        }
        buf_add(&block, headers[i]);
    }
    raw_frame(raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | (end ? NGHTTP2_FLAG_END_STREAM : 0), stream,
              buf_span(&block));
    buf_done(&block);
}

static inline void raw_call(struct raw_client *raw, uint32_t stream, const char *path)
{
    const char *const headers[] = { ":method", "POST",         ":scheme",          "http", ":path",
                                    path,      "content-type", "application/grpc", NULL };
    raw_headers(raw, stream, false, headers);
}

static inline void raw_data(struct raw_client *raw, uint32_t stream, bool end, struct span bytes)
{
    raw_frame(raw, NGHTTP2_DATA, end ? NGHTTP2_FLAG_END_STREAM : 0, stream, bytes);
}

static inline void raw_reset(struct raw_client *raw, uint32_t stream)
{
    raw_frame(raw, NGHTTP2_RST_STREAM, 0, stream, (struct span){ "\0\0\0\10", 4 });
}

static inline void raw_see_headers(struct raw_client *raw, struct span block)
{
    while (true) {
        nghttp2_nv nv;
        int flags = 0;
        ssize_t taken =
            nghttp2_hd_inflate_hd2(raw->inflater, &nv, &flags, (const uint8_t *)block.data, block.length, 1);
        assert(taken >= 0);
        block = span_skip(block, (size_t)taken);
        if (flags & NGHTTP2_HD_INFLATE_EMIT)
            buf_printf(&raw->seen, " %.*s=%.*s", (int)nv.namelen, nv.name, (int)nv.valuelen, nv.value);
        if (flags & NGHTTP2_HD_INFLATE_FINAL)
            break;
    }
    nghttp2_hd_inflate_end_headers(raw->inflater);
}

static inline void raw_see_frame(struct raw_client *raw, const unsigned char *head, struct span payload)
{
    unsigned stream = (unsigned)(head[5] << 24 | head[6] << 16 | head[7] << 8 | head[8]);
    const unsigned char *p = (const unsigned char *)payload.data;
    bool end = head[4] & NGHTTP2_FLAG_END_STREAM;
    struct buf *seen = &raw->seen;
    switch (head[3]) {
    case NGHTTP2_HEADERS:
        buf_printf(seen, "%u HEADERS%s", stream, end ? " end" : "");
        raw_see_headers(raw, payload);
        break;
    case NGHTTP2_DATA:
        buf_printf(seen, "%u DATA%s ", stream, end ? " end" : "");
        for (size_t i = 0; i < payload.length && i < 32; i++)
            buf_printf(seen, "%02x", p[i]);
        break;
    case NGHTTP2_RST_STREAM: buf_printf(seen, "%u RST %u", stream, p[3]); break;
    case NGHTTP2_SETTINGS: buf_add(seen, head[4] & NGHTTP2_FLAG_ACK ? "SETTINGS ack" : "SETTINGS"); break;
    case NGHTTP2_PING: buf_add(seen, head[4] & NGHTTP2_FLAG_ACK ? "PING ack" : "PING"); break;
    case NGHTTP2_GOAWAY:
        buf_printf(seen, "GOAWAY %u code %u", (unsigned)((p[0] & 0x7f) << 24 | p[1] << 16 | p[2] << 8 | p[3]),
                   p[7]);
        break;
    case NGHTTP2_WINDOW_UPDATE: return;
    default: buf_printf(seen, "%u frame of type %u", stream, head[3]); break;
    }
    buf_add_char(seen, '\n');
}

/* Turns what is in `in` into lines of `seen`. */
static inline void raw_see(struct raw_client *raw)
{
    while (raw->in.length >= 9) {
        const unsigned char *head = (const unsigned char *)raw->in.data;
        size_t length = (size_t)(head[0] << 16 | head[1] << 8 | head[2]);
        if (raw->in.length < 9 + length)
            return;
        raw_see_frame(raw, head, (struct span){ raw->in.data + 9, length });
        buf_consume(&raw->in, 9 + length);
    }
}
