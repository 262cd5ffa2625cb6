/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an Inventory document to devices: strict decoding first, so that typing mistakes are found where they
 * were made, then expansion of counts and templates, then the API server's own validation of what came out.
 */

#include "api/config/inventory.h"

#include "api/base/map.h"
#include "api/resource/names.h"
#include "api/resource/validate.h"

#include <fnmatch.h>

static const struct member_rule inventory_rules[] = {
    { "apiVersion", MEMBER_TEXT | MEMBER_REQUIRED },
    { "kind", MEMBER_TEXT | MEMBER_REQUIRED },
    { "metadata", MEMBER_OBJECT },
    { "spec", MEMBER_OBJECT | MEMBER_REQUIRED },
    { NULL, 0 },
};

static const struct member_rule spec_rules[] = {
    { "driver", MEMBER_TEXT | MEMBER_REQUIRED },
    { "nodes", MEMBER_LIST },
    { "pool", MEMBER_TEXT },
    { "allNodes", MEMBER_BOOL },
    { "nodeSelector", MEMBER_OBJECT },
    { "parameters", MEMBER_OBJECT },
    { "counterSets", MEMBER_LIST },
    { "devices", MEMBER_LIST | MEMBER_REQUIRED },
    { "configs", MEMBER_LIST },
    { "edits", MEMBER_OBJECT },
    { NULL, 0 },
};

/* What every entry that counts may have. */
#define COUNTING_RULES                                                                                       \
    { "count", MEMBER_INTEGER }, { "as", MEMBER_TEXT },                                                      \
    {                                                                                                        \
        "when", MEMBER_TEXT                                                                                  \
    }

static const struct member_rule counter_set_rules[] = {
    COUNTING_RULES,
    { "name", MEMBER_TEXT | MEMBER_REQUIRED },
    { "counters", MEMBER_OBJECT | MEMBER_REQUIRED },
    { NULL, 0 },
};

static const struct member_rule group_rules[] = {
    COUNTING_RULES,
    { "devices", MEMBER_LIST | MEMBER_REQUIRED },
    { NULL, 0 },
};

static const struct member_rule device_rules[] = {
    COUNTING_RULES,
    { "name", MEMBER_TEXT | MEMBER_REQUIRED },
    { "attributes", MEMBER_OBJECT },
    { "capacity", MEMBER_OBJECT },
    { "consumesCounters", MEMBER_LIST | MEMBER_OBJECT },
    { "taints", MEMBER_LIST | MEMBER_OBJECT },
    { "bindsToNode", MEMBER_BOOL | MEMBER_OBJECT },
    { "bindingConditions", MEMBER_LIST | MEMBER_OBJECT },
    { "bindingFailureConditions", MEMBER_LIST | MEMBER_OBJECT },
    { "allowMultipleAllocations", MEMBER_BOOL | MEMBER_OBJECT },
    { "nodeAllocatableResources", MEMBER_OBJECT },
    { "edits", MEMBER_OBJECT },
    { "health", MEMBER_OBJECT },
    { NULL, 0 },
};

static const struct member_rule health_rules[] = {
    { "exists", MEMBER_TEXT },
    { "absent", MEMBER_TEXT },
    { NULL, 0 },
};

static const struct member_rule edits_rules[] = {
    { "env", MEMBER_LIST },
    { "deviceNodes", MEMBER_LIST },
    { "mounts", MEMBER_LIST },
    { "hooks", MEMBER_LIST },
    { NULL, 0 },
};

static const struct member_rule env_rules[] = {
    { "when", MEMBER_TEXT },
    { "name", MEMBER_TEXT | MEMBER_REQUIRED },
    { "value", MEMBER_TEXT | MEMBER_INTEGER | MEMBER_BOOL | MEMBER_REQUIRED },
    { NULL, 0 },
};

static const struct member_rule device_node_rules[] = {
    { "when", MEMBER_TEXT },
    { "path", MEMBER_TEXT | MEMBER_REQUIRED },
    { "hostPath", MEMBER_TEXT },
    { "type", MEMBER_TEXT },
    { "major", MEMBER_INTEGER },
    { "minor", MEMBER_INTEGER },
    { "fileMode", MEMBER_INTEGER },
    { "permissions", MEMBER_TEXT },
    { "uid", MEMBER_INTEGER },
    { "gid", MEMBER_INTEGER },
    { NULL, 0 },
};

