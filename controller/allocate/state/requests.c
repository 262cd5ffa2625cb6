/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before the search: every request is checked, in order, and the first thing wrong ends the attempt with an
 * error, since no node could make it right. Devices of All requests are collected here, those in
 * use included: what All means must not depend on who holds what.
 */

#include "controller/allocate/state/state.h"
#include "controller/allocate/view/node_match.h"

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

const char *claim_label(const struct resource_claim *claim, struct arena *arena)
{
    const char *namespace = text_or_empty(claim->meta.namespace), *name = text_or_empty(claim->meta.name);
    char *label = arena_array(arena, strlen(namespace) + strlen(name) + sizeof("/"), 1);
    stpcpy(stpcpy(stpcpy(label, namespace), "/"), name);
    return label;
}

/* Selectors */

static struct error *selector_fails(struct search *search, const struct demand *demand,
                                    const struct selector_list *list, size_t index,
                                    const struct candidate *candidate, enum verdict verdict)
{
    const char *complaint = matcher_complaint(search->inventory->matcher, list->programs[index],
                                              &candidate->entry->card, search->arena);
    const char *kind = list->claim ? "claim" : "class";
    const char *owner = list->claim ? claim_label(list->claim, search->arena) : demand->class->meta.name;
    if (verdict == VERDICT_NOT_COMPILED)
        return error_invalid("%s %s: selector #%zu: CEL compile error: %s", kind, owner, index, complaint);
    return error_invalid("%s %s: selector #%zu on device %s/%s/%s: CEL runtime error: %s", kind, owner, index,
                         candidate_driver(candidate), candidate->slice->pool->name, candidate_name(candidate),
                         complaint);
}

static struct error *selectors_accept(struct search *search, const struct demand *demand,
                                      const struct selector_list *list, const struct candidate *candidate,
                                      bool *out)
{
    *out = true;
    for (size_t i = 0; i < list->n_programs && *out; i++) {
        enum verdict verdict =
            matcher_test(search->inventory->matcher, list->programs[i], &candidate->entry->card);
        if (verdict == VERDICT_NOT_COMPILED || verdict == VERDICT_FAILED)
            return selector_fails(search, demand, list, i, candidate, verdict);
        *out = verdict == VERDICT_TRUE;
    }
    return NULL;
}

static struct selector_list selectors_find(struct search *search, const struct device_selector *selectors,
                                           size_t count, const struct resource_claim *claim)
{
    struct selector_list list = { .claim = claim, .n_programs = count };
    if (count)
        list.programs = arena_make_array(search->arena, struct program *, count);
    for (size_t i = 0; i < count; i++)
        list.programs[i] =
            matcher_program(search->inventory->matcher, text_or_empty(selectors[i].expression));
    return list;
}

static struct error *device_selects_node(const struct search *search, const struct candidate *candidate,
                                         bool *out)
{
    const struct device *device = candidate->common;
    return node_match(search->view.node, device->node_name, device->all_nodes, device->node_selector, out);
}

/* Selectors run before the device's own node selection, as upstream has it: an error of a selector aborts
 * even on a device of another node. */
static struct error *demand_evaluate(struct search *search, const struct demand *demand,
                                     const struct candidate *candidate, bool *out)
{
    *out = true;
    if (demand->class_selectors.n_programs)
        TRY(selectors_accept(search, demand, &demand->class_selectors, candidate, out));
    if (*out && demand->selectors.n_programs)
        TRY(selectors_accept(search, demand, &demand->selectors, candidate, out));
    if (!*out || !candidate->slice->per_device_node_selection)
        return NULL;
    return device_selects_node(search, candidate, out);
}

static struct error *demand_ask(struct search *search, const struct demand *demand,
                                const struct candidate *candidate, bool *out)
{
    *out = false;
    if (!search->features.device_binding_and_status && candidate->common->n_binding_conditions)
        return NULL;
    return demand_evaluate(search, demand, candidate, out);
}

