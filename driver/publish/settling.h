/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Writes that the watch has not shown yet. Answers and events come over two connections, so either may be
 * first.
 */

#include "api/base/map.h"
#include "driver/kube/cache.h"

/* All zero: nothing is waited for. */
struct settling {
    struct map versions; /* uid -> resourceVersion, ours to free */
};

void settling_done(struct settling *settling);

/* WRITTEN is what a write was answered with, KNOWN what the cache has of that name, or NULL. */
void settling_await(struct settling *settling, const struct value *written, const struct kube_object *known);

/* An event about OBJECT; GONE: its deletion. Whether it is the echo of a write. */
bool settling_hear(struct settling *settling, const struct kube_object *object, bool gone);

bool settling_is_over(const struct settling *settling);