static const struct member_rule mount_rules[] = {
    { "when", MEMBER_TEXT },
    { "hostPath", MEMBER_TEXT | MEMBER_REQUIRED },
    { "containerPath", MEMBER_TEXT | MEMBER_REQUIRED },
    { "type", MEMBER_TEXT },
    { "options", MEMBER_LIST },
    { NULL, 0 },
};

static const struct member_rule hook_rules[] = {
    { "when", MEMBER_TEXT },
    { "hookName", MEMBER_TEXT | MEMBER_REQUIRED },
    { "path", MEMBER_TEXT | MEMBER_REQUIRED },
    { "args", MEMBER_LIST },
    { "env", MEMBER_LIST },
    { "timeout", MEMBER_INTEGER },
    { NULL, 0 },
};

static struct error *edits_check(const char *file, const struct value *edits)
{
    if (!edits)
        return NULL;
    TRY(members_check(file, edits, "edits", edits_rules));
    TRY(items_check(file, value_get(edits, "env"), "edits.env", env_rules));
    TRY(items_check(file, value_get(edits, "deviceNodes"), "edits.deviceNodes", device_node_rules));
    TRY(items_check(file, value_get(edits, "mounts"), "edits.mounts", mount_rules));
    TRY(items_check(file, value_get(edits, "hooks"), "edits.hooks", hook_rules));
    return tree_check(file, edits);
}

static struct error *devices_check(const char *file, const struct value *devices, int depth)
{
    if (depth > INVENTORY_MAX_DEPTH)
        return error_at(file, devices, "groups of devices are nested too deeply");
    for (size_t i = 0; i < value_length(devices); i++) {
        const struct value *entry = value_at(devices, i), *group = value_get(entry, "devices");
        char what[64];
        snprintf(what, sizeof(what), "devices[%zu]", i);
        TRY(members_check(file, entry, what, group ? group_rules : device_rules));
        TRY(edits_check(file, value_get(entry, "edits")));
        if (value_get(entry, "health"))
            TRY(members_check(file, value_get(entry, "health"), "health", health_rules));
        if (group)
            TRY(devices_check(file, group, depth + 1));
    }
    return depth ? NULL : tree_check(file, devices);
}

static bool devices_have_health(const struct value *devices)
{
    value_each (devices, entry)
        if (value_get(entry, "health") || devices_have_health(value_get(entry, "devices")))
            return true;
    return false;
}

bool inventory_is_cluster_wide(const struct inventory_policy *inventory)
{
    return inventory->all_nodes || inventory->node_selector;
}

/* What speaks of one node has no place where no node is meant. */
static struct error *cluster_wide_check(const char *file, const struct inventory_policy *inventory,
                                        const struct value *spec)
{
    if (!inventory_is_cluster_wide(inventory))
        return NULL;
    if (inventory->all_nodes && inventory->node_selector)
        return error_at(file, inventory->node_selector, "spec: allNodes and nodeSelector exclude each other");
    if (inventory->n_nodes)
        return error_at(file, value_get(spec, "nodes"),
                        "spec.nodes: a cluster-wide pool names no nodes; use nodeSelector");
    if (!inventory->pool || strstr(inventory->pool, "${node"))
        return error_at(file, spec, "spec.pool: a cluster-wide pool needs a name of its own");
    if (inventory->has_health)
        return error_at(file, spec,
                        "spec.devices: the health of a cluster-wide pool cannot be seen from a node");
    return NULL;
}

struct error *inventory_decode(struct arena *arena, const char *file, const struct value *tree,
                               struct inventory_policy **out)
{
    const struct value *spec = value_get(tree, "spec");
    TRY(members_check(file, tree, "", inventory_rules));
    TRY(members_check(file, spec, "spec", spec_rules));
    TRY(items_check(file, value_get(spec, "counterSets"), "spec.counterSets", counter_set_rules));
    TRY(tree_check(file, value_get(spec, "counterSets")));
    TRY(devices_check(file, value_get(spec, "devices"), 0));
    TRY(edits_check(file, value_get(spec, "edits")));

