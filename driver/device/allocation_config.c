/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of an allocation's configs is meant for a device. Nothing is merged: the last entry that applies
 * counts whole, and since entries of the class stand before those of the claim, users win over classes.
 */

#include "driver/device/backend.h"

const struct value *allocation_config_find(const struct allocation *allocation, const char *driver,
                                           const char *request)
{
    const struct value *found = NULL;
    for (size_t i = 0; i < allocation->n_configs; i++) {
        const struct allocation_config *config = &allocation->configs[i];
        if (config->opaque.driver && strcmp(config->opaque.driver, driver) == 0 &&
            requests_cover(config->requests, config->n_requests, request))
            found = config->opaque.parameters;
    }
    return found;
}

bool allocation_has_admin_access(const struct allocation *allocation)
{
    for (size_t i = 0; i < allocation->n_results; i++)
        if (allocation->results[i].admin_access)
            return true;
    return false;
}
