/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The defaults are those of Kubernetes 1.37 (pkg/features).
 */
#include "driver/standalone/rest/features.h"

#include "api/base/span.h"

static const struct {
    const char *name;
    bool on;
} rows[] = {
    { "DynamicResourceAllocation", true },    { "DRAAdminAccess", true },
    { "DRAResourceClaimDeviceStatus", true }, { "DRAPrioritizedList", true },
    { "DRAPartitionableDevices", true },      { "DRADeviceTaints", true },
    { "DRADeviceTaintRules", true },          { "DRADeviceBindingConditions", true },
    { "DRAConsumableCapacity", true },        { "DRAExtendedResource", true },
    { "ResourceHealthStatus", true },         { "DRAListTypeAttributes", false },
    { "DRANodeAllocatableResources", false }, { "DRAResourcePoolStatus", false },
    { "DRAWorkloadResourceClaims", false },   { "DRAFractionalCapacityRange", true },
    { "DRAPartitionableDevicesType", false }, { "DRAOptionalNodeOperations", false },
    { "DRADerivedAttributes", false },        { "DRADeviceCompatibilityGroups", false },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) <= MAX_FEATURES, "struct features is too small");

static struct error *feature_set(struct features *features, struct span setting)
{
    struct span value, name = span_split(setting, '=', &value);
    bool on = span_is(value, "true");
    if (!on && !span_is(value, "false"))
        return error_invalid("--feature-gates: " SPAN_FMT ": want NAME=true or NAME=false",
                             SPAN_ARG(setting));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (span_is(name, rows[i].name)) {
            features->on[i] = on;
            return NULL;
        }
    }
    return error_invalid("--feature-gates: unrecognized feature gate: " SPAN_FMT, SPAN_ARG(name));
}

struct error *features_parse(const char *text, struct features *out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        out->on[i] = rows[i].on;
    struct span rest = span_of(text);
    while (rest.data) {
        struct span setting = span_split(rest, ',', &rest);
        if (setting.length)
            TRY(feature_set(out, setting));
    }
    return NULL;
}

bool features_is_on(const struct features *features, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return features->on[i];
    return true;
}
