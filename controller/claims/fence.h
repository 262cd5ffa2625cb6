/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The first fence against double booking: kube-scheduler keeps off devices with our taint. Where the taint is
 * missing (a server drops it, a plugin runs in another mode), or somebody else's claim holds one of our
 * devices, the fence is down: nothing more is allocated until it is mended.
 */

#include "api/base/map.h"
#include "api/resource/claim.h"
#include "api/resource/slice.h"

struct fence {
    const char *driver;
    struct map slices; /* names of slices with a device that lacks the taint */
    struct map claims; /* "namespace/name" of foreign claims that hold a device of ours */
};

/* True if it is news that this slice, or claim, breaks the fence. SLICE and CLAIM are NULL when they are
 * gone. */
bool fence_see_slice(struct fence *fence, const char *name, const struct resource_slice *slice);
bool fence_see_claim(struct fence *fence, const char *key, const struct resource_claim *claim, bool foreign);

/* NULL while it stands; otherwise what is wrong, as a sentence in ARENA. */
const char *fence_breach(const struct fence *fence, struct arena *arena);
bool fence_is_down(const struct fence *fence);

void fence_done(struct fence *fence);
