/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Answers, by what was asked: good until the inventory changes. Claims from one template ask the same, and
 * when they wait for devices they ask together.
 */

#include "controller/allocate/inventory/index.h"

/* What was kept for KEY, or NULL. */
const void *answers_find(struct inventory *inventory, struct span key);

/* Keeps ANSWER, which lives in ARENA; that is the inventory's from now on. */
void answers_keep(struct inventory *inventory, struct span key, struct arena *arena, const void *answer);

void answers_clear(struct inventory *inventory);
