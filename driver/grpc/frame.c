/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The splitter believes the announced length only as far as bytes arrive: the buffer grows with them, so a
 * prefix that promises four megabytes costs nothing.
 */

#include "driver/grpc/frame.h"

#include <assert.h>

void frame_splitter_done(struct frame_splitter *splitter)
{
    buf_done(&splitter->message);
}

size_t frame_splitter_announced(const struct frame_splitter *splitter)
{
    const unsigned char *p = splitter->prefix;
    if (splitter->n_prefix < GRPC_PREFIX_BYTES)
        return 0;
    return (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
}

bool frame_splitter_is_midway(const struct frame_splitter *splitter)
{
    return splitter->n_prefix > 0 && !splitter->whole;
}

static enum frame_fault prefix_fault(const struct frame_splitter *splitter)
{
    if (splitter->prefix[0] > 1)
        return FRAME_BAD_FLAG;
    if (splitter->prefix[0] == 1)
        return FRAME_COMPRESSED;
    if (frame_splitter_announced(splitter) > splitter->max_bytes)
        return FRAME_TOO_LARGE;
    return FRAME_FINE;
}

static void take_prefix(struct frame_splitter *splitter, struct span *bytes)
{
    while (splitter->n_prefix < GRPC_PREFIX_BYTES && bytes->length) {
        splitter->prefix[splitter->n_prefix++] = (unsigned char)bytes->data[0];
        *bytes = span_skip(*bytes, 1);
    }
}

enum frame_fault frame_splitter_feed(struct frame_splitter *splitter, struct span *bytes)
{
    assert(!splitter->whole);
    take_prefix(splitter, bytes);
    if (splitter->n_prefix < GRPC_PREFIX_BYTES)
        return FRAME_FINE;

    enum frame_fault fault = prefix_fault(splitter);
    if (fault != FRAME_FINE)
        return fault;

    splitter->message.max = splitter->max_bytes;
    size_t missing = frame_splitter_announced(splitter) - splitter->message.length;
    size_t taken = bytes->length < missing ? bytes->length : missing;
    if (taken)
        buf_append(&splitter->message, bytes->data, taken);
    *bytes = span_skip(*bytes, taken);
    splitter->whole = taken == missing;
    return FRAME_FINE;
}

void frame_splitter_next(struct frame_splitter *splitter, struct buf *out)
{
    assert(splitter->whole);
    if (out) {
        buf_done(out);
        *out = splitter->message;
        splitter->message = BUF_INIT(splitter->max_bytes);
    } else {
        buf_clear(&splitter->message);
    }
    splitter->n_prefix = 0;
    splitter->whole = false;
}

void frame_prefix(unsigned char out[GRPC_PREFIX_BYTES], size_t length)
{
    assert(length <= UINT32_MAX);
    out[0] = 0;
    out[1] = (unsigned char)(length >> 24);
    out[2] = (unsigned char)(length >> 16);
    out[3] = (unsigned char)(length >> 8);
    out[4] = (unsigned char)length;
}
