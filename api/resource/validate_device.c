/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device of a ResourceSlice (allocation.md 2.4 to 2.7).
 */

#include "api/resource/semver.h"
#include "api/resource/validate_capacity.h"

enum {
    MAX_ATTRIBUTES_AND_CAPACITIES = 32,
    MAX_ATTRIBUTE_VALUES = 48,
    MAX_ATTRIBUTE_BYTES = 64,
    MAX_TAINTS = 16,
    MAX_BINDING_CONDITIONS = 4,
    MAX_CONSUMPTIONS = 2,
    MAX_COUNTERS = 32,
    MAX_GROUPS = 2,
};

static void check_attribute_text(struct validator *v, const struct field_path *path, const struct value *text,
                                 const void *is_version)
{
    if (is_version && !semver_is_valid(text_of(text)))
        refuse_invalid(v, path, shown_text(v, text_of(text)),
                       "must be a string compatible with semver.org spec 2.0.0");
    if (text_of(text).length > MAX_ATTRIBUTE_BYTES)
        refuse_too_long(v, path, MAX_ATTRIBUTE_BYTES);
}

static const struct attribute_member {
    const char *name;
    bool is_list, is_text, is_version;
} attribute_members[] = {
    { "int", false, false, false },   { "bool", false, false, false },  { "string", false, true, false },
    { "version", false, true, true }, { "ints", true, false, false },   { "bools", true, false, false },
    { "strings", true, true, false }, { "versions", true, true, true },
};

static void check_attribute_member(struct validator *v, const struct field_path *path,
                                   const struct attribute_member *member, const struct value *value)
{
    const void *is_version = member->is_version ? member : NULL;
    if (member->is_list && value_length(value) == 0)
        refuse_invalid(v, path, "[]", "must not be empty if specified");
    if (member->is_list && member->is_text)
        check_list(v, path, value, NO_LIMIT, check_attribute_text, is_version);
    else if (member->is_text)
        check_attribute_text(v, path, value, is_version);
}

/* None of the members is there, or several are. */
static void refuse_union(struct validator *v, const struct field_path *path, const struct value *attribute,
                         size_t n_members)
{
    cleanup_buf struct buf all = BUF_INIT(256), given = BUF_INIT(256);
    for (size_t i = 0; i < ARRAY_LEN(attribute_members); i++) {
        const char *name = attribute_members[i].name;
        buf_printf(&all, "%s`%s`", i ? ", " : "", name);
        if (!is_absent(value_get(attribute, name)))
            buf_printf(&given, "%s%s", given.length ? ", " : "", name);
    }
    if (n_members)
        refuse_invalid(v, path, arena_printf(v->arena, "\"{%s}\"", buf_text(&given)),
                       "must specify exactly one of: %s", buf_text(&all));
    else
        refuse_invalid(v, path, "\"\"", "must specify one of: %s", buf_text(&all));
}

static void check_attribute(struct validator *v, const struct field_path *path, const struct value *attribute,
                            const void *unused)
{
    size_t n_members = 0;
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(attribute_members); i++) {
        const struct value *value = value_get(attribute, attribute_members[i].name);
        if (is_absent(value))
            continue;
        n_members++;
        check_attribute_member(v, CHILD(path, attribute_members[i].name), &attribute_members[i], value);
    }
    if (n_members != 1)
        refuse_union(v, path, attribute, n_members);
}

/* Each element of a list counts, each scalar once. */
static size_t count_attribute_values(const struct value *attributes)
{
    size_t n_values = 0;
    value_each_member (attributes, attribute) {
        size_t n_items = 0;
        for (size_t i = 0; i < ARRAY_LEN(attribute_members); i++)
            if (attribute_members[i].is_list)
                n_items += value_length(value_get(attribute->value, attribute_members[i].name));
        n_values += n_items ? n_items : 1;
    }
    return n_values;
}

static void check_sizes(struct validator *v, const struct field_path *path, const struct value *device)
{
    const struct value *attributes = value_get(device, "attributes");
    size_t n_both = value_length(attributes) + value_length(value_get(device, "capacity"));
    size_t n_values = count_attribute_values(attributes);
    if (n_both > MAX_ATTRIBUTES_AND_CAPACITIES)
        refuse_invalid(v, path, arena_printf(v->arena, "%zu", n_both),
                       "the total number of attributes and capacities must not exceed %d",
                       MAX_ATTRIBUTES_AND_CAPACITIES);
    if (n_values > MAX_ATTRIBUTE_VALUES)
        refuse_invalid(v, path, arena_printf(v->arena, "%zu", n_values),
                       "the total number of attribute values must not exceed %d", MAX_ATTRIBUTE_VALUES);
}

static void check_device_taint(struct validator *v, const struct field_path *path, const struct value *taint,
                               const void *unused)
{
    (void)unused;
    validate_taint(v, path, taint, NULL);
}

