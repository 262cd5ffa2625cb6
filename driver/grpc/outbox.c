/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/grpc/outbox.h"

#include "driver/grpc/frame.h"

void outbox_done(struct outbox *outbox)
{
    buf_done(&outbox->sending);
    buf_done(&outbox->waiting);
}

void outbox_put(struct outbox *outbox, struct span message)
{
    unsigned char prefix[GRPC_PREFIX_BYTES];
    frame_prefix(prefix, message.length);

    struct buf *waiting = &outbox->waiting;
    buf_clear(waiting);
    waiting->max = sizeof(prefix) + message.length;
    buf_append(waiting, prefix, sizeof(prefix));
    buf_add_span(waiting, message);
}

/* The next run of bytes to go, after moving the waiting message up if it is its turn. */
static struct span next_bytes(struct outbox *outbox)
{
    if (outbox->n_sent == outbox->sending.length && outbox->waiting.length) {
        struct buf spare = outbox->sending;
        outbox->sending = outbox->waiting;
        outbox->waiting = spare;
        outbox->n_sent = 0;
        buf_clear(&outbox->waiting);
    }
    return span_skip(buf_span(&outbox->sending), outbox->n_sent);
}

size_t outbox_read(struct outbox *outbox, void *out, size_t room)
{
    size_t n_read = 0;
    while (n_read < room) {
        struct span bytes = next_bytes(outbox);
        size_t length = bytes.length < room - n_read ? bytes.length : room - n_read;
        if (length == 0)
            break;
        memcpy((char *)out + n_read, bytes.data, length);
        outbox->n_sent += length;
        n_read += length;
    }
    return n_read;
}

bool outbox_is_empty(const struct outbox *outbox)
{
    return outbox->n_sent == outbox->sending.length && outbox->waiting.length == 0;
}