struct error *demand_accepts(struct search *search, struct demand *demand, const struct candidate *candidate,
                             bool *out)
{
    if (!demand->selectable)
        return demand_ask(search, demand, candidate, out);
    uint8_t *known = &demand->selectable[candidate->place];
    if (*known == VERDICT_UNKNOWN) {
        TRY(demand_ask(search, demand, candidate, out));
        *known = *out ? VERDICT_TRUE : VERDICT_FALSE;
    }
    *out = *known == VERDICT_TRUE;
    return NULL;
}

bool demand_accepted(struct search *search, struct demand *demand, const struct candidate *candidate)
{
    bool accepted = false;
    error_free(demand_accepts(search, demand, candidate, &accepted));
    return accepted;
}

/* All */

static struct error *pool_is_sound(const struct pool_view *pool)
{
    static const char *const words[] = { [POOL_INCOMPLETE] = "being updated", [POOL_INVALID] = "invalid" };
    if (pool->state == POOL_USABLE || pool->state == POOL_OBSOLETE)
        return NULL;
    return error_unavailable("asks for all devices, but resource pool %s/%s is currently %s",
                             pool->record->driver, pool->record->name, words[pool->state]);
}

/* What "all" means cannot be told while some pool is in doubt, whatever its driver. */
static struct error *pools_are_sound(struct search *search)
{
    for (size_t i = 0; i < search->view.n_pools; i++) {
        struct error *err = pool_is_sound(search->view.pools[i]);
        search->node_is_cause = err;
        search->is_node_failure = err && search->features.all_fails_on_node;
        if (err)
            return err;
    }
    return NULL;
}

static struct error *demand_collect(struct search *search, struct demand *demand)
{
    static const struct capacity_use nothing_used;
    TRY(pools_are_sound(search));
    demand->devices = arena_make_array(search->arena, struct candidate *, search->view.n_candidates);
    for (size_t i = 0; i < search->view.n_candidates; i++) {
        struct candidate *candidate = &search->view.candidates[i];
        const char *short_of = NULL;
        bool accepted = false;
        TRY(demand_accepts(search, demand, candidate, &accepted));
        if (accepted && search->features.consumable_capacity)
            TRY(error_wrap(demand_intake(search, demand, candidate), "checking capacity for device %s/%s/%s",
                           candidate_driver(candidate), candidate->slice->pool->name,
                           candidate_name(candidate)));
        if (accepted && search->features.consumable_capacity)
            short_of = intake_find_short(demand->intake, &nothing_used);
        if (accepted && !short_of)
            demand->devices[demand->n_devices++] = candidate;
    }
    return NULL;
}

/* Demands */

static bool text_equal(const char *a, const char *b)
{
    return a == b || strcmp(text_or_empty(a), text_or_empty(b)) == 0;
}

static bool asks_alike(const struct exact_request *a, const struct exact_request *b)
{
    bool alike = a->n_selectors == b->n_selectors && text_equal(a->class_name, b->class_name) &&
                 a->n_capacity_requests == b->n_capacity_requests;
    for (size_t i = 0; alike && i < a->n_selectors; i++)
        alike = text_equal(a->selectors[i].expression, b->selectors[i].expression);
    for (size_t i = 0; alike && i < a->n_capacity_requests; i++)
        alike = text_equal(a->capacity_requests[i].name, b->capacity_requests[i].name) &&
                quantity_is_same(&a->capacity_requests[i].value, &b->capacity_requests[i].value);
    return alike;
}

/* What the request accepts, and how much of it, whoever asks. Requests that ask alike share what is learned:
 * most that are searched for together do. */
