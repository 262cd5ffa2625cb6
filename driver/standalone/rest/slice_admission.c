/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that draw on resources of their node want a kubelet that knows of it, as each node declares in its
 * status. Upstream: plugin/pkg/admission/nodedeclaredfeatures.
 */
#include "driver/standalone/rest/admission.h"

#include "api/base/text.h"
#include "api/core/node.h"
#include "api/resource/node_selector_match.h"
#include "api/resource/objects.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"

#define FEATURE "DRANodeAllocatableResources"

/* Where a device is: of its own, or where its slice is. */
struct placement {
    const char *node_name;
    const struct node_selector *node_selector;
    bool all_nodes;
};

static struct placement placement_of(const struct resource_slice *slice, const struct device *device)
{
    if (slice->per_device_node_selection)
        return (struct placement){ device->node_name, device->node_selector, device->all_nodes };
    return (struct placement){ slice->node_name, slice->node_selector, slice->all_nodes };
}

static bool declares(const struct value *node)
{
    value_each (value_path(node, "status.declaredFeatures"), feature)
        if (text_is(value_string(feature), FEATURE))
            return true;
    return false;
}

static bool is_among(struct arena *arena, const struct placement *placement, const struct value *tree)
{
    struct node *node;
    if (placement->all_nodes)
        return true;
    struct error *err = node_decode(arena, tree, &node);
    bool matches = !err && node_selector_matches(placement->node_selector, node->meta.name, node->meta.labels,
                                                 node->meta.n_labels);
    error_free(err);
    return matches;
}

static struct error *refuse_node(struct request *req, const char *slice, const char *node)
{
    return refuse_forbidden(
        req, slice, arena_printf(req->arena, "node \"%s\" does not support " FEATURE " feature", node));
}

static struct error *check_nodes(struct request *req, const struct resource_slice *slice,
                                 const struct placement *placement)
{
    const struct resource *nodes = resource_named(rest_resources(req->server), "", "nodes");
    cleanup_snapshot struct snapshot all = { 0 };
    if (placement->node_selector)
        TRY(node_selector_check(placement->node_selector));
    TRY(collection_list(nodes->collection, 0, (struct span){ 0 }, &all));
    vec_each (&all.objects, object)
        if (is_among(req->arena, placement, (*object)->tree) && !declares((*object)->tree))
            return refuse_node(req, slice->meta.name, (*object)->name.data);
    return NULL;
}

static struct error *check_node(struct request *req, const struct resource_slice *slice,
                                const struct device *device, const char *name)
{
    const struct resource *nodes = resource_named(rest_resources(req->server), "", "nodes");
    const struct object *node = collection_find(nodes->collection, SPAN(""), span_of(name));
    if (!node)
        return refuse_forbidden(
            req, slice->meta.name,
            arena_printf(req->arena, "node \"%s\" not found for device \"%s\"", name, device->name));
    return declares(node->tree) ? NULL : refuse_node(req, slice->meta.name, name);
}

struct error *review_slice(struct request *req, const struct value *tree)
{
    struct resource_slice *slice;
    if (!rest_feature_is_on(req->server, FEATURE))
        return NULL;
    TRY(resource_slice_decode(req->arena, tree, &slice));
    for (size_t i = 0; i < slice->n_devices; i++) {
        const struct device *device = &slice->devices[i];
        if (!device->n_node_allocatables)
            continue;
        struct placement placement = placement_of(slice, device);
        if (text_is_set(placement.node_name))
            TRY(check_node(req, slice, device, placement.node_name));
        else if (placement.all_nodes || placement.node_selector)
            TRY(check_nodes(req, slice, &placement));
    }
    return NULL;
}
