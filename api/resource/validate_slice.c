/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceSlice (allocation.md 2.3).
 */

#include "api/resource/tables.h"
#include "api/resource/validate_rules.h"

enum {
    MAX_DEVICES = 128,
    MAX_DEVICES_WITH_ADVANCED_FEATURES = 64,
    MAX_COUNTER_SETS = 8,
};

static void check_pool(struct validator *v, const struct field_path *path, const struct value *pool)
{
    const struct value *count = value_get(pool, "resourceSliceCount");
    const struct value *generation = value_get(pool, "generation");
    check_pool_name(v, CHILD(path, "name"), value_get(pool, "name"));
    if (value_integer(count, 0) <= 0)
        refuse_invalid(v, CHILD(path, "resourceSliceCount"), count ? shown(v, count) : "0",
                       "must be greater than zero");
    if (value_integer(generation, 0) < 0)
        refuse_invalid(v, CHILD(path, "generation"), shown(v, generation),
                       "must be greater than or equal to zero");
}

static void check_slice_selector(struct validator *v, const struct field_path *path,
                                 const struct value *selector)
{
    const struct value *terms = value_get(selector, "nodeSelectorTerms");
    validate_node_selector(v, path, selector);
    /* So that selectors of several slices can be merged into one. */
    if (value_length(terms) != 1)
        refuse_invalid(v, CHILD(path, "nodeSelectorTerms"), shown(v, terms),
                       "must have exactly one node selector term");
}

/* A bool that is either absent or true; whether it is true. */
static bool check_only_true(struct validator *v, const struct field_path *path, const struct value *flag)
{
    if (!is_absent(flag) && !value_true(flag))
        refuse_invalid(v, path, "false", "must be either unset or set to true");
    return value_true(flag);
}

static void check_nodes(struct validator *v, const struct field_path *path, const struct value *spec)
{
    static const char wanted[] =
        "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
    const struct value *name = value_get(spec, "nodeName"), *selector = value_get(spec, "nodeSelector");
    const struct {
        const char *shown;
        bool set;
    } fields[] = {
        { "`nodeName`", has_text(name) },
        { "`nodeSelector`", !is_absent(selector) },
        { "`allNodes`", check_only_true(v, CHILD(path, "allNodes"), value_get(spec, "allNodes")) },
        { "`perDeviceNodeSelection`", check_only_true(v, CHILD(path, "perDeviceNodeSelection"),
                                                      value_get(spec, "perDeviceNodeSelection")) },
    };
    if (has_text(name))
        validate_node_name(v, CHILD(path, "nodeName"), name);
    else if (!is_absent(name))
        refuse_invalid(v, CHILD(path, "nodeName"), "\"\"",
                       "must be either unset or set to a non-empty string");
    if (!is_absent(selector))
        check_slice_selector(v, CHILD(path, "nodeSelector"), selector);

    cleanup_buf struct buf set = BUF_INIT(256);
    size_t n_set = 0;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (fields[i].set)
            buf_printf(&set, "%s%s", n_set++ ? ", " : "", fields[i].shown);
    if (n_set == 0)
        refuse_required(v, path, "%s", wanted);
    else if (n_set > 1)
        refuse_invalid(v, path, arena_printf(v->arena, "\"{%s}\"", buf_text(&set)),
                       "%s, but multiple fields are set", wanted);
}

static bool has_list_attribute(const struct value *device)
{
    static const char *const lists[] = { "bools", "ints", "strings", "versions" };
    value_each_member (value_get(device, "attributes"), attribute)
        for (size_t i = 0; i < ARRAY_LEN(lists); i++)
            if (!is_absent(value_get(attribute->value, lists[i])))
                return true;
    return false;
}

static bool consumes_counters(const struct value *device)
{
    return value_length(value_get(device, "consumesCounters")) > 0;
}

static size_t max_devices(const struct value *devices)
{
    value_each (devices, device)
        if (value_length(value_get(device, "taints")) || consumes_counters(device) ||
            has_list_attribute(device))
            return MAX_DEVICES_WITH_ADVANCED_FEATURES;
    return MAX_DEVICES;
}

struct slice_context {
    const struct value *old_devices;
    bool per_device_nodes;
};

static void check_device(struct validator *v, const struct field_path *path, const struct value *device,
                         const void *context)
{
    const struct slice_context *slice = context;
    const struct value *old_device = NULL;
    value_each (slice->old_devices, old)
        if (!old_device && span_equal(item_name(v, old), item_name(v, device)))
            old_device = old;
    validate_device(v, path, device, old_device, slice->per_device_nodes);
}

