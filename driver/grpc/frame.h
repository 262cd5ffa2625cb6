/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gRPC's framing of messages within a stream: one byte that says "compressed", four that say how long, big
 * end first, then the message. HTTP/2 may cut this anywhere, within the five bytes too.
 */

#include "api/base/buf.h"
#include "driver/grpc/status.h"

enum {
    GRPC_PREFIX_BYTES = 5,
    GRPC_MAX_MESSAGE_BYTES = 4 << 20, /* Go's default, both ways */
};

/* Gathers one message at a time from pieces. Zeroed memory with max_bytes set is ready. */
struct frame_splitter {
    size_t max_bytes;
    unsigned char prefix[GRPC_PREFIX_BYTES];
    size_t n_prefix;
    struct buf message;
    bool whole; /* the message is complete; take it before feeding more */
};

/* What is wrong with a prefix. */
enum frame_fault {
    FRAME_FINE,
    FRAME_COMPRESSED, /* flag 1: it depends on grpc-encoding what to answer */
    FRAME_BAD_FLAG,
    FRAME_TOO_LARGE, /* said by the prefix, before anything is buffered */
};

void frame_splitter_done(struct frame_splitter *splitter);

/*
 * Takes bytes from the front of *BYTES until a message is whole or they are used up. After a fault the
 * splitter takes nothing more.
 */
enum frame_fault frame_splitter_feed(struct frame_splitter *splitter, struct span *bytes);

/* The announced length once the prefix is there, else 0. */
size_t frame_splitter_announced(const struct frame_splitter *splitter);

/* Whether there is a part of a message but not the whole. */
bool frame_splitter_is_midway(const struct frame_splitter *splitter);

/* Makes ready for the next message. With OUT, the whole message moves there, else it is dropped. */
void frame_splitter_next(struct frame_splitter *splitter, struct buf *out);

/* The five bytes in front of a message of LENGTH bytes. */
void frame_prefix(unsigned char out[GRPC_PREFIX_BYTES], size_t length);
