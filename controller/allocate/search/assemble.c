/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what the search placed to the AllocationResult that is written (allocation.md 4.14): results in order
 * of placement, configuration of classes and then of the claim, and the nodes that the devices can be
 * reached from. Everything is copied, since inventory and search are gone before the result is.
 */

#include "controller/allocate/search/search.h"

#include "api/base/uuid.h"
#include "api/resource/tables.h"
#include "api/resource/typed.h"

/* What the results of an outcome have in common is written down once. */
struct assembly {
    const struct search *search;
    struct arena *arena;
    const struct pool_record *pool; /* of the latest result; what it is called: */
    const char *driver, *pool_name;
    struct node_selector *at_node; /* NULL: not asked for yet */
};

/* Copies */

static struct quantity quantity_copy(struct arena *arena, const struct quantity *from)
{
    struct quantity to = *from;
    to.text = arena_strndup(arena, from->text, from->text_length);
    return to;
}

static struct toleration *tolerations_copy(struct arena *arena, const struct toleration *from, size_t count)
{
    struct toleration *to = count ? arena_make_array(arena, struct toleration, count) : NULL;
    for (size_t i = 0; i < count; i++)
        schema_copy(arena, &device_toleration_schema, &from[i], &to[i]);
    return to;
}

static struct opaque_config opaque_copy(struct arena *arena, const struct opaque_config *from)
{
    return (struct opaque_config){ arena_strdup(arena, from->driver),
                                   from->parameters ? value_copy(arena, from->parameters) : NULL };
}

/* Results */

static const char *share_id_make(struct arena *arena)
{
    char *text = arena_bytes(arena, UUID_TEXT_SIZE);
    uuid_make(text);
    return text;
}

static void result_add_conditions(struct allocation_result *result, const struct device *device,
                                  struct arena *arena)
{
    result->binding_conditions = arena_texts(arena, device->binding_conditions, device->n_binding_conditions);
    result->n_binding_conditions = device->n_binding_conditions;
    result->binding_failure_conditions =
        arena_texts(arena, device->binding_failure_conditions, device->n_binding_failure_conditions);
    result->n_binding_failure_conditions = device->n_binding_failure_conditions;
}

/* Every capacity of a shared device is consumed, by the amount that the search reckoned with. */
static struct error *result_add_share(const struct search *search, const struct placed *placed,
                                      struct arena *arena, struct allocation_result *out)
{
    const struct device *device = placed->candidate->common;
    TRY(demand_intake(search, placed->demand, placed->candidate));
    out->share_id = share_id_make(arena);
    out->consumed = arena_make_array(arena, struct named_quantity, device->n_capacities);
    for (size_t i = 0; i < device->n_capacities; i++) {
        out->consumed[out->n_consumed++] =
            (struct named_quantity){ arena_strdup(arena, device->capacities[i].name),
                                     quantity_copy(arena, &placed->demand->intake->items[i].amount) };
    }
    return NULL;
}

static void assembly_name_pool(struct assembly *assembly, const struct pool_record *pool)
{
    if (assembly->pool == pool)
        return;
    assembly->pool = pool;
    assembly->driver = arena_strdup(assembly->arena, pool->driver);
    assembly->pool_name = arena_strdup(assembly->arena, pool->name);
}

static struct error *result_make(struct assembly *assembly, const struct placed *placed,
                                 struct allocation_result *out)
{
    const struct search *search = assembly->search;
    struct arena *arena = assembly->arena;
    const struct slice_record *slice = placed->candidate->slice;
    const struct exact_request *request = placed->demand->request;
    assembly_name_pool(assembly, slice->pool);
    *out = (struct allocation_result){
        .request = arena_strdup(arena, placed->demand->full_name),
        .driver = assembly->driver,
        .pool = assembly->pool_name,
        .device = arena_strdup(arena, candidate_name(placed->candidate)),
        .admin_access = placed->admin,
        .has_admin_access = placed->admin,
        .tolerations = tolerations_copy(arena, request->tolerations, request->n_tolerations),
        .n_tolerations = request->n_tolerations,
        .skip_node_operations =
            arena_texts(arena, slice->skip_node_operations, slice->n_skip_node_operations),
        .n_skip_node_operations = slice->n_skip_node_operations,
    };
    if (search->features.device_binding_and_status)
        result_add_conditions(out, placed->candidate->common, arena);
    return placed->candidate->is_shared ? result_add_share(search, placed, arena, out) : NULL;
}

/* Configuration */

typedef VEC(struct allocation_config) config_list;

static const struct demand *request_chosen(const struct request_state *request)
{
    return &request->demands[request->chosen];
}

