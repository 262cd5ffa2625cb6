/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a stream has to say: one message on its way out, and at most one waiting behind it. A newer message
 * takes the place of one that still waits, so a reader that does not read costs two messages, never more.
 */

#include "api/base/buf.h"

struct outbox {
    struct buf sending; /* with its prefix */
    size_t n_sent;      /* of sending */
    struct buf waiting; /* with its prefix; empty if none */
};

void outbox_done(struct outbox *outbox);

/* Copies MESSAGE. */
void outbox_put(struct outbox *outbox, struct span message);

/* Moves up to ROOM bytes to OUT, across messages; returns how many. */
size_t outbox_read(struct outbox *outbox, void *out, size_t room);

bool outbox_is_empty(const struct outbox *outbox);
