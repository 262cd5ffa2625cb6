/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The controller's metrics: what its parts count, under the names that dashboards use. */

#include "controller/claims/claims.h"
#include "controller/policy/policies.h"
#include "driver/metrics/metrics.h"

struct figures {
    struct metrics *metrics;
    struct metric *searches, *search_seconds, *written, *opened, *taken_back, *reaped, *conflicts, *wakes,
        *idle_wakes, *waiting, *queued, *fence_down, *leading, *policy_errors, *policy_loads, *policy_info;
};

void figures_init(struct figures *figures, const char *driver, const char *allocator);
void figures_done(struct figures *figures);

void figures_search(struct figures *figures, double seconds);
/* CLAIMS and POLICIES may be NULL. */
void figures_collect(struct figures *figures, bool leading, const struct claims *claims,
                     const struct policies *policies);
