/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The policy folder: read at the start and whenever it changes (a mounted ConfigMap changes by a symlink), on
 * a worker. A load with any mistake in it changes nothing: the last good set stays in force, and what is
 * wrong is told. Only the first load takes what can be read and leaves the rest.
 */

#include "api/config/policy.h"
#include "driver/loop/loop.h"

struct policies;

struct policies_options {
    const char *folder; /* NULL or "": no policies at all */
    /* A set is in force, from now until the next such call. */
    void (*on_loaded)(void *ctx, const struct policy_set *set);
    /* A file is wrong. ERR is borrowed. KEPT: an older set stays in force. */
    void (*on_problem)(void *ctx, const char *file, const struct error *err, bool kept);
    void *ctx;
};

struct policies_stats {
    uint64_t n_loads, n_failures;
    size_t n_policies, n_inventories, n_classes; /* in force */
};

/* ON_LOADED comes later, from the loop; without a folder, too, with an empty set. */
nodiscard struct error *policies_start(struct loop *loop, const struct policies_options *options,
                                       struct policies **out);
/* STOPPED is called from the loop when no load is under way any more; then it is gone. */
void policies_stop(struct policies *policies, void (*stopped)(void *ctx), void *ctx);

/* What is in force; NULL before the first load. */
const struct policy_set *policies_current(const struct policies *policies);
struct policies_stats policies_stats(const struct policies *policies);