    struct inventory_policy *inventory = arena_make(arena, struct inventory_policy);
    *inventory = (struct inventory_policy){
        .file = arena_strdup(arena, file),
        .name = value_path_string(tree, "metadata.name"),
        .driver = value_string(value_get(spec, "driver")),
        .pool = value_string(value_get(spec, "pool")),
        .all_nodes = value_true(value_get(spec, "allNodes")),
        .node_selector = value_get(spec, "nodeSelector"),
        .parameters = value_get(spec, "parameters"),
        .counter_sets = value_get(spec, "counterSets"),
        .devices = value_get(spec, "devices"),
        .edits = value_get(spec, "edits"),
        .has_health = devices_have_health(value_get(spec, "devices")),
    };
    if (!driver_name_is_valid(span_of(inventory->driver)))
        return error_at(file, value_get(spec, "driver"), "spec.driver: \"%s\" is no driver name",
                        inventory->driver);
    TRY(texts_read(arena, file, spec, "nodes", &inventory->nodes, &inventory->n_nodes));
    TRY(config_kinds_decode(arena, file, value_get(spec, "configs"), &inventory->kinds, &inventory->n_kinds));
    TRY(cluster_wide_check(file, inventory, spec));
    *out = inventory;
    return NULL;
}

struct error *inventory_set_parameters(struct arena *arena, struct inventory_policy *inventory,
                                       const struct value *values)
{
    struct value *merged =
        inventory->parameters ? value_copy(arena, inventory->parameters) : value_object(arena);
    value_each_member (values, member) {
        if (!value_find(merged, member->name))
            return error_invalid("%s: there is no parameter \"" SPAN_FMT "\"", inventory->file,
                                 SPAN_ARG(member->name));
        value_set_span(arena, merged, member->name, value_copy(arena, member->value));
    }
    inventory->parameters = merged;
    return NULL;
}

bool inventory_is_for_node(const struct inventory_policy *inventory, const char *node_name)
{
    for (size_t i = 0; i < inventory->n_nodes; i++)
        if (fnmatch(inventory->nodes[i], node_name, 0) == 0)
            return true;
    return inventory->n_nodes == 0;
}

/* Everything that is being expanded, and where it goes. */
struct expansion {
    struct arena *arena;
    const struct inventory_policy *inventory;
    struct inventory_content *content;
    size_t room;
};

typedef struct error *entry_expand(struct expansion *expansion, const struct value *entry,
                                   const struct scope *scope, int depth);

static struct error *count_read(struct expansion *expansion, const struct value *entry,
                                const struct scope *scope, int64_t *out)
{
    const char *file = expansion->inventory->file;
    const struct value *tree = value_get(entry, "count");
    struct value *count;
    *out = 1;
    if (!tree)
        return NULL;
    TRY(tree_expand(expansion->arena, file, tree, scope, &count));
    const char *text = value_string(count);
    int64_t number = text ? strtoll(text, NULL, 10) : value_integer(count, -1);
    if (number < 0 || number > INVENTORY_MAX_DEVICES)
        return error_at(file, tree, "count must be between 0 and %d", INVENTORY_MAX_DEVICES);
    *out = number;
    return NULL;
}

static struct error *entries_expand(struct expansion *expansion, const struct value *entries,
                                    const struct scope *scope, int depth, entry_expand *expand)
{
    struct arena *arena = expansion->arena;
    value_each (entries, entry) {
        const struct value *when = value_get(entry, "when");
        const char *as = value_string(value_get(entry, "as"));
        int64_t count;
        bool holds = true;
        if (when)
            TRY(error_place(condition_holds(when->string, scope, &holds), expansion->inventory->file, when));
        TRY(count_read(expansion, entry, scope, &count));
        for (int64_t i = 0; holds && i < count; i++) {
            struct value *variables = value_object(arena);
            struct scope inner = { .up = scope, .variables = variables };
            value_set_int(arena, variables, as ? as : "index", i);
            TRY(expand(expansion, entry, &inner, depth));
        }
    }
    return NULL;
}

/* ENTRY as the API sees it: without our own members, expanded. */
static struct error *api_form(struct expansion *expansion, const struct value *entry,
                              const struct scope *scope, struct value **out)
{
    static const char *const ours[] = { "count", "as", "when", "edits", "health" };
    struct value *copy = value_copy(expansion->arena, entry);
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        value_delete(copy, ours[i]);
    return tree_expand(expansion->arena, expansion->inventory->file, copy, scope, out);
}

static struct error *counter_set_expand(struct expansion *expansion, const struct value *entry,
                                        const struct scope *scope, int depth)
{
    struct value *set;
    (void)depth;
    TRY(api_form(expansion, entry, scope, &set));
    value_append(expansion->arena, expansion->content->counter_sets, set);
    return NULL;
}

