/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The taints on the devices that a pod holds. Rules count for a device by its name, whether or not any slice
 * has it.
 */

#include "driver/standalone/roles/taints.h"
#include "api/resource/claim.h"
#include "driver/kube/facts.h"

static bool is_of_pool(const struct resource_slice *slice, const struct allocation_result *result)
{
    return slice && slice->driver && slice->pool && strcmp(slice->driver, result->driver) == 0 &&
           strcmp(slice->pool, result->pool) == 0;
}

static int64_t newest_generation(const struct cluster *cluster, const struct allocation_result *result)
{
    const struct kube_cache *slices = cluster->caches[CLUSTER_SLICES];
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < kube_cache_count(slices); i++) {
        const struct resource_slice *slice = kube_cache_at(slices, i)->typed;
        if (is_of_pool(slice, result) && slice->generation > newest)
            newest = slice->generation;
    }
    return newest;
}

static void consider_slices(const struct cluster *cluster, const struct allocation_result *result,
                            struct eviction *eviction)
{
    const struct kube_cache *slices = cluster->caches[CLUSTER_SLICES];
    int64_t newest = newest_generation(cluster, result);
    for (size_t i = 0; i < kube_cache_count(slices); i++) {
        const struct resource_slice *slice = kube_cache_at(slices, i)->typed;
        if (!is_of_pool(slice, result) || slice->generation != newest)
            continue;
        for (size_t j = 0; j < slice->n_devices; j++) {
            const struct device *device = &slice->devices[j];
            for (size_t k = 0; k < device->n_taints && strcmp(device->name, result->device) == 0; k++)
                eviction_consider(eviction, result, &device->taints[k]);
        }
    }
}

static void consider_rule(const struct device_taint_rule *rule, const struct allocation_result *result,
                          struct eviction *eviction)
{
    if (rule && taint_rule_matches(rule, result->driver, result->pool, result->device))
        eviction_consider(eviction, result, &rule->taint);
}

void taints_consider(const struct cluster *cluster, const struct allocation_result *result,
                     struct eviction *eviction)
{
    const struct kube_cache *rules = cluster->caches[CLUSTER_RULES];
    consider_slices(cluster, result, eviction);
    for (size_t i = 0; i < kube_cache_count(rules); i++)
        consider_rule(kube_cache_at(rules, i)->typed, result, eviction);
}

struct eviction taints_eviction_of(const struct cluster *cluster, const struct kube_object *pod,
                                   const struct device_taint_rule *only)
{
    struct eviction eviction = { 0 };
    if (!pod_node(pod->tree) || pod_has_ended(pod->tree))
        return eviction;
    for (size_t i = 0; i < claim_entries(pod->tree); i++) {
        const char *name = claim_entry_at(pod->tree, i).name;
        const struct kube_object *object =
            name ? cluster_find(cluster, CLUSTER_CLAIMS, pod->namespace, name) : NULL;
        const struct resource_claim *claim = object ? object->typed : NULL;
        if (!claim || !claim->allocation || !claim_is_reserved_for(claim, pod->uid))
            continue;
        for (size_t j = 0; j < claim->allocation->n_results; j++) {
            if (only)
                consider_rule(only, &claim->allocation->results[j], &eviction);
            else
                taints_consider(cluster, &claim->allocation->results[j], &eviction);
        }
    }
    return eviction;
}
