/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/kubectl/batch.h"

#include "api/resource/objects.h"
#include "api/value/json.h"
#include "controller/explain/explain.h"
#include "controller/kubectl/simulation.h"

enum { MAX_LINE_BYTES = 256 << 20, MAX_STEPS = 10000000 };

/* "allocated": devices that are held by nobody among the objects, as results of a claim without a name */

static struct allocation_result *allocation_add(struct arena *arena, struct allocation *allocation,
                                                const struct value *device)
{
    struct allocation_result *results =
        arena_make_array(arena, struct allocation_result, allocation->n_results + 1);
    for (size_t i = 0; i < allocation->n_results; i++)
        results[i] = allocation->results[i];
    allocation->results = results;
    struct allocation_result *result = &results[allocation->n_results++];
    result->driver = value_path_string(device, "driver");
    result->pool = value_path_string(device, "pool");
    result->device = value_path_string(device, "device");
    return result;
}

static struct error *consumed_read(struct arena *arena, const struct value *consumed,
                                   struct allocation_result *result)
{
    result->consumed = arena_make_array(arena, struct named_quantity, value_length(consumed));
    value_each_member (consumed, member) {
        struct named_quantity *amount = &result->consumed[result->n_consumed++];
        const char *text = value_string(member->value);
        amount->name = member->name.data;
        TRY(error_wrap(quantity_parse(span_of(text), &amount->value), "allocated.capacity: %s",
                       amount->name));
    }
    return NULL;
}

static struct error *allocated_read(struct arena *arena, const struct value *allocated,
                                    struct allocation *out)
{
    value_each (value_get(allocated, "devices"), device)
        allocation_add(arena, out, device);
    value_each (value_get(allocated, "shared"), device) {
        const char *share = value_path_string(device, "shareID");
        allocation_add(arena, out, device)->share_id = share ? share : "";
    }
    value_each (value_get(allocated, "capacity"), device) {
        struct allocation_result *result = allocation_add(arena, out, device);
        result->share_id = "";
        TRY(consumed_read(arena, value_get(device, "consumed"), result));
    }
    return NULL;
}

static struct error *allocated_add(struct simulation *simulation, const struct value *allocated)
{
    struct allocation allocation = { 0 };
    TRY(allocated_read(simulation->arena, allocated, &allocation));
    inventory_put_claim(simulation->inventory,
                        &(struct resource_claim){ .meta = { .name = "" }, .allocation = &allocation });
    return NULL;
}

static struct error *features_read(const struct value *tree, struct features *out)
{
    value_each_member (tree, member) {
        bool *feature = features_find(out, member->name);
        if (!feature)
            return error_invalid("features: %s is not known", member->name.data);
        *feature = value_true(member->value);
    }
    return NULL;
}

/* Answers */

static void answer_allocations(struct arena *arena, struct value *answer, const struct outcome *outcome,
                               size_t n_claims)
{
    struct value *list = value_child_list(arena, answer, "allocations");
    for (size_t i = 0; i < n_claims; i++)
        value_append(arena, list, allocation_encode(arena, &outcome->allocations[i]));
}

static void answer_outcome(struct arena *arena, struct value *answer, const struct outcome *outcome,
                           size_t n_claims)
{
    switch (outcome->kind) {
    case OUTCOME_ALLOCATED: answer_allocations(arena, answer, outcome, n_claims); return;
    case OUTCOME_NO_FIT: value_set(arena, answer, "allocations", value_null(arena)); break;
    case OUTCOME_EXHAUSTED: value_set_bool(arena, answer, "exhausted", true); break;
    case OUTCOME_NODE_FAILURE:
    case OUTCOME_ABORTED:
        value_set_text(arena, answer, "error", outcome->message);
        value_set_text(arena, answer, "scope", outcome->kind == OUTCOME_ABORTED ? "attempt" : "node");
        break;
    }
    value_set(arena, answer, "explanation", explain_tree(arena, outcome));
}