static struct error *demand_find_class(struct search *search, struct demand *demand)
{
    const struct exact_request *request = demand->request;
    const struct demand *before = search->checked;
    if (before && asks_alike(request, before->request)) {
        demand->class = before->class;
        demand->class_selectors = before->class_selectors;
        demand->selectors = before->selectors;
        demand->selectable = before->selectable;
        demand->intake = before->intake;
        return NULL;
    }
    demand->class = inventory_find_class(search->inventory, request->class_name);
    if (!demand->class)
        return error_hint(
            error_invalid("could not retrieve device class %s: not found", request->class_name),
            "create the DeviceClass, or name one of those that `kubectl get deviceclasses` lists");
    demand->class_selectors =
        selectors_find(search, demand->class->selectors, demand->class->n_selectors, NULL);
    demand->selectors = selectors_find(search, request->selectors, request->n_selectors, NULL);
    if (demand->class_selectors.n_programs || demand->selectors.n_programs)
        demand->selectable = arena_make_array(search->arena, uint8_t, search->view.n_candidates);
    demand->intake = arena_make(search->arena, struct intake);
    return NULL;
}

static struct error *demand_check(struct search *search, struct claim_state *claim, struct demand *demand)
{
    const struct exact_request *request = demand->request;
    if (!search->features.derived_attributes && request->n_derived_attributes)
        return error_invalid("cannot handle request with derived attributes, the feature is disabled");
    for (size_t i = 0; i < request->n_selectors; i++) {
        if (!request->selectors[i].expression)
            return error_invalid("selector #%zu: CEL expression empty (unsupported selector type?)", i);
    }
    if (!search->features.admin_access && request->has_admin_access)
        return error_invalid("admin access is requested, but the feature is disabled");
    if (!*text_or_empty(request->class_name))
        return error_invalid("missing device class name (unsupported request type?)");
    TRY(demand_find_class(search, demand));
    demand->selectors.claim = claim->claim;
    search->checked = demand;
    switch (request->mode) {
    case MODE_EXACT_COUNT: demand->n_devices = request->count; return NULL;
    case MODE_ALL: demand->all = true; return demand_collect(search, demand);
    case MODE_UNKNOWN: break;
    }
    return error_invalid("unsupported count mode %s", text_or_empty(request->mode_text));
}

static struct error *demand_start(struct search *search, struct claim_state *claim, struct demand *demand,
                                  const char *name, const struct exact_request *request, bool is_alternative)
{
    const char *alternative = is_alternative ? text_or_empty(request->name) : NULL;
    *demand = (struct demand){
        .request = request,
        .name = name,
        .full_name = alternative ? arena_printf(search->arena, "%s/%s", name, alternative) : name,
        .admin = !alternative && request->admin_access,
    };
    if (claim->n_constraints)
        demand->covered = arena_make_array(search->arena, bool, claim->n_constraints);
    for (size_t i = 0; i < claim->n_constraints; i++)
        demand->covered[i] = constraint_covers(claim->constraints[i].source, name, alternative);
    demand_find_derivations(search, claim, demand);
    struct error *err = demand_check(search, claim, demand);
    return error_wrap(err, "claim %s, request %s", claim_label(claim->claim, search->arena),
                      demand->full_name);
}

static struct error *request_check(const struct search *search, const struct claim_state *claim,
                                   const struct device_request *request)
{
    const char *name = text_or_empty(request->name), *capacity_of = NULL;
    if (!search->features.prioritized_list && request->n_first_available)
        return error_invalid(
            "claim %s, request %s: has subrequests, but the DRAPrioritizedList feature is disabled",
            claim_label(claim->claim, search->arena), name);
    if (request->exactly && request->exactly->has_capacity)
        capacity_of = name;
    for (size_t i = 0; i < request->n_first_available && !capacity_of; i++) {
        const struct exact_request *alternative = &request->first_available[i];
        if (alternative->has_capacity)
            capacity_of = arena_printf(search->arena, "%s/%s", name, text_or_empty(alternative->name));
    }
    if (!search->features.consumable_capacity && capacity_of)
        return error_invalid(
            "claim %s, request %s: has capacity requests, but the DRAConsumableCapacity feature is disabled",
            claim_label(claim->claim, search->arena), capacity_of);
    if (!request->n_first_available && !request->exactly)
        return error_invalid(
            "claim %s, request %s: neither exactly nor firstAvailable (unsupported request type?)",
            claim_label(claim->claim, search->arena), name);
    return NULL;
}