static void config_add_request(struct allocation_config *config, struct arena *arena, const char *request)
{
    const char **requests = arena_make_array(arena, const char *, config->n_requests + 1);
    for (size_t i = 0; i < config->n_requests; i++)
        requests[i] = config->requests[i];
    requests[config->n_requests++] = arena_strdup(arena, request);
    config->requests = requests;
}

/* The first request of the claim with the same class as request INDEX; its own index if there is none. */
static size_t first_with_class(const struct claim_state *claim, size_t index)
{
    const char *name = request_chosen(&claim->requests[index])->class->meta.name;
    for (size_t i = 0; i < index; i++) {
        if (strcmp(request_chosen(&claim->requests[i])->class->meta.name, name) == 0)
            return i;
    }
    return index;
}

/* A class gives its entries once; STARTS says where those of request i's class stand. */
static void configs_add_classes(const struct claim_state *claim, struct arena *arena, config_list *configs)
{
    size_t *starts = arena_make_array(arena, size_t, claim->n_requests);
    for (size_t i = 0; i < claim->n_requests; i++) {
        const struct demand *demand = request_chosen(&claim->requests[i]);
        const struct device_class *class = demand->class;
        size_t first = first_with_class(claim, i);
        starts[i] = first < i ? starts[first] : configs->length;
        for (size_t c = 0; c < class->n_configs; c++) {
            if (first == i)
                vec_push(configs,
                         (struct allocation_config){ .source = CONFIG_FROM_CLASS,
                                                     .opaque = opaque_copy(arena, &class->configs[c]) });
            config_add_request(&configs->items[starts[i] + c], arena, demand->full_name);
        }
    }
}

static bool config_names(const char *const *requests, size_t n_requests, const char *name)
{
    for (size_t i = 0; i < n_requests; i++) {
        if (requests[i] && strcmp(requests[i], name) == 0)
            return true;
    }
    return false;
}

/* By the request's own name, or by that of the chosen alternative. */
static bool config_names_request(const char *const *requests, size_t n_requests,
                                 const struct request_state *request)
{
    const struct demand *demand = request_chosen(request);
    return config_names(requests, n_requests, demand->name) ||
           (request->is_list && config_names(requests, n_requests, demand->full_name));
}

static bool config_applies(const struct claim_config *config, const struct claim_state *claim)
{
    for (size_t i = 0; i < claim->n_requests; i++) {
        if (config_names_request(config->requests, config->n_requests, &claim->requests[i]))
            return true;
    }
    return !config->n_requests;
}

/* An entry that names every request needs no names: none means all. */
static void config_simplify(struct allocation_config *config, const struct claim_state *claim)
{
    for (size_t i = 0; i < claim->n_requests; i++) {
        if (!config_names_request(config->requests, config->n_requests, &claim->requests[i]))
            return;
    }
    config->n_requests = 0;
}

static bool claim_is_configured(const struct claim_state *claim)
{
    bool configured = claim->claim->spec.n_configs;
    for (size_t i = 0; i < claim->n_requests && !configured; i++)
        configured = request_chosen(&claim->requests[i])->class->n_configs;
    return configured;
}

static void configs_make(const struct claim_state *claim, struct arena *arena, struct allocation *out)
{
    config_list configs = { 0 };
    if (!claim_is_configured(claim))
        return;
    configs_add_classes(claim, arena, &configs);
    for (size_t i = 0; i < claim->claim->spec.n_configs; i++) {
        const struct claim_config *config = &claim->claim->spec.configs[i];
        if (config_applies(config, claim))
            vec_push(&configs, (struct allocation_config){
                                   .source = CONFIG_FROM_CLAIM,
                                   .requests = arena_texts(arena, config->requests, config->n_requests),
                                   .n_requests = config->n_requests,
                                   .opaque = opaque_copy(arena, &config->opaque) });
    }
    out->n_configs = configs.length;
    out->configs = arena_make_array(arena, struct allocation_config, configs.length);
    for (size_t i = 0; i < configs.length; i++) {
        config_simplify(&configs.items[i], claim);
        out->configs[i] = configs.items[i];
    }
    vec_done(&configs);
}

/* Nodes */

static bool values_include(const struct node_requirement *of, const struct node_requirement *values)
{
    for (size_t i = 0; i < values->n_values; i++) {
        if (!config_names(of->values, of->n_values, values->values[i]))
            return false;
    }
    return true;
}

static bool requirement_equal(const struct node_requirement *a, const struct node_requirement *b)
{
    return a->op == b->op && strcmp(a->key, b->key) == 0 && values_include(a, b) && values_include(b, a);
}