static struct error *claims_find(const struct simulation *simulation, const struct value *names,
                                 const struct resource_claim **claims)
{
    size_t count = 0;
    if (names && !value_is(names, VALUE_LIST))
        return error_invalid("claims: a list was expected, not %s", value_type_name(names->type));
    value_each (names, name) {
        struct simulated_claim *claim;
        if (!value_string(name))
            return error_invalid("claims: a name was expected, not %s", value_type_name(name->type));
        TRY(simulation_find_claim(simulation, value_string(name), &claim));
        claims[count++] = claim->claim;
    }
    return NULL;
}

/* "road": "plain" or "short", for tests of the search itself. */
static enum road road_read(const struct value *line)
{
    const char *road = value_path_string(line, "road");
    if (road && strcmp(road, "plain") == 0)
        return ROAD_PLAIN;
    return road && strcmp(road, "short") == 0 ? ROAD_SHORT : ROAD_ANY;
}

static struct error *case_run(struct simulation *simulation, const struct value *line, struct value *answer)
{
    struct arena *arena = simulation->arena;
    const char *node = value_path_string(line, "node");
    const char *kube_version = value_path_string(line, "kubeVersion");
    struct outcome outcome;
    value_each (value_get(line, "objects"), object)
        TRY(simulation_add(simulation, object));
    TRY(allocated_add(simulation, value_get(line, "allocated")));
    TRY(features_read(value_get(line, "features"), &simulation->features));
    if (value_get(line, "kubeVersion"))
        TRY(error_wrap(features_set_release(&simulation->features, kube_version ? kube_version : ""),
                       "kubeVersion"));
    struct value *names = value_get(line, "claims");
    size_t n_claims = value_length(names);
    const struct resource_claim **claims = arena_make_array(arena, const struct resource_claim *, n_claims);
    TRY(claims_find(simulation, names, claims));
    if (!node)
        TRY(simulation_close(simulation));
    struct allocate_request request = { .claims = claims,
                                        .n_claims = n_claims,
                                        .nodes = node ? &node : NULL,
                                        .n_nodes = node ? 1 : 0,
                                        .placement = simulation->placement,
                                        .max_steps = MAX_STEPS,
                                        .road = road_read(line) };
    simulation_allocate(simulation, &request, &outcome);
    if (!node && outcome.kind == OUTCOME_ALLOCATED)
        value_set_text(arena, answer, "node", outcome.node);
    answer_outcome(arena, answer, &outcome, n_claims);
    return NULL;
}

void batch_answer(struct span text, struct buf *out)
{
    struct simulation simulation;
    simulation_init(&simulation);
    struct value *line = NULL, *answer = value_object(simulation.arena);
    struct error *err = json_parse(simulation.arena, text, 0, &line);
    value_set(simulation.arena, answer, "name", value_get(line, "name"));
    if (!err)
        err = case_run(&simulation, line, answer);
    if (err) {
        value_set_text(simulation.arena, answer, "error", err->text);
        value_set_text(simulation.arena, answer, "scope", "attempt");
        error_free(err);
    }
    json_write(out, answer);
    simulation_done(&simulation);
}

struct error *batch_answer_all(FILE *from, FILE *to)
{
    cleanup_free char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, from)) >= 0) {
        cleanup_buf struct buf answer = BUF_INIT(MAX_LINE_BYTES);
        if (length > MAX_LINE_BYTES)
            return error_new(ERROR_EXHAUSTED, "a line is longer than %d bytes", MAX_LINE_BYTES);
        if (length <= 1)
            continue;
        batch_answer((struct span){ line, (size_t)length }, &answer);
        TRY(buf_check(&answer));
        fprintf(to, "%s\n", buf_text(&answer));
        fflush(to);
    }
    return ferror(from) || ferror(to) ? error_unavailable("reading or writing the batch") : NULL;
}
