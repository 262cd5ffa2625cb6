/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most lines arrive whole in one piece and are handed out in place; only one that is cut is copied.
 */

#include "driver/kube/watch_frames.h"

void watch_frames_done(struct watch_frames *frames)
{
    buf_done(&frames->partial);
}

static bool is_blank(struct span line)
{
    for (size_t i = 0; i < line.length; i++)
        if (line.data[i] != ' ' && line.data[i] != '\r' && line.data[i] != '\t')
            return false;
    return true;
}

struct error *watch_frames_next(struct watch_frames *frames, struct span *bytes, struct span *line,
                                bool *found)
{
    *found = false;
    while (bytes->length) {
        struct span rest, piece = span_split(*bytes, '\n', &rest);
        bool ends = rest.data != NULL;
        /* the line handed out by the call before is done with: its buffer may be used again */
        if (frames->partial.length && frames->partial.data[frames->partial.length - 1] == '\n')
            buf_clear(&frames->partial);
        *bytes = ends ? rest : (struct span){ bytes->data + bytes->length, 0 };
        if (!ends || frames->partial.length) {
            buf_add_span(&frames->partial, piece);
            TRY(error_wrap(buf_check(&frames->partial), "one line of a watch"));
        }
        if (!ends)
            return NULL;
        *line = piece;
        if (frames->partial.length) {
            buf_add_char(&frames->partial, '\n'); /* marks it as handed out */
            *line = (struct span){ frames->partial.data, frames->partial.length - 1 };
        }
        if (!is_blank(*line)) {
            *found = true;
            return NULL;
        }
    }
    return NULL;
}
