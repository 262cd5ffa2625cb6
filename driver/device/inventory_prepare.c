/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an inventory to devices and edits. Both start from the same expansion of it, so that what a device's
 * templates see is always what was published for it.
 */

#include "driver/device/inventory_prepare.h"

#include "api/resource/names.h"
#include "api/resource/objects.h"
#include "driver/device/edits_decode.h"

/* Counter sets are only decoded as part of a slice. */
static struct error *counter_sets_decode(struct arena *arena, struct value *list,
                                         struct discovered_pool *pool)
{
    struct value *tree = value_object(arena);
    struct resource_slice *slice;
    value_set_text(arena, tree, "apiVersion", "resource.k8s.io/v1");
    value_set_text(arena, tree, "kind", "ResourceSlice");
    value_set(arena, value_child(arena, tree, "spec"), "sharedCounters", list);
    TRY(resource_slice_decode(arena, tree, &slice));
    pool->counter_sets = slice->shared_counters;
    pool->n_counter_sets = slice->n_shared_counters;
    return NULL;
}

struct error *inventory_discover(struct arena *arena, const struct inventory_policy *inventory,
                                 const char *node_name, struct discovery *out)
{
    struct inventory_content content;
    TRY(inventory_expand(arena, inventory, node_name, &content));
    struct discovered_pool *pool = arena_make(arena, struct discovered_pool);
    pool->name = content.pool;
    pool->n_devices = content.n_devices;
    pool->devices = arena_make_array(arena, struct discovered_device, content.n_devices);
    for (size_t i = 0; i < content.n_devices; i++) {
        struct discovered_device *device = &pool->devices[i];
        TRY(error_place(device_decode(arena, content.devices[i].tree, &device->device), inventory->file,
                        content.devices[i].tree));
        TRY(inventory_health(arena, inventory, &content.devices[i], &device->health,
                             &device->health_message));
    }
    TRY(counter_sets_decode(arena, content.counter_sets, pool));
    *out = (struct discovery){ .pools = pool, .n_pools = content.n_devices ? 1 : 0 };
    return NULL;
}

static struct error *device_find(const struct inventory_content *content,
                                 const struct allocation_result *result, const struct inventory_device **out)
{
    for (size_t i = 0; i < content->n_devices && strcmp(content->pool, result->pool) == 0; i++)
        if (strcmp(value_string(value_get(content->devices[i].tree, "name")), result->device) == 0) {
            *out = &content->devices[i];
            return NULL;
        }
    return error_not_found("device %s of pool %s is not on this node", result->device, result->pool);
}

static void add_capacity(struct arena *arena, struct value *variables, const struct allocation_result *result)
{
    struct value *capacity = value_child(arena, variables, "capacity");
    for (size_t i = 0; i < result->n_consumed; i++) {
        cleanup_buf struct buf text = BUF_INIT(2 * QUANTITY_MAX_TEXT);
        quantity_format_text(&result->consumed[i].value, &text);
        value_set_text(arena, capacity, result->consumed[i].name, buf_text(&text));
    }
}

static struct value *variables_make(struct arena *arena, const struct inventory_device *device,
                                    const struct inventory_content *content,
                                    const struct prepare_request *request, struct value *config)
{
    const struct object_meta *meta = &request->claim->meta;
    struct value *variables = value_object(arena), *claim = value_child(arena, variables, "claim");
    value_set_text(arena, claim, "uid", meta->uid);
    value_set_text(arena, claim, "name", meta->name);
    value_set_text(arena, claim, "namespace", meta->namespace);
    value_set_text(arena, variables, "name", request->result->device);
    value_set_text(arena, variables, "pool", content->pool);
    value_set_text(arena, variables, "request", request->result->request);
    value_set_text(arena, variables, "shareID", request->result->share_id);
    value_set_bool(arena, variables, "adminAccess", allocation_has_admin_access(request->claim->allocation));
    attributes_add(arena, variables, device->tree);
    add_capacity(arena, variables, request->result);
    value_set(arena, variables, "config", config);
    return variables;
}

static struct error *edits_expand(struct arena *arena, const struct inventory_policy *inventory,
                                  const struct value *tree, const struct scope *scope,
                                  struct device_edits *edits)
{
    struct value *expanded;
    struct device_edits more;
    if (!tree)
        return NULL;
    TRY(tree_expand(arena, inventory->file, tree, scope, &expanded));
    if (!expanded)
        return NULL;
    TRY(edits_decode(arena, inventory->file, expanded, &more));
    edits_append(arena, edits, &more);
    return NULL;
}

/* What the built-in DeviceConfig adds to the environment. */
static struct error *config_env(struct arena *arena, const struct value *parameters,
                                const struct value *config, struct device_edits *edits)
{
    const char *version = value_string(value_get(parameters, "apiVersion"));
    const struct value *env = value_get(config, "env");
    if (!version || strcmp(version, "config.tranche.dev/v1") != 0 || !value_is(env, VALUE_OBJECT))
        return NULL;
    struct device_edits more = { .env = arena_make_array(arena, struct string_pair, value_length(env)) };
    value_each_member (env, variable) {
        if (c_identifier_faults(variable->name).n_texts)
            return error_invalid("config DeviceConfig: env: \"" SPAN_FMT "\" is no name of a variable",
                                 SPAN_ARG(variable->name));
        more.env[more.n_env++] = (struct string_pair){ variable->name.data, value_string(variable->value) };
    }
    edits_append(arena, edits, &more);
    return NULL;
}

struct error *inventory_prepare(struct arena *arena, const struct inventory_policy *inventory,
                                const struct inventory_content *content,
                                const struct prepare_request *request, struct device_edits *out)
{
    const struct allocation_result *result = request->result;
    const struct inventory_device *device = NULL;
    struct device_edits edits = { 0 };
    struct value *config;
    const struct value *parameters =
        allocation_config_find(request->claim->allocation, inventory->driver, result->request);

    TRY(device_find(content, result, &device));
    TRY(config_decode(arena, inventory->kinds, inventory->n_kinds, parameters, &config));

    const struct scope counted = { .variables = device->variables };
    const struct scope scope = { .up = &counted,
                                 .variables = variables_make(arena, device, content, request, config) };
    TRY(edits_expand(arena, inventory, inventory->edits, &scope, &edits));
    TRY(edits_expand(arena, inventory, device->edits, &scope, &edits));
    TRY(config_env(arena, parameters, config, &edits));
    *out = edits;
    return NULL;
}
