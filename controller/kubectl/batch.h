/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `simulate --batch`: one case a line in, one answer a line out. The form is fixed in the design's "Command
 * lines"; other programs rely on it. A case without `node` may go to any Node among its objects, and the
 * answer says to which; an AllocationPolicy among them sets the placement.
 */

#include "api/base/buf.h"

#include <stdio.h>

/* Answers one line; what is wrong with it is part of the answer. Appends no newline. */
void batch_answer(struct span line, struct buf *out);

/* Answers every line of FROM on TO. ERROR_EXHAUSTED for lines beyond all bounds. */
nodiscard struct error *batch_answer_all(FILE *from, FILE *to);
