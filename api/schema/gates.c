/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields whose feature gate is off: gone, unless the stored object uses the feature already.
 */

#include "api/schema/schema.h"

#include <stdio.h>

/* Absent, null and empty are one to Kubernetes. */
static bool is_nothing(const struct value *value)
{
    return value->type == VALUE_NULL ||
           ((value->type == VALUE_LIST || value->type == VALUE_OBJECT) && value_length(value) == 0);
}

struct gating {
    const struct schema *schema;
    const struct value *before;
    schema_gate_fn *is_on;
    const void *context;
};

static bool gates_are_on(const struct gating *gating, const char *gates)
{
    for (struct span rest = span_of(gates); rest.data;) {
        struct span gate = span_split(rest, ' ', &rest);
        char name[64];
        snprintf(name, sizeof(name), SPAN_FMT, SPAN_ARG(gate));
        if (!gating->is_on(gating->context, name))
            return false;
    }
    return true;
}

/* Whether VALUE has, anywhere, a field that depends on GATES. */
static bool uses_gates(struct schema_spot spot, const struct value *value, const char *gates)
{
    value_each (value, item)
        if (uses_gates(schema_item(spot), item, gates))
            return true;
    value_each_member (value, member) {
        struct schema_spot below = schema_member(spot, member->name);
        bool is_gated = spot.type == SCHEMA_OBJECT && below.field && below.field->gates &&
                        !strcmp(below.field->gates, gates) && !is_nothing(member->value);
        if (is_gated || uses_gates(below, member->value, gates))
            return true;
    }
    return false;
}

static bool is_dropped(const struct gating *gating, const struct schema_field *field)
{
    return field && field->gates && !gates_are_on(gating, field->gates) &&
           !uses_gates(schema_root(gating->schema), gating->before, field->gates);
}

static void drop_gated(const struct gating *gating, struct schema_spot spot, struct value *value)
{
    value_each (value, item)
        drop_gated(gating, schema_item(spot), item);
    if (!value_is(value, VALUE_OBJECT) || spot.type == SCHEMA_RAW)
        return;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < value->object.n_members; i++) {
        struct value_member member = value->object.members[i];
        struct schema_spot below = schema_member(spot, member.name);
        if (spot.type == SCHEMA_OBJECT && is_dropped(gating, below.field))
            continue;
        drop_gated(gating, below, member.value);
        value->object.members[kept++] = member;
    }
    value->object.n_members = kept;
}

void schema_drop_gated(const struct schema *schema, struct value *tree, const struct value *before,
                       schema_gate_fn *is_on, const void *context)
{
    struct gating gating = { schema, before, is_on, context };
    drop_gated(&gating, schema_root(schema), tree);
}
