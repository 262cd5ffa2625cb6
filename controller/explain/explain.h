/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An explanation in words: one sentence for Events and conditions, a table for people, a tree for machines.
 * The controller and kubectl share it.
 */

#include "api/base/buf.h"
#include "api/value/value.h"
#include "controller/allocate/allocate.h"

enum { EXPLAIN_MAX_SENTENCE = 900 }; /* an Event's message holds 1024 bytes */

/* "claim ml/a: request gpu wants 2 of class big, 1 of 8 devices is available: 5 in use (...), 2 tainted
 * (...)" */
void explain_sentence(const struct outcome *outcome, struct buf *out);

/* Every request with every reason, in columns. */
void explain_table(const struct outcome *outcome, struct buf *out);

/* The stable JSON form: {"outcome":"NoFit","message":...,"requests":[{"claim","request","class",...}]}. */
struct value *explain_tree(struct arena *arena, const struct outcome *outcome);
