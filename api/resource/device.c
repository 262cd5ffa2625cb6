/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking things up in a device, by the name as it is spelled there.
 */

#include "api/resource/device.h"

#include <string.h>

const struct attribute *device_attribute(const struct device *device, const char *name)
{
    for (size_t i = 0; i < device->n_attributes; i++)
        if (strcmp(device->attributes[i].name, name) == 0)
            return &device->attributes[i];
    return NULL;
}

const struct capacity *device_capacity(const struct device *device, const char *name)
{
    for (size_t i = 0; i < device->n_capacities; i++)
        if (strcmp(device->capacities[i].name, name) == 0)
            return &device->capacities[i];
    return NULL;
}

const char *taint_effect_name(enum taint_effect effect)
{
    switch (effect) {
    case EFFECT_NONE: return "None";
    case EFFECT_NO_SCHEDULE: return "NoSchedule";
    case EFFECT_NO_EXECUTE: return "NoExecute";
    }
    return "None";
}