static void check_counter_set(struct validator *v, const struct field_path *path, const struct value *set,
                              const void *unused)
{
    (void)unused;
    if (has_text(value_get(set, "name")))
        check_label(v, CHILD(path, "name"), value_get(set, "name"));
    else
        refuse_required(v, CHILD(path, "name"), "%s", "");
    validate_counters(v, CHILD(path, "counters"), value_get(set, "counters"));
}

/* An attribute of the driver's own domain may be written without it. */
static const struct value *attribute_find(const struct value *device, struct span name, struct span driver)
{
    const struct value *attributes = value_get(device, "attributes");
    const struct value *attribute = value_find(attributes, name);
    if (!attribute && span_equal(qualified_name_domain(name), driver))
        attribute = value_find(attributes, qualified_name_id(name));
    return attribute;
}

static void check_partition_type(struct validator *v, const struct field_path *path, const struct value *spec)
{
    const struct value *name = value_get(spec, "partitionTypeAttribute");
    const struct value *devices = value_get(spec, "devices");
    const struct field_path *name_path = CHILD(path, "partitionTypeAttribute");
    bool any = false;
    value_each (devices, device)
        any |= consumes_counters(device);
    if (!any)
        refuse_invalid(v, name_path, shown(v, name),
                       "may only be set on a slice which declares devices that consume counters");
    check_full_name(v, name_path, name);
    if (!any || !qualified_name_is_valid(text_of(name)))
        return;
    for (size_t i = 0; i < value_length(devices); i++) {
        const struct value *device = value_at(devices, i);
        if (!consumes_counters(device))
            continue;
        const struct field_path *attribute_path =
            KEY(CHILD(INDEX(CHILD(path, "devices"), i), "attributes"), text_of(name));
        const struct value *attribute =
            attribute_find(device, text_of(name), text_of(value_get(spec, "driver")));
        if (!attribute)
            refuse_required(v, attribute_path,
                            "device consumes counters and `partitionTypeAttribute` names this attribute, so "
                            "it must be set");
        else if (is_absent(value_get(attribute, "string")))
            refuse_invalid(v, attribute_path, shown(v, attribute),
                           "must be a string value because `partitionTypeAttribute` names this attribute");
    }
}

static void check_operation(struct validator *v, const struct field_path *path, const struct value *operation,
                            const void *unused)
{
    static const char *const operations[] = { "*", "NodePrepareResources", "NodeUnprepareResources", NULL };
    (void)unused;
    check_choice(v, path, operation, operations);
}

void validate_skip_operations(struct validator *v, const struct field_path *path, const struct value *list)
{
    bool prepare = false, unprepare = false;
    check_set(v, path, list, NO_LIMIT, check_operation, item_itself, NULL);
    value_each (list, operation) {
        prepare |= value_says(operation, "NodePrepareResources");
        unprepare |= value_says(operation, "NodeUnprepareResources") || value_says(operation, "*");
    }
    if (prepare && !unprepare)
        refuse_invalid(
            v, path, shown(v, list),
            "NodePrepareResources cannot be skipped unless NodeUnprepareResources is also skipped");
}

static void check_spec(struct validator *v, const struct field_path *path, const struct value *spec,
                       const struct value *old_spec)
{
    const struct value *devices = value_get(spec, "devices");
    const struct value *counters = value_get(spec, "sharedCounters");
    struct slice_context context = {
        .old_devices = value_get(old_spec, "devices"),
        .per_device_nodes = value_true(value_get(spec, "perDeviceNodeSelection")),
    };
    check_nodes(v, path, spec);
    if (!is_absent(counters) && !is_absent(devices))
        refuse_invalid(v, path, "\"\"", "only one of `sharedCounters` or `devices` is allowed");
    check_list(v, CHILD(path, "devices"), devices, max_devices(devices), check_device, &context);
    if (value_length(devices) <= max_devices(devices))
        check_repeats(v, CHILD(path, "devices"), devices, item_name, REPEAT_SHOWS_KEY);
    check_set(v, CHILD(path, "sharedCounters"), counters, MAX_COUNTER_SETS, check_counter_set, item_name,
              NULL);
    if (!is_absent(value_get(spec, "partitionTypeAttribute")))
        check_partition_type(v, path, spec);
    validate_skip_operations(v, CHILD(path, "skipNodeOperations"), value_get(spec, "skipNodeOperations"));
}

void validate_slice(struct validator *v)
{
    const struct field_path path = { .name = "spec" };
    const struct value *spec = value_get(v->input->object, "spec"),
                       *old_spec = value_get(v->input->old, "spec");
    check_driver_name(v, CHILD(&path, "driver"), text_of(value_get(spec, "driver")));
    check_pool(v, CHILD(&path, "pool"), value_get(spec, "pool"));
    if (v->input->old)
        check_immutable_fields(v, NULL, &resource_slice_schema, v->input->object, v->input->old);
    check_spec(v, &path, spec, old_spec);
}