/* How many devices can satisfy a request, or a claim. */
struct bounds {
    int64_t least, most;
};

static struct error *request_start(struct search *search, struct claim_state *claim, size_t index,
                                   struct bounds *bounds)
{
    const struct device_request *request = &claim->claim->spec.requests[index];
    struct request_state *state = &claim->requests[index];
    TRY(request_check(search, claim, request));
    state->is_list = request->n_first_available;
    state->n_demands = state->is_list ? request->n_first_available : 1;
    state->demands = arena_make_array(search->arena, struct demand, state->n_demands);
    *bounds = (struct bounds){ .least = INT64_MAX };
    for (size_t i = 0; i < state->n_demands; i++) {
        TRY(demand_start(search, claim, &state->demands[i], text_or_empty(request->name),
                         state->is_list ? &request->first_available[i] : request->exactly, state->is_list));
        int64_t count = state->demands[i].n_devices;
        bounds->least = count < bounds->least ? count : bounds->least;
        bounds->most = count > bounds->most ? count : bounds->most;
    }
    return NULL;
}

/* Claims */

static struct sight *sight_of(struct search *search, const char *attribute)
{
    if (!search->sight || !text_equal(search->sight->attribute, attribute)) {
        search->sight = arena_make(search->arena, struct sight);
        search->sight->attribute = attribute;
    }
    return search->sight;
}

static void constraint_start(struct search *search, struct constraint *constraint,
                             const struct device_constraint *source)
{
    constraint->source = source;
    constraint->list_attributes = search->features.list_type_attributes;
    constraint->is_match = source->match_attribute;
    constraint->attribute = source->match_attribute ? source->match_attribute : source->distinct_attribute;
    constraint->sight = sight_of(search, constraint->attribute);
}

static struct error *constraint_check(const struct search *search, const struct claim_state *claim,
                                      size_t index)
{
    if (!claim->constraints[index].attribute)
        return error_invalid("claim %s, constraint #%zu: empty constraint (unsupported constraint type?)",
                             claim_label(claim->claim, search->arena), index);
    return NULL;
}

static struct error *claim_start(struct search *search, struct claim_state *claim,
                                 const struct resource_claim *source)
{
    const struct claim_spec *spec = &source->spec;
    struct bounds total = { 0 };
    claim->claim = source;
    claim->n_requests = spec->n_requests;
    claim->requests = arena_make_array(search->arena, struct request_state, spec->n_requests);
    claim->n_constraints = spec->n_constraints;
    if (spec->n_constraints)
        claim->constraints = arena_make_array(search->arena, struct constraint, spec->n_constraints);
    for (size_t i = 0; i < spec->n_constraints; i++)
        constraint_start(search, &claim->constraints[i], &spec->constraints[i]);
    for (size_t i = 0; i < spec->n_requests; i++) {
        struct bounds bounds;
        TRY(request_start(search, claim, i, &bounds));
        if (bounds.least > CLAIM_MAX_RESULTS - total.least)
            return error_invalid("claim %s, request %s: adding %lld devices exceeds the claim limit of %d, "
                                 "with %lld already accounted for",
                                 claim_label(claim->claim, search->arena),
                                 text_or_empty(spec->requests[i].name), (long long)bounds.least,
                                 CLAIM_MAX_RESULTS, (long long)total.least);
        total.least += bounds.least > 0 ? bounds.least : 0;
        total.most =
            bounds.most > CLAIM_MAX_RESULTS - total.most ? CLAIM_MAX_RESULTS : total.most + bounds.most;
    }
    claim->placed = arena_make_array(search->arena, struct placed, (size_t)total.most);
    for (size_t i = 0; i < spec->n_constraints; i++)
        TRY(constraint_check(search, claim, i));
    return NULL;
}

struct error *search_prepare(struct search *search)
{
    for (size_t i = 0; i < search->n_claims; i++)
        TRY(claim_start(search, &search->claims[i], search->request->claims[i]));
    return NULL;
}
