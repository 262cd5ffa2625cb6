/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/kubectl/simulation.h"

#include "api/resource/convert.h"
#include "api/resource/objects.h"
#include "api/resource/tables.h"
#include "controller/kubectl/declared.h"

void simulation_init(struct simulation *simulation)
{
    *simulation =
        (struct simulation){ .arena = arena_new(), .inventory = inventory_new(), .features = features_all() };
}

void simulation_done(struct simulation *simulation)
{
    vec_done(&simulation->claims);
    vec_done(&simulation->nodes);
    vec_done(&simulation->declared);
    consumers_done(&simulation->consumers);
    inventory_free(simulation->inventory);
    arena_free(simulation->arena);
}

/* One adder for each kind that matters */

static struct error *add_slice(struct simulation *simulation, struct value *object)
{
    struct resource_slice *slice;
    TRY(resource_slice_decode(simulation->arena, object, &slice));
    inventory_put_slice(simulation->inventory, slice);
    return NULL;
}

static struct error *add_class(struct simulation *simulation, struct value *object)
{
    struct device_class *class;
    TRY(device_class_decode(simulation->arena, object, &class));
    inventory_put_class(simulation->inventory, NULL, class);
    return NULL;
}

static struct error *add_rule(struct simulation *simulation, struct value *object)
{
    struct device_taint_rule *rule;
    TRY(device_taint_rule_decode(simulation->arena, object, &rule));
    inventory_put_rule(simulation->inventory, NULL, rule);
    return NULL;
}

static struct error *add_claim(struct simulation *simulation, struct value *object)
{
    struct resource_claim *claim;
    TRY(resource_claim_decode(simulation->arena, object, &claim));
    if (!claim->meta.namespace)
        claim->meta.namespace = "default";
    inventory_put_claim(simulation->inventory, claim);
    vec_push(&simulation->claims,
             (struct simulated_claim){
                 object, claim,
                 arena_printf(simulation->arena, "%s/%s", claim->meta.namespace, claim->meta.name),
                 claim->allocation });
    return NULL;
}

static struct error *add_node(struct simulation *simulation, struct value *object)
{
    const struct value *features = value_path(object, "status.declaredFeatures");
    VEC(const char *) declared = { 0 };
    struct object_meta meta = { 0 };
    TRY(object_meta_decode(simulation->arena, value_get(object, "metadata"), &meta));
    value_each (features, feature) {
        if (value_string(feature))
            vec_push(&declared, value_string(feature));
    }
    inventory_put_node(simulation->inventory, &(struct inventory_node){ meta.name, meta.labels, meta.n_labels,
                                                                        declared.items, declared.length });
    vec_push(&simulation->nodes, meta.name);
    vec_done(&declared);
    return consumers_add_node(&simulation->consumers, simulation->arena, meta.name, object);
}

static struct error *add_pod(struct simulation *simulation, struct value *object)
{
    return consumers_add_pod(&simulation->consumers, simulation->arena, object);
}

static struct error *add_policy(struct simulation *simulation, struct value *object)
{
    const char *wanted = value_path_string(object, "spec.placement");
    if (wanted && !placement_find(span_of(wanted), &simulation->placement))
        return error_invalid("spec.placement: must be " PLACEMENT_NAMES ", not \"%s\"", wanted);
    return NULL;
}

static struct error *add_declared(struct simulation *simulation, struct value *object)
{
    vec_push(&simulation->declared, object);
    return NULL;
}

static const struct {
    const char *kind, *group;
    const struct schema *schema; /* of the v1 form; NULL: taken as it is */
    struct error *(*add)(struct simulation *simulation, struct value *object);
} adders[] = {
    { "ResourceSlice", "resource.k8s.io/", &resource_slice_schema, add_slice },
    { "DeviceClass", "resource.k8s.io/", &device_class_schema, add_class },
    { "DeviceTaintRule", "resource.k8s.io/", &device_taint_rule_schema, add_rule },
    { "ResourceClaim", "resource.k8s.io/", &resource_claim_schema, add_claim },
    { "Node", "v1", NULL, add_node },
    { "Pod", "v1", NULL, add_pod },
    { "AllocationPolicy", "policy.tranche.dev/", NULL, add_policy },
    { "Inventory", "policy.tranche.dev/", NULL, add_declared },
};

