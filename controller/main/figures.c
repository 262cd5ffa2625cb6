/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/main/figures.h"

void figures_init(struct figures *figures, const char *driver, const char *allocator)
{
    struct metrics *m = metrics_new();
    *figures = (struct figures){
        .metrics = m,
        .searches = metric_new(m, METRIC_COUNTER, "tranche_allocations_total",
                               "Searches for all claims of a pod, by how they ended."),
        .search_seconds = metric_seconds(m, "tranche_allocation_search_seconds", "Time that a search took."),
        .written = metric_new(m, METRIC_COUNTER, "tranche_allocation_writes_total",
                              "Allocations sent to the API server."),
        .opened = metric_new(m, METRIC_COUNTER, "tranche_gates_opened_total", "Scheduling gates taken off."),
        .taken_back =
            metric_new(m, METRIC_COUNTER, "tranche_allocations_taken_back_total",
                       "Allocations taken back, most of them because an earlier one holds a device."),
        .reaped = metric_new(m, METRIC_COUNTER, "tranche_allocations_freed_total",
                             "Allocations freed because nobody used them."),
        .conflicts =
            metric_new(m, METRIC_COUNTER, "tranche_write_conflicts_total", "Writes that met a newer object."),
        .wakes = metric_new(m, METRIC_COUNTER, "tranche_wakeups_total",
                            "Waiting pods that were looked at again because a device or class changed."),
        .idle_wakes = metric_new(m, METRIC_COUNTER, "tranche_idle_wakeups_total",
                                 "Those for which nothing fitted even so."),
        .waiting = metric_new(m, METRIC_GAUGE, "tranche_pods_waiting", "Pods for which nothing fits now."),
        .queued = metric_new(m, METRIC_GAUGE, "tranche_orders_queued",
                             "Events and searches waiting for the worker."),
        .fence_down = metric_new(m, METRIC_GAUGE, "tranche_fence_down",
                                 "1 while nothing is allocated because others might take our devices."),
        .leading = metric_new(m, METRIC_GAUGE, "tranche_leader", "1 if this controller holds the lease."),
        .policy_errors = metric_new(m, METRIC_COUNTER, "tranche_policy_reload_errors_total",
                                    "Loads of the policy folder with a mistake in it."),
        .policy_loads =
            metric_new(m, METRIC_COUNTER, "tranche_policy_loads_total", "Loads of the policy folder."),
        .policy_info =
            metric_new(m, METRIC_GAUGE, "tranche_policy_info", "Policy documents in force, by kind."),
    };
    struct metric *info =
        metric_new(m, METRIC_GAUGE, "tranche_controller_info", "1, with what this controller is.");
    metric_set(metric_with2(info, "driver", driver, "allocator", allocator), 1);
}

void figures_done(struct figures *figures)
{
    metrics_free(figures->metrics);
}

void figures_search(struct figures *figures, double seconds)
{
    metric_observe(figures->search_seconds, seconds);
}

static void collect_claims(struct figures *figures, const struct claims *claims)
{
    struct claims_stats stats;
    claims_collect(claims, &stats);
    metric_set(metric_with(figures->searches, "outcome", "Allocated"), (double)stats.n_allocated);
    metric_set(metric_with(figures->searches, "outcome", "NoFit"), (double)stats.n_no_fit);
    metric_set(metric_with(figures->searches, "outcome", "Aborted"), (double)stats.n_aborted);
    metric_set(metric_with(figures->searches, "outcome", "Exhausted"), (double)stats.n_exhausted);
    metric_set(figures->written, (double)stats.n_written);
    metric_set(figures->opened, (double)stats.n_opened);
    metric_set(figures->taken_back, (double)stats.n_taken_back);
    metric_set(figures->reaped, (double)stats.n_reaped);
    metric_set(figures->conflicts, (double)stats.n_conflicts);
    metric_set(figures->wakes, (double)stats.n_wakes);
    metric_set(figures->idle_wakes, (double)stats.n_idle_wakes);
    metric_set(figures->waiting, (double)stats.n_parked);
    metric_set(figures->queued, (double)stats.n_queued);
    metric_set(figures->fence_down, stats.fence_is_down);
}

static void collect_policies(struct figures *figures, const struct policies *policies)
{
    struct policies_stats stats = policies_stats(policies);
    metric_set(figures->policy_loads, (double)stats.n_loads);
    metric_set(figures->policy_errors, (double)stats.n_failures);
    metric_set(metric_with(figures->policy_info, "kind", "AllocationPolicy"), (double)stats.n_policies);
    metric_set(metric_with(figures->policy_info, "kind", "Inventory"), (double)stats.n_inventories);
    metric_set(metric_with(figures->policy_info, "kind", "DeviceClass"), (double)stats.n_classes);
}

void figures_collect(struct figures *figures, bool leading, const struct claims *claims,
                     const struct policies *policies)
{
    metric_set(figures->leading, leading);
    if (claims)
        collect_claims(figures, claims);
    if (policies)
        collect_policies(figures, policies);
}
