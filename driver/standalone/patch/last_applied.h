/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bridge from client-side to server-side apply: kubectl's annotation with the configuration that it
 * applied last. Only the manager "kubectl" crosses it.
 */

#include "driver/standalone/patch/field_set.h"

struct schema;

/* The fields that LIVE's annotation names: these may change hands without a conflict. Empty if there is none.
 */
struct field_set *last_applied_fields(struct arena *arena, const struct schema *schema,
                                      const struct value *live);

/* If OBJECT has the annotation it becomes CONFIG's text. */
void last_applied_refresh(struct arena *arena, struct value *object, const struct value *config);
