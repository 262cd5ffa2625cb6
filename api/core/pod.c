/* SPDX-License-Identifier: Apache-2.0 */

#include "api/core/pod.h"

#include "api/core/tables.h"
#include "api/resource/decode.h"

#include <string.h>

static bool is_same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

struct error *pod_decode(struct arena *arena, const struct value *tree, struct pod **out)
{
    struct pod *pod = arena_make(arena, struct pod);
    TRY(schema_decode(arena, &pod_schema, tree, pod));
    *out = pod;
    return NULL;
}

bool pod_is_finished(const struct pod *pod)
{
    return pod->phase == POD_SUCCEEDED || pod->phase == POD_FAILED;
}

bool pod_has_gate(const struct pod *pod, const char *name)
{
    for (size_t i = 0; i < pod->n_scheduling_gates; i++)
        if (is_same(pod->scheduling_gates[i].name, name))
            return true;
    return false;
}

const struct pod_condition *pod_condition_find(const struct pod *pod, const char *type)
{
    for (size_t i = 0; i < pod->n_conditions; i++)
        if (is_same(pod->conditions[i].type, type))
            return &pod->conditions[i];
    return NULL;
}

const struct pod_claim *pod_claim_find(const struct pod *pod, const char *name)
{
    for (size_t i = 0; i < pod->n_claims; i++)
        if (is_same(pod->claims[i].name, name))
            return &pod->claims[i];
    return NULL;
}

bool pod_claim_resolve(const struct pod *pod, const struct pod_claim *claim, const char **out)
{
    *out = claim->claim_name;
    if (claim->claim_name)
        return true;
    for (size_t i = 0; i < pod->n_claim_statuses; i++) {
        if (is_same(pod->claim_statuses[i].name, claim->name)) {
            *out = pod->claim_statuses[i].claim_name;
            return true;
        }
    }
    return false;
}