/* The variables of all scopes above the device, flattened, for its edits. */
static struct value *variables_keep(struct arena *arena, const struct scope *scope)
{
    struct value *all = value_object(arena);
    for (; scope; scope = scope->up)
        value_each_member (scope->variables, member)
            if (!value_find(all, member->name))
                value_set_span(arena, all, member->name, value_copy(arena, member->value));
    return all;
}

static struct error *device_expand(struct expansion *expansion, const struct value *entry,
                                   const struct scope *scope, int depth)
{
    struct inventory_content *content = expansion->content;
    const struct value *group = value_get(entry, "devices");
    if (group)
        return entries_expand(expansion, group, scope, depth + 1, device_expand);
    if (content->n_devices == INVENTORY_MAX_DEVICES)
        return error_at(expansion->inventory->file, entry, "more than %d devices", INVENTORY_MAX_DEVICES);
    struct value *tree;
    TRY(api_form(expansion, entry, scope, &tree));
    content->devices[content->n_devices++] = (struct inventory_device){
        .tree = tree,
        .variables = variables_keep(expansion->arena, scope),
        .edits = value_get(entry, "edits"),
        .health = value_get(entry, "health"),
    };
    return NULL;
}

/* A slice with this device or these counter sets and nothing else, for validation. */
static struct error *slice_check(struct expansion *expansion, const char *node_name, const char *member,
                                 struct value *list, const struct value *where)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *slice = value_object(arena), *spec = value_child(arena, slice, "spec");
    struct value *pool = value_child(arena, spec, "pool");
    struct causes causes = { 0 };
    value_set_text(arena, slice, "apiVersion", "resource.k8s.io/v1");
    value_set_text(arena, slice, "kind", "ResourceSlice");
    value_set_text(arena, value_child(arena, slice, "metadata"), "name", "inventory");
    value_set_text(arena, spec, "driver", expansion->inventory->driver);
    if (expansion->inventory->node_selector)
        value_set(arena, spec, "nodeSelector", (struct value *)expansion->inventory->node_selector);
    else if (expansion->inventory->all_nodes)
        value_set_bool(arena, spec, "allNodes", true);
    else
        value_set_text(arena, spec, "nodeName", node_name);
    value_set_text(arena, pool, "name", expansion->content->pool);
    value_set_int(arena, pool, "resourceSliceCount", 1);
    value_set(arena, spec, member, list);
    object_validate(arena, &(struct validation){ .object = slice }, &causes);
    struct error *err = error_place(causes_error(&causes), expansion->inventory->file, where);
    causes_done(&causes);
    return err;
}

static struct error *content_check(struct expansion *expansion, const char *node_name)
{
    struct inventory_content *content = expansion->content;
    cleanup_map struct map names = { 0 };
    if (value_length(content->counter_sets))
        TRY(slice_check(expansion, node_name, "sharedCounters", content->counter_sets,
                        expansion->inventory->counter_sets));
    for (size_t i = 0; i < content->n_devices; i++) {
        const struct value *tree = content->devices[i].tree;
        const char *name = value_string(value_get(tree, "name"));
        struct value *list = value_list(expansion->arena);
        value_append(expansion->arena, list, (struct value *)tree);
        TRY(error_wrap(slice_check(expansion, node_name, "devices", list, tree), "device %s",
                       name ? name : ""));
        if (map_put(&names, name, (void *)tree))
            return error_at(expansion->inventory->file, tree, "two devices are called %s", name);
    }
    return NULL;
}

struct error *inventory_expand(struct arena *arena, const struct inventory_policy *inventory,
                               const char *node_name, struct inventory_content *out)
{
    struct value *given = value_object(arena);
    const struct scope root = { .variables = given };
    const struct scope scope = { .up = &root, .variables = inventory->parameters };
    struct inventory_content content = {
        .pool = arena_strdup(arena, node_name),
        .counter_sets = value_list(arena),
        .devices = arena_make_array(arena, struct inventory_device, INVENTORY_MAX_DEVICES),
    };
    struct expansion expansion = { .arena = arena, .inventory = inventory, .content = &content };
    value_set_text(arena, given, "node", node_name);
    value_set_text(arena, given, "driver", inventory->driver);
    if (inventory->pool)
        TRY(error_wrap(template_expand(arena, span_of(inventory->pool), &scope, &content.pool),
                       "%s: spec.pool", inventory->file));
    TRY(entries_expand(&expansion, inventory->counter_sets, &scope, 0, counter_set_expand));
    TRY(entries_expand(&expansion, inventory->devices, &scope, 0, device_expand));
    TRY(content_check(&expansion, node_name));
    *out = content;
    return NULL;
}
