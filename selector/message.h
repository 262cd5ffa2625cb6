/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is wrong with a text, and where: one block for each problem, with the source line and a caret.
 */

#include "api/base/buf.h"
#include "api/base/error.h"

#include <stdint.h>

struct messages {
    struct span source;
    struct buf text;
    unsigned count;
};

enum { NOWHERE = UINT32_MAX }; /* for problems of the text as a whole */

void messages_init(struct messages *messages, struct span source);
void messages_done(struct messages *messages);

/* AT is a byte offset in the source, or NOWHERE. */
void message_add(struct messages *messages, uint32_t at, const char *format, ...) format_printf(3, 4);

/* "compilation failed: ..." if there is any message, else NULL. */
nodiscard struct error *messages_error(const struct messages *messages);