static struct error *add_object(struct simulation *simulation, struct value *object, const char *kind)
{
    const char *group = value_path_string(object, "apiVersion");
    const char *name = value_path_string(object, "metadata.name");
    for (size_t i = 0; i < ARRAY_LEN(adders); i++) {
        if (strcmp(kind, adders[i].kind) != 0 || !span_starts_with(span_of(group), span_of(adders[i].group)))
            continue;
        if (!name || !*name)
            return error_invalid("%s at line %u: metadata.name is missing", kind, object->line);
        if (adders[i].schema) {
            object = resource_convert(simulation->arena, object, "v1");
            schema_default(adders[i].schema, simulation->arena, object, 0);
        }
        return error_wrap(adders[i].add(simulation, object), "%s %s", kind, name);
    }
    return NULL;
}

struct error *simulation_add(struct simulation *simulation, struct value *object)
{
    const char *kind = value_path_string(object, "kind");
    if (!value_is(object, VALUE_OBJECT))
        return error_invalid("line %u: an object was expected, not %s", object->line,
                             value_type_name(object->type));
    if (!kind || !value_path_string(object, "apiVersion"))
        return error_invalid("line %u: the object has no apiVersion or kind", object->line);
    if (!span_ends_with(span_of(kind), span_of("List")))
        return add_object(simulation, object, kind);
    value_each (value_get(object, "items"), item) {
        if (value_is(item, VALUE_OBJECT) && !value_get(item, "kind")) {
            value_set_span(simulation->arena, item, span_of("kind"),
                           value_span(simulation->arena, (struct span){ kind, strlen(kind) - 4 }));
            value_set_text(simulation->arena, item, "apiVersion", value_path_string(object, "apiVersion"));
        }
        TRY(simulation_add(simulation, item));
    }
    return NULL;
}

static void add_node_name(void *context, const char *node)
{
    struct simulation *simulation = context;
    inventory_put_node(simulation->inventory, &(struct inventory_node){ .name = node });
    vec_push(&simulation->nodes, arena_strdup(simulation->arena, node));
}

/* Without any Node, the nodes that slices name stand for themselves; without those, some node. */
static void settle_nodes(struct simulation *simulation)
{
    if (simulation->nodes.length)
        return;
    inventory_each_slice_node(simulation->inventory, add_node_name, simulation);
    if (!simulation->nodes.length)
        add_node_name(simulation, "some-node");
}

struct error *simulation_close(struct simulation *simulation)
{
    settle_nodes(simulation);
    for (size_t i = 0; i < simulation->declared.length; i++) {
        for (size_t n = 0; n < simulation->nodes.length; n++)
            TRY(declared_add(simulation, simulation->declared.items[i], simulation->nodes.items[n]));
    }
    return NULL;
}

void simulation_allocate(struct simulation *simulation, struct allocate_request *request,
                         struct outcome *outcome)
{
    struct refusal refusal = { simulation, request };
    request->features = &simulation->features;
    request->refuse = consumers_refuse;
    request->ctx = &refusal;
    allocate(simulation->inventory, request, simulation->arena, outcome);
    for (size_t i = 0; outcome->kind == OUTCOME_ALLOCATED && i < request->n_claims; i++) {
        const struct resource_claim *claim = request->claims[i];
        inventory_assume(simulation->inventory, claim->meta.namespace, claim->meta.name,
                         &outcome->allocations[i]);
        vec_each (&simulation->claims, known) {
            if (known->claim == claim)
                known->allocation = &outcome->allocations[i];
        }
        consumers_place(&simulation->consumers, claim, outcome->node);
    }
}

struct error *simulation_find_claim(const struct simulation *simulation, const char *name,
                                    struct simulated_claim **out)
{
    const char *slash = strchr(name, '/');
    struct simulated_claim *found = NULL;
    for (size_t i = 0; i < simulation->claims.length; i++) {
        struct simulated_claim *claim = &simulation->claims.items[i];
        const char *own = slash ? claim->key : claim->claim->meta.name;
        if (strcmp(own, name) != 0)
            continue;
        if (found)
            return error_hint(error_invalid("claim %s is not unique", name), "write NAMESPACE/NAME");
        found = claim;
    }
    if (!found)
        return error_not_found("claim %s is not among the objects", name);
    *out = found;
    return NULL;
}
