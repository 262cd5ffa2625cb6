/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/kubectl/declared.h"

#include "api/config/inventory.h"

static struct value *slice_start(struct arena *arena, const struct inventory_policy *inventory,
                                 const char *pool, const char *node, int number, int count)
{
    struct value *object = value_object(arena), *spec = value_child(arena, object, "spec");
    value_set_text(arena, object, "apiVersion", "resource.k8s.io/v1");
    value_set_text(arena, object, "kind", "ResourceSlice");
    value_set_text(arena, value_child(arena, object, "metadata"), "name",
                   arena_printf(arena, "%s-%s-%s-%d", inventory->name, node, pool, number));
    value_set_text(arena, spec, "driver", inventory->driver);
    value_set_text(arena, spec, "nodeName", node);
    struct value *about = value_child(arena, spec, "pool");
    value_set_text(arena, about, "name", pool);
    value_set_int(arena, about, "generation", 1);
    value_set_int(arena, about, "resourceSliceCount", count);
    return object;
}

/* Two slices at most, however many devices: the limits of the API are the publisher's business. */
static struct error *content_add(struct simulation *simulation, const struct inventory_policy *inventory,
                                 const struct inventory_content *content, const char *node)
{
    struct arena *arena = simulation->arena;
    bool has_counters = value_length(content->counter_sets);
    struct value *devices = slice_start(arena, inventory, content->pool, node, 1, 1 + has_counters);
    struct value *list = value_child_list(arena, value_get(devices, "spec"), "devices");
    for (size_t i = 0; i < content->n_devices; i++)
        value_append(arena, list, value_copy(arena, content->devices[i].tree));
    if (has_counters) {
        struct value *counters = slice_start(arena, inventory, content->pool, node, 0, 2);
        value_set(arena, value_get(counters, "spec"), "sharedCounters", content->counter_sets);
        TRY(simulation_add(simulation, counters));
    }
    return simulation_add(simulation, devices);
}

struct error *declared_add(struct simulation *simulation, const struct value *document, const char *node)
{
    struct inventory_policy *inventory;
    struct inventory_content content;
    TRY(inventory_decode(simulation->arena, "Inventory", document, &inventory));
    if (!inventory_is_for_node(inventory, node))
        return NULL;
    TRY(inventory_expand(simulation->arena, inventory, node, &content));
    return content_add(simulation, inventory, &content, node);
}
