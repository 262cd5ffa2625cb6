/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A watch is a stream of JSON texts, one a line: bytes in, lines out. Pure.
 */

#include "api/base/buf.h"

enum { MAX_WATCH_LINE = 8 * 1024 * 1024 };

struct watch_frames {
    struct buf partial; /* the line that has begun */
};

#define WATCH_FRAMES_INIT ((struct watch_frames){ BUF_INIT(MAX_WATCH_LINE) })

void watch_frames_done(struct watch_frames *frames);

/*
 * Takes the first line out of *BYTES (which then begins behind it), put together with what came before. False
 * when *BYTES is used up without a whole line. *LINE is valid until the next call. Blank lines are skipped.
 */
nodiscard struct error *watch_frames_next(struct watch_frames *frames, struct span *bytes, struct span *line,
                                          bool *found);
