/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As kube-scheduler's plugin does it (pkg/scheduler/framework/plugins/dynamicresources): the consumption of a
 * capacity times its multiplier, or the multiplier of the device, over all results of a claim; cpu is
 * compared in thousandths, everything else in whole units.
 */

#include "controller/allocate/node_allocatable.h"

#include "controller/allocate/inventory/index.h"

static const __int128 one = 1000000000; /* in nanos */

/* A claim's needs */

/* By its exact spelling, as capacity requests are matched. */
static const struct quantity *consumed_find(const struct allocation_result *result, const char *key)
{
    for (size_t i = 0; i < result->n_consumed; i++) {
        if (strcmp(result->consumed[i].name, key) == 0)
            return &result->consumed[i].value;
    }
    return NULL;
}

/* *A *= B, rounded away from zero to what a quantity can tell; false if it is too large. */
static bool quantity_scale(struct quantity *a, const struct quantity *b)
{
    __int128 whole, rest = a->nanos % one * (b->nanos % one);
    if (a->huge || b->huge || __builtin_mul_overflow(a->nanos / one, b->nanos, &whole) ||
        __builtin_add_overflow(whole, a->nanos % one * (b->nanos / one), &whole) ||
        __builtin_add_overflow(whole, (rest + (rest > 0 ? one - 1 : 1 - one)) / one, &whole))
        return false;
    *a = (struct quantity){ .nanos = whole, .format = a->format };
    return true;
}

static struct error *mapping_add(const struct node_allocatable *resource,
                                 const struct allocation_result *result, amount_list *needs)
{
    if (!resource->capacity_key || !*resource->capacity_key) {
        if (resource->has_device_multiplier)
            amounts_add(needs, resource->resource, &resource->device_multiplier);
        return NULL;
    }
    if (!result->n_consumed)
        return error_invalid("device %s: %s is counted by capacity %s, but the result consumes no capacity",
                             result->device, resource->resource, resource->capacity_key);
    const struct quantity *consumed = consumed_find(result, resource->capacity_key);
    if (!consumed)
        return NULL;
    struct quantity amount = *consumed;
    if (resource->has_capacity_multiplier && !quantity_scale(&amount, &resource->capacity_multiplier))
        return error_invalid("device %s: capacity %s times its multiplier is too large", result->device,
                             resource->capacity_key);
    amounts_add(needs, resource->resource, &amount);
    return NULL;
}

static void overhead_add(const struct node_allocatable *resource, size_t n_containers, amount_list *needs)
{
    if (resource->has_per_pod)
        amounts_add(needs, resource->resource, &resource->per_pod);
    for (size_t i = 0; resource->has_per_container && i < n_containers; i++)
        amounts_add(needs, resource->resource, &resource->per_container);
}

struct error *needs_add(const struct inventory *inventory, const struct allocation *allocation,
                        size_t n_containers, amount_list *needs, bool *has_any)
{
    for (size_t i = 0; i < allocation->n_results; i++) {
        const struct allocation_result *result = &allocation->results[i];
        const struct device_use *use = use_find(inventory, result->driver, result->pool, result->device);
        const struct device_entry *entry = use ? use_find_entry(use) : NULL;
        const struct device *device = entry ? &entry->card.kind->common : NULL;
        for (uint32_t r = 0; device && r < device->n_node_allocatables; r++) {
            TRY(mapping_add(&device->node_allocatables[r], result, needs));
            overhead_add(&device->node_allocatables[r], n_containers, needs);
            *has_any = true;
        }
    }
    return NULL;
}

/* The pod */

static bool is_huge_pages(const char *resource)
{
    return strncmp(resource, "hugepages-", strlen("hugepages-")) == 0;
}

static bool may_be_asked_for_the_whole(const char *resource)
{
    return strcmp(resource, "cpu") == 0 || strcmp(resource, "memory") == 0 || is_huge_pages(resource);
}

const char *pod_total(const struct pod_amounts *pod, const amount_list *needs, amount_list *total)
{
    const char *uncovered = NULL;
    amounts_add_all(total, &pod->containers);
    amounts_add_all(total, needs);
    for (size_t i = 0; i < pod->whole.length; i++) {
        const struct named_quantity *whole = &pod->whole.items[i];
        const struct quantity *sum = amounts_find(total, whole->name);
        if (!may_be_asked_for_the_whole(whole->name))
            continue;
        if (sum && quantity_compare(sum, &whole->value) > 0 && !uncovered)
            uncovered = whole->name;
        amounts_set(total, whole->name, &whole->value);
    }
    amounts_add_all(total, &pod->overhead);
    return uncovered;
}

/* The node */

static int64_t amount_units(const amount_list *amounts, const char *resource)
{
    const struct quantity *amount = amounts_find(amounts, resource);
    if (!amount)
        return 0;
    return strcmp(resource, "cpu") == 0 ? quantity_milli_value(amount) : quantity_value(amount);
}

static bool is_counted(const char *resource)
{
    return may_be_asked_for_the_whole(resource) || strcmp(resource, "ephemeral-storage") == 0;
}

const char *node_find_short(const struct node_amounts *node, const amount_list *total)
{
    for (size_t i = 0; i < total->length; i++) {
        const char *resource = total->items[i].name;
        int64_t wanted = amount_units(total, resource);
        int64_t has = amount_units(&node->allocatable, resource);
        int64_t taken = amount_units(&node->requested, resource);
        if (is_counted(resource) && wanted > 0 && (__int128)wanted > (__int128)has - taken)
            return resource;
    }
    return NULL;
}

void pod_amounts_done(struct pod_amounts *pod)
{
    vec_done(&pod->containers);
    vec_done(&pod->whole);
    vec_done(&pod->overhead);
}

void node_amounts_done(struct node_amounts *node)
{
    vec_done(&node->allocatable);
    vec_done(&node->requested);
}
