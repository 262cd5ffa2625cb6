/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims that nobody uses. Kubernetes leaves an unused allocation as it is; what we allocated for a pod that
 * is no more would stay taken for ever. After a grace time:
 *
 *     allocated, not reserved, no pod wants it   --> deallocate
 *     not allocated, but still with the finalizer --> take the finalizer off
 *
 * Key: a claim. Claims that are to be allocated at once (an annotation says so) are never idle.
 */

#include "api/base/log.h"
#include "controller/claims/claims_private.h"
#include "controller/claims/patches.h"
#include "driver/kube/facts.h"

enum { GRACE_MS = 30000 };

bool claim_is_wanted(const struct claims *claims, const char *namespace, const char *name)
{
    const struct kube_objects *pods = caches_pods_of(&claims->caches, namespace, name);
    for (size_t i = 0; i < pods->length; i++) {
        if (!pod_is_done_with_claims(pods->items[i]->tree))
            return true;
    }
    return false;
}

/* Something of ours is left on a claim that nobody uses. */
static bool is_idle(struct claims *claims, const struct kube_object *object)
{
    const struct resource_claim *claim = object->typed;
    return claim && claims_own(claims, claim) && !claim->meta.deletion_timestamp && !claim->n_reserved_for &&
           (claim->allocation || meta_has_finalizer(&claim->meta, CLAIM_FINALIZER)) &&
           !claim_is_immediate(claim) && !claim_is_wanted(claims, object->namespace, object->name);
}

/* How long the claim has been idle; the first look starts the count. */
static uint64_t idle_ms(struct claims *claims, const char *key, bool idle)
{
    uint64_t now = loop_now(claims->loop);
    uint64_t *since = map_get(&claims->idle_since, key);
    if (!idle) {
        free(map_remove(&claims->idle_since, span_of(key)));
        return 0;
    }
    if (!since) {
        since = NEW(uint64_t);
        *since = now;
        map_put(&claims->idle_since, key, since);
    }
    return now - *since;
}

static struct error *reconcile(struct reconcile_task *task)
{
    struct claims *claims = container_of(task->reconciler, struct claims, idle);
    cleanup_arena struct arena *arena = arena_new();
    const char *namespace, *name;
    reconcile_key_split(task->key, arena, &namespace, &name);
    const struct kube_object *object = caches_find(&claims->caches, CACHE_CLAIMS, namespace, name);
    bool idle = object && is_idle(claims, object);
    uint64_t elapsed_ms = idle_ms(claims, task->key, idle);
    if (!idle)
        return NULL;
    if (elapsed_ms < GRACE_MS) {
        reconciler_add_later(&claims->idle, task->key, GRACE_MS - elapsed_ms);
        return NULL;
    }
    const struct resource_claim *claim = object->typed;
    struct kube_call_spec spec = { .verb = KUBE_PATCH_MERGE,
                                   .resource = &KUBE_RESOURCE_CLAIMS,
                                   .namespace = namespace,
                                   .name = name,
                                   .field_manager = FIELD_MANAGER };
    if (claim->allocation) {
        spec.subresource = "status";
        spec.body = patch_deallocate(arena, object->tree);
        claims->stats.n_reaped++;
        log_info("an allocation that nobody uses is freed", kv_str("claim", task->key));
    } else {
        spec.body = patch_remove_finalizer(arena, object->tree);
    }
    return error_wrap(reconcile_request(task, claims->caches.of[CACHE_CLAIMS], &spec), "free claim %s",
                      task->key);
}

const struct reconciler_kind idle_reconciler = {
    .name = "idle claims",
    .reconcile = reconcile,
};