static void check_label_span(struct validator *v, const struct field_path *path, struct span name)
{
    check_faults(v, path, name, dns_label_faults(name));
}

static void check_counter(struct validator *v, const struct field_path *path, const struct value *counter,
                          const void *unused)
{
    struct quantity value;
    (void)unused;
    if (is_absent(value_get(counter, "value")))
        refuse_required(v, CHILD(path, "value"), "%s", "");
    else
        quantity_of(v, CHILD(path, "value"), value_get(counter, "value"), &value);
}

void validate_counters(struct validator *v, const struct field_path *path, const struct value *counters)
{
    if (value_length(counters) == 0)
        refuse_required(v, path, "%s", "");
    else
        check_map(v, path, counters, MAX_COUNTERS, check_label_span, check_counter, NULL);
}

static void check_group(struct validator *v, const struct field_path *path, const struct value *group,
                        const void *unused)
{
    (void)unused;
    check_label(v, path, group);
}

static void check_consumption(struct validator *v, const struct field_path *path,
                              const struct value *consumption, const void *unused)
{
    const struct value *set = value_get(consumption, "counterSet");
    (void)unused;
    if (has_text(set))
        check_label(v, CHILD(path, "counterSet"), set);
    else
        refuse_required(v, CHILD(path, "counterSet"), "%s", "");
    validate_counters(v, CHILD(path, "counters"), value_get(consumption, "counters"));
    check_set(v, CHILD(path, "compatibilityGroups"), value_get(consumption, "compatibilityGroups"),
              MAX_GROUPS, check_group, item_itself, NULL);
}

static struct span consumption_key(struct validator *v, const struct value *consumption)
{
    (void)v;
    return text_of(value_get(consumption, "counterSet"));
}

static void check_node_choice(struct validator *v, const struct field_path *path, const struct value *device)
{
    static const char wanted[] = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when "
                                 "`perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    const struct value *name = value_get(device, "nodeName"), *selector = value_get(device, "nodeSelector");
    const struct value *all = value_get(device, "allNodes");
    cleanup_buf struct buf set = BUF_INIT(256);
    size_t n_set = 0;
    if (has_text(name)) {
        buf_printf(&set, "%s`nodeName`", n_set++ ? ", " : "");
        validate_node_name(v, CHILD(path, "nodeName"), name);
    } else if (!is_absent(name)) {
        refuse_invalid(v, CHILD(path, "nodeName"), "\"\"", "must not be empty");
    }
    if (!is_absent(selector)) {
        buf_printf(&set, "%s`nodeSelector`", n_set++ ? ", " : "");
        validate_node_selector(v, CHILD(path, "nodeSelector"), selector);
    }
    if (value_true(all))
        buf_printf(&set, "%s`allNodes`", n_set++ ? ", " : "");
    else if (!is_absent(all))
        refuse_invalid(v, CHILD(path, "allNodes"), "false", "must be either unset or set to true");
    if (n_set == 0)
        refuse_required(v, path, "%s", wanted);
    else if (n_set > 1)
        refuse_invalid(v, path, arena_printf(v->arena, "\"{%s}\"", buf_text(&set)), "%s", wanted);
}

static bool names_nodes(const struct value *device)
{
    return !is_absent(value_get(device, "nodeName")) || !is_absent(value_get(device, "nodeSelector")) ||
           !is_absent(value_get(device, "allNodes"));
}

static void check_condition_name(struct validator *v, const struct field_path *path, const struct value *name,
                                 const void *unused)
{
    (void)unused;
    check_label_key(v, path, text_of(name));
}

void validate_binding_conditions(struct validator *v, const struct field_path *path,
                                 const struct value *holder)
{
    const struct value *good = value_get(holder, "bindingConditions");
    const struct value *bad = value_get(holder, "bindingFailureConditions");
    const struct field_path *good_path = CHILD(path, "bindingConditions");
    const struct field_path *bad_path = CHILD(path, "bindingFailureConditions");
    check_set(v, good_path, good, MAX_BINDING_CONDITIONS, check_condition_name, item_itself, NULL);
    check_set(v, bad_path, bad, MAX_BINDING_CONDITIONS, check_condition_name, item_itself, NULL);
    for (size_t i = 0; i < value_length(bad); i++)
        value_each (good, condition)
            if (span_equal(text_of(condition), text_of(value_at(bad, i)))) {
                refuse_invalid(v, INDEX(bad_path, i), shown(v, condition),
                               "bindingFailureConditions must not overlap with bindingConditions");
                break;
            }
    if (!value_length(good) && value_length(bad))
        refuse_invalid(v, good_path, shown(v, good),
                       "bindingConditions are required to use bindingFailureConditions");
    if (value_length(good) && !value_length(bad))
        refuse_invalid(v, bad_path, shown(v, bad),
                       "bindingFailureConditions are required to use bindingConditions");
}

