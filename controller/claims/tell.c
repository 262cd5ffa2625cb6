/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/attempt.h"
#include "controller/claims/names.h"
#include "driver/kube/facts.h"

static void tell_claims(struct attempt *attempt, const char *reason, const char *message)
{
    for (size_t i = 0; i < attempt->plan.n_claims; i++) {
        const struct plan_claim *claim = &attempt->plan.claims[i];
        if (!claim->claim || claim->claim->allocation)
            continue;
        const struct kube_object *object =
            caches_find(&attempt->claims->caches, CACHE_CLAIMS, attempt->pod->meta.namespace, claim->name);
        struct event_target target = event_target_of(object->tree, &KUBE_RESOURCE_CLAIMS);
        recorder_event(attempt->claims->options.recorder, &target, EVENT_WARNING, reason, "%s", message);
    }
}

/* Without a pod there is no condition to remember the sentence. */
static void tell_lone_claim(struct attempt *attempt, bool allocated, const char *reason, const char *message)
{
    struct map *said = &attempt->claims->said;
    const char *key = attempt->task->key, *before = map_get(said, key);
    if (allocated) {
        free(map_remove(said, span_of(key)));
    } else if (!before || strcmp(before, message) != 0) {
        free(map_put(said, key, mem_strdup(message)));
        tell_claims(attempt, reason, message);
    }
}

/* A strategic patch merges conditions by type, so that ours, the last of them, is all it takes. */
static struct value *condition_patch(struct attempt *attempt, const struct value *conditions)
{
    struct value *patch = patch_begin(attempt->arena, attempt->tree, true);
    struct value *status = value_child(attempt->arena, patch, "status");
    value_append(attempt->arena, value_child_list(attempt->arena, status, "conditions"),
                 value_at(conditions, value_length(conditions) - 1));
    return patch;
}

struct error *attempt_tell(struct attempt *attempt, bool allocated, const char *reason, const char *message)
{
    if (!attempt->tree) {
        tell_lone_claim(attempt, allocated, reason, message);
        return NULL;
    }
    struct value *whole = value_object(attempt->arena);
    if (!patch_condition(attempt->arena, whole, attempt->tree, ALLOCATED_TYPE, allocated ? "True" : "False",
                         reason, message))
        return NULL;
    struct event_target target = event_target_of(attempt->tree, &KUBE_PODS);
    recorder_event(attempt->claims->options.recorder, &target, allocated ? EVENT_NORMAL : EVENT_WARNING,
                   reason, "%s", message);
    if (!allocated)
        tell_claims(attempt, reason, message);
    struct kube_call_spec spec = {
        .verb = KUBE_PATCH_STRATEGIC,
        .resource = &KUBE_PODS,
        .namespace = attempt->pod->meta.namespace,
        .name = attempt->pod->meta.name,
        .subresource = "status",
        .body = condition_patch(attempt, value_path(whole, "status.conditions")),
        .field_manager = FIELD_MANAGER,
    };
    return reconcile_request(attempt->task, attempt->claims->caches.of[CACHE_PODS], &spec);
}
