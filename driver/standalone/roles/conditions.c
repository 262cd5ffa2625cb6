/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding conditions, judged from the entry of status.devices with the result's driver, pool, device and
 * share. No entry means not ready.
 */

#include "driver/standalone/roles/conditions.h"
#include "api/base/time.h"

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool holds(const struct resource_claim *claim, const struct allocation_result *result,
                  const char *condition)
{
    for (size_t i = 0; i < claim->n_devices; i++) {
        const struct allocated_device_status *device = &claim->devices[i];
        if (!same(device->driver, result->driver) || !same(device->pool, result->pool) ||
            !same(device->device, result->device) || !same(device->share_id, result->share_id))
            continue;
        for (size_t j = 0; j < device->n_conditions; j++) {
            if (same(device->conditions[j].type, condition))
                return same(device->conditions[j].status, "True");
        }
    }
    return false;
}

static enum binding_state result_state(const struct resource_claim *claim,
                                       const struct allocation_result *result)
{
    for (size_t i = 0; i < result->n_binding_failure_conditions; i++) {
        if (holds(claim, result, result->binding_failure_conditions[i]))
            return BINDING_FAILED;
    }
    for (size_t i = 0; i < result->n_binding_conditions; i++) {
        if (!holds(claim, result, result->binding_conditions[i]))
            return BINDING_PENDING;
    }
    return BINDING_READY;
}

enum binding_state binding_state_of(const struct resource_claim *claim, int64_t now, uint64_t *left_ms)
{
    enum binding_state worst = BINDING_READY;
    *left_ms = 0;
    for (size_t i = 0; claim->allocation && i < claim->allocation->n_results; i++) {
        enum binding_state state = result_state(claim, &claim->allocation->results[i]);
        worst = state > worst ? state : worst;
    }
    if (worst != BINDING_PENDING)
        return worst;
    int64_t since = now;
    if (claim->allocation->timestamp)
        error_free(time_parse(span_of(claim->allocation->timestamp), &since));
    int64_t left = since + BINDING_TIMEOUT_SECONDS * INT64_C(1000000) - now;
    *left_ms = left > 0 ? (uint64_t)left / 1000 + 1 : 0;
    return left > 0 ? BINDING_PENDING : BINDING_FAILED;
}