typedef VEC(struct node_requirement) requirement_list;

static void requirements_merge(requirement_list *into, const struct node_requirement *from, size_t count,
                               struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < into->length && !known; j++)
            known = requirement_equal(&into->items[j], &from[i]);
        if (!known)
            vec_push(into, (struct node_requirement){ arena_strdup(arena, from[i].key), from[i].op,
                                                      arena_texts(arena, from[i].values, from[i].n_values),
                                                      from[i].n_values });
    }
}

static struct node_requirement *requirements_keep(requirement_list *list, struct arena *arena)
{
    struct node_requirement *kept = arena_make_array(arena, struct node_requirement, list->length);
    if (list->length)
        memcpy(kept, list->items, list->length * sizeof(*kept));
    vec_done(list);
    return kept;
}

static struct node_selector *selector_of_term(struct node_term term, struct arena *arena)
{
    struct node_selector *selector = arena_make(arena, struct node_selector);
    selector->terms = arena_make(arena, struct node_term);
    selector->terms[0] = term;
    selector->n_terms = 1;
    return selector;
}

static struct node_selector *selector_of_node(struct assembly *assembly)
{
    struct arena *arena = assembly->arena;
    if (assembly->at_node)
        return assembly->at_node;
    struct node_requirement *field = arena_make(arena, struct node_requirement);
    *field = (struct node_requirement){ "metadata.name", NODE_IN,
                                        arena_texts(arena, &assembly->search->view.node->name, 1), 1 };
    assembly->at_node = selector_of_term((struct node_term){ .fields = field, .n_fields = 1 }, arena);
    return assembly->at_node;
}

static bool placed_is_local(const struct placed *placed)
{
    const struct slice_record *slice = placed->candidate->slice;
    const struct device *device = placed->candidate->common;
    return device->binds_to_node ||
           (slice->per_device_node_selection ? device->node_name != NULL : slice->node != NULL);
}

static const struct node_selector *placed_selector(const struct placed *placed)
{
    const struct slice_record *slice = placed->candidate->slice;
    return slice->per_device_node_selection ? placed->candidate->common->node_selector : slice->node_selector;
}

/* One device that is local to the node decides for all; otherwise the requirements of all are merged. */
static struct error *selector_make(struct assembly *assembly, const struct claim_state *claim,
                                   struct node_selector **out)
{
    struct arena *arena = assembly->arena;
    requirement_list expressions = { 0 }, fields = { 0 };
    struct error *err = NULL;
    for (uint32_t i = 0; i < claim->n_placed && !err; i++) {
        const struct node_selector *selector = placed_selector(&claim->placed[i]);
        if (placed_is_local(&claim->placed[i])) {
            vec_done(&expressions);
            vec_done(&fields);
            *out = selector_of_node(assembly);
            return NULL;
        }
        if (selector && selector->n_terms > 1)
            err =
                error_invalid("create NodeSelector for claim %s: unsupported ResourceSlice.NodeSelector with "
                              "%zu terms",
                              claim_label(claim->claim, arena), selector->n_terms);
        if (!err && selector && selector->n_terms) {
            requirements_merge(&fields, selector->terms[0].fields, selector->terms[0].n_fields, arena);
            requirements_merge(&expressions, selector->terms[0].expressions, selector->terms[0].n_expressions,
                               arena);
        }
    }
    struct node_term term = { .n_expressions = expressions.length, .n_fields = fields.length };
    term.expressions = requirements_keep(&expressions, arena);
    term.fields = requirements_keep(&fields, arena);
    if (!err)
        *out = term.n_expressions || term.n_fields ? selector_of_term(term, arena) : NULL;
    return err;
}

static struct error *claim_assemble(struct assembly *assembly, const struct claim_state *claim,
                                    struct allocation *out)
{
    out->n_results = claim->n_placed;
    out->results = arena_bytes(assembly->arena, claim->n_placed * sizeof(out->results[0]));
    for (uint32_t i = 0; i < claim->n_placed; i++)
        TRY(result_make(assembly, &claim->placed[i], &out->results[i]));
    configs_make(claim, assembly->arena, out);
    return selector_make(assembly, claim, &out->node_selector);
}

struct error *search_assemble(const struct search *search, struct arena *arena, struct allocation **out)
{
    struct assembly assembly = { .search = search, .arena = arena };
    struct allocation *allocations = arena_make_array(arena, struct allocation, search->n_claims);
    for (size_t i = 0; i < search->n_claims; i++)
        TRY(claim_assemble(&assembly, &search->claims[i], &allocations[i]));
    *out = allocations;
    return NULL;
}
