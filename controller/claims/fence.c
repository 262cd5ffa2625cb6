/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/fence.h"
#include "api/base/arena.h"
#include "api/base/text.h"
#include "controller/claims/names.h"

#include <string.h>

static bool has_taint(const struct device *device)
{
    for (size_t i = 0; i < device->n_taints; i++) {
        if (text_is(device->taints[i].key, ALLOCATOR_TAINT) && text_is(device->taints[i].value, "controller"))
            return true;
    }
    return false;
}

static bool lacks_taint(const struct fence *fence, const struct resource_slice *slice)
{
    if (!text_is(slice->driver, fence->driver))
        return false;
    for (size_t i = 0; i < slice->n_devices; i++) {
        if (!has_taint(&slice->devices[i]))
            return true;
    }
    return false;
}

static bool holds_ours(const struct fence *fence, const struct resource_claim *claim)
{
    for (size_t i = 0; claim->allocation && i < claim->allocation->n_results; i++) {
        const struct allocation_result *result = &claim->allocation->results[i];
        if (!result->admin_access && text_is(result->driver, fence->driver))
            return true;
    }
    return false;
}

/* True if KEY is new in BREACHES. */
static bool note(struct map *breaches, const char *key, bool broken)
{
    if (!broken) {
        map_remove(breaches, span_of(key));
        return false;
    }
    return !map_put(breaches, key, breaches);
}

bool fence_see_slice(struct fence *fence, const char *name, const struct resource_slice *slice)
{
    return note(&fence->slices, name, slice && lacks_taint(fence, slice));
}

bool fence_see_claim(struct fence *fence, const char *key, const struct resource_claim *claim, bool foreign)
{
    return note(&fence->claims, key, claim && foreign && holds_ours(fence, claim));
}

bool fence_is_down(const struct fence *fence)
{
    return fence->slices.length || fence->claims.length;
}

const char *fence_breach(const struct fence *fence, struct arena *arena)
{
    if (fence->slices.length)
        return arena_printf(
            arena,
            "devices of %s in ResourceSlice %s lack the taint %s=controller:NoSchedule, so "
            "kube-scheduler might allocate them, too; nothing is allocated until they have it",
            fence->driver, fence->slices.entries[0].key, ALLOCATOR_TAINT);
    if (fence->claims.length)
        return arena_printf(
            arena,
            "claim %s, which somebody else allocates, holds a device of %s; nothing is allocated "
            "until it lets go",
            fence->claims.entries[0].key, fence->driver);
    return NULL;
}

void fence_done(struct fence *fence)
{
    map_done(&fence->slices);
    map_done(&fence->claims);
}
