/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claims of a pod, as kubelet wants them before it starts one: there, allocated, and reserved for this
 * pod.
 */

#include "driver/standalone/node/worker_private.h"

void worker_forget_claims(struct worker *worker)
{
    vec_each (&worker->claim_objects, object)
        kube_object_unref(*object);
    vec_done(&worker->claim_objects);
    vec_done(&worker->claims);
}

static struct error *take_claim(struct worker *worker, const char *entry, const char *name)
{
    const struct kube_object *object = kube_cache_find(worker->room->claims, worker->latest->namespace, name);
    const struct resource_claim *claim = object ? object->typed : NULL;
    if (!claim)
        return error_unavailable("resource claim %s not found", name);
    if (!claim->allocation)
        return error_unavailable("resource claim %s is not allocated", name);
    if (!claim_is_reserved_for(claim, worker->latest->uid))
        return error_unavailable("resource claim %s is not reserved for the pod", name);
    struct kube_object *kept = kube_object_ref(object);
    vec_push(&worker->claim_objects, kept);
    vec_push(&worker->claims,
             (struct prepare_claim){ .entry = entry, .namespace = object->namespace, .claim = claim });
    return NULL;
}

struct error *worker_gather_claims(struct worker *worker)
{
    const struct pod *pod = worker_pod(worker);
    const struct pod *first =
        worker->first->typed; /* its spec is the same and stays: names are kept from here */
    worker_forget_claims(worker);
    for (size_t i = 0; i < pod->n_claims && i < first->n_claims; i++) {
        const char *name;
        if (!pod_claim_resolve(pod, &pod->claims[i], &name))
            return error_unavailable("the resource claim for %s does not exist yet", pod->claims[i].name);
        if (name)
            TRY(take_claim(worker, first->claims[i].name, name));
    }
    if (pod->extended_claim && pod->extended_claim->claim_name)
        return take_claim(worker, "", pod->extended_claim->claim_name);
    return NULL;
}

bool worker_uses_claim(const struct worker *worker, const char *namespace, const char *name)
{
    const struct pod *pod = worker_pod(worker);
    if (strcmp(namespace, worker->latest->namespace) != 0)
        return false;
    for (size_t i = 0; i < pod->n_claims; i++) {
        const char *resolved;
        if (pod_claim_resolve(pod, &pod->claims[i], &resolved) && resolved && strcmp(resolved, name) == 0)
            return true;
    }
    return pod->extended_claim && pod->extended_claim->claim_name &&
           strcmp(pod->extended_claim->claim_name, name) == 0;
}