/* SIGN: 1 if it must be positive, 0 if it must not be negative. */
static void check_signed(struct validator *v, const struct field_path *path, const struct value *tree,
                         int sign)
{
    struct quantity quantity;
    if (quantity_of(v, path, tree, &quantity) && quantity_sign(&quantity) < sign)
        refuse_invalid(v, path, shown_quantity(v, &quantity), "%s",
                       sign ? "must be positive" : "must be non-negative");
}

static void check_mapping(struct validator *v, const struct field_path *path, const struct value *mapping,
                          const struct value *capacities)
{
    const struct value *key = value_get(mapping, "capacityKey");
    const struct value *multiplier = value_get(mapping, "capacityMultiplier");
    const struct field_path *key_path = CHILD(path, "capacityKey");
    if (!is_absent(key) && !has_text(key))
        refuse_invalid(v, key_path, "\"\"", "capacityKey must not be an empty string");
    else if (!is_absent(key) && !value_find(capacities, text_of(key)))
        refuse(v, CAUSE_NOT_FOUND, key_path, shown(v, key), "%s", "");
    if (!is_absent(key) && is_absent(multiplier))
        refuse_required(v, CHILD(path, "capacityMultiplier"),
                        "capacityMultiplier is required when capacityKey is set");
    else if (!is_absent(key))
        check_signed(v, CHILD(path, "capacityMultiplier"), multiplier, 1);
    check_signed(v, CHILD(path, "deviceMultiplier"), value_get(mapping, "deviceMultiplier"), 1);
    if (is_absent(key) && !is_absent(multiplier))
        refuse_required(v, key_path, "capacityKey is required when capacityMultiplier is set");
}

static void check_overhead(struct validator *v, const struct field_path *path, const struct value *overhead)
{
    if (is_absent(value_get(overhead, "perPod")) && is_absent(value_get(overhead, "perContainer")))
        refuse_invalid(v, path, "\"\"", "at least one of perPod or perContainer must be set");
    check_signed(v, CHILD(path, "perPod"), value_get(overhead, "perPod"), 0);
    check_signed(v, CHILD(path, "perContainer"), value_get(overhead, "perContainer"), 0);
}

static bool is_node_allocatable(struct span resource)
{
    return span_is(resource, "cpu") || span_is(resource, "memory") ||
           span_is(resource, "ephemeral-storage") || span_starts_with(resource, SPAN("hugepages-"));
}

static void check_resource_name(struct validator *v, const struct field_path *path, struct span name)
{
    if (!is_node_allocatable(name))
        refuse_invalid(v, KEY(path, name), shown_text(v, name), "must be a node allocatable resource name");
}

static void check_allocatable(struct validator *v, const struct field_path *path,
                              const struct value *allocatable, const void *capacities)
{
    const struct value *mapping = value_get(allocatable, "mapping");
    const struct value *overhead = value_get(allocatable, "overhead");
    if (is_absent(mapping) && is_absent(overhead))
        refuse_required(v, path, "at least one of mapping or overhead must be set");
    if (!is_absent(mapping))
        check_mapping(v, CHILD(path, "mapping"), mapping, capacities);
    if (!is_absent(overhead))
        check_overhead(v, CHILD(path, "overhead"), overhead);
}

void validate_device(struct validator *v, const struct field_path *path, const struct value *device,
                     const struct value *old_device, bool per_device_nodes)
{
    const struct value *capacity = value_get(device, "capacity"), *taints = value_get(device, "taints");
    bool shared = value_true(value_get(device, "allowMultipleAllocations"));
    check_label(v, CHILD(path, "name"), value_get(device, "name"));
    check_sizes(v, path, device);
    check_map(v, CHILD(path, "attributes"), value_get(device, "attributes"), NO_LIMIT, check_qualified_name,
              check_attribute, NULL);
    if (!old_device || !value_equal(capacity, value_get(old_device, "capacity")))
        check_map(v, CHILD(path, "capacity"), capacity, NO_LIMIT, check_qualified_name, validate_capacity,
                  &shared);
    if (!old_device || !value_equal(taints, value_get(old_device, "taints")))
        check_list(v, CHILD(path, "taints"), taints, MAX_TAINTS, check_device_taint, NULL);
    check_set(v, CHILD(path, "consumesCounters"), value_get(device, "consumesCounters"), MAX_CONSUMPTIONS,
              check_consumption, consumption_key, NULL);
    if (per_device_nodes)
        check_node_choice(v, path, device);
    else if (names_nodes(device))
        refuse_invalid(v, path, "null",
                       "`nodeName`, `nodeSelector` and `allNodes` can only be set if "
                       "`perDeviceNodeSelection` is set to true in the ResourceSlice spec");
    validate_binding_conditions(v, path, device);
    check_map(v, CHILD(path, "nodeAllocatableResources"), value_get(device, "nodeAllocatableResources"),
              NO_LIMIT, check_resource_name, check_allocatable, capacity);
}
