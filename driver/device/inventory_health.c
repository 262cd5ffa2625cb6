/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health of declared devices: files that must be there, or must not. The second kind is also how an admin (or
 * a script that knows more than we do) takes a device out of service on one node: by making the file.
 */

#include "driver/device/inventory_prepare.h"

#include <errno.h>
#include <unistd.h>

void attributes_add(struct arena *arena, struct value *variables, const struct value *device)
{
    struct value *attributes = value_child(arena, variables, "attributes");
    value_each_member (value_get(device, "attributes"), attribute)
        value_each_member (attribute->value, content)
            value_set_span(arena, attributes, attribute->name, value_copy(arena, content->value));
}

struct error *inventory_health(struct arena *arena, const struct inventory_policy *inventory,
                               const struct inventory_device *device, enum device_health *out,
                               const char **message)
{
    struct value *variables = value_object(arena), *rules = NULL;
    const struct scope counted = { .variables = device->variables };
    const struct scope scope = { .up = &counted, .variables = variables };
    *out = HEALTH_UNKNOWN;
    *message = NULL;
    if (!device->health)
        return NULL;
    value_set(arena, variables, "name", value_copy(arena, value_get(device->tree, "name")));
    attributes_add(arena, variables, device->tree);
    TRY(tree_expand(arena, inventory->file, device->health, &scope, &rules));

    const char *needed = value_string(value_get(rules, "exists"));
    const char *marker = value_string(value_get(rules, "absent"));
    *out = HEALTH_GOOD;
    if (needed && access(needed, F_OK) != 0)
        *message = arena_printf(arena, "%s: %s", needed, strerror(errno));
    else if (marker && access(marker, F_OK) == 0)
        *message = arena_printf(arena, "%s is there", marker);
    if (*message)
        *out = HEALTH_BAD;
    return NULL;
}
