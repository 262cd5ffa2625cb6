/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects in, claims with allocations or reasons out. Without --node each unallocated claim is served by
 * itself, in the order in which they stand, and what it gets is gone for the next; with --node all of them go
 * to that node together, all or none.
 */

#include "controller/kubectl/simulate.h"

#include "api/base/file.h"
#include "api/base/options.h"
#include "api/resource/objects.h"
#include "api/value/json.h"
#include "api/value/yaml.h"
#include "controller/explain/explain.h"
#include "controller/kubectl/batch.h"
#include "controller/kubectl/command.h"
#include "controller/kubectl/simulation.h"

#include <unistd.h>

enum { MAX_OBJECTS_BYTES = 256 << 20, EXIT_NO_FIT = 1 };

struct simulate_options {
    const char *file;
    const char *node;
    const char *output;
    const char *kube_version;
    int64_t max_steps;
    bool batch;
};

static const struct option_row option_rows[] = {
    { "filename", NULL, OPTION_STRING, offsetof(struct simulate_options, file), 'f', .value = "OBJECTS",
      .help = "file of objects, YAML or JSON; - is standard input" },
    { "node", NULL, OPTION_STRING, offsetof(struct simulate_options, node), .value = "NAME",
      .help = "allocate all claims together on this node, all or none" },
    { "output", NULL, OPTION_CHOICE, offsetof(struct simulate_options, output), 'o',
      .choices = "json|yaml|table", .fallback = "table", .help = "form of the answer" },
    { "max-steps", NULL, OPTION_INT, offsetof(struct simulate_options, max_steps), .value = "N",
      .fallback = "10000000", .min = 1, .max = INT64_MAX, .help = "steps of the search on one node" },
    { "kube-version", NULL, OPTION_CHOICE, offsetof(struct simulate_options, kube_version),
      .choices = FEATURES_RELEASES, .fallback = "1.37", .help = "allocate as this Kubernetes does" },
    { "batch", NULL, OPTION_BOOL, offsetof(struct simulate_options, batch),
      .help = "one JSON case a line on standard input, one answer a line" },
};

static const struct option_table option_table = {
    .program = "kubectl-tranche simulate",
    .usage = "-f OBJECTS [--node NAME] [-o json|yaml|table]",
    .about = "Allocates the claims among the objects as the controller would, without a cluster.",
    .rows = option_rows,
    .n_rows = ARRAY_LEN(option_rows),
};

/* Reading */

static struct error *objects_read(const char *path, struct buf *text)
{
    if (strcmp(path, "-") == 0)
        return error_wrap(buf_read_fd(text, STDIN_FILENO), "read standard input");
    return error_wrap(file_read(path, text), "read %s", path);
}

static struct error *objects_load(struct simulation *simulation, const char *path)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_OBJECTS_BYTES);
    value_vec documents = { 0 };
    TRY(objects_read(path, &text));
    struct error *err = yaml_parse(simulation->arena, path, buf_span(&text), &documents);
    for (size_t i = 0; i < documents.length && !err; i++)
        err = error_wrap(simulation_add(simulation, documents.items[i]), "%s", path);
    vec_done(&documents);
    return err ? err : error_wrap(simulation_close(simulation), "%s", path);
}

/* Allocating */

struct result {
    struct simulated_claim *claim;
    const struct allocation *allocation; /* NULL: OUTCOME says why */
    const struct outcome *outcome;
};

typedef VEC(struct result) result_list;

static void claims_allocate(struct simulation *simulation, const struct simulate_options *options,
                            struct simulated_claim **claims, size_t n_claims, result_list *results)
{
    struct arena *arena = simulation->arena;
    struct outcome *outcome = arena_make(arena, struct outcome);
    const struct resource_claim **wanted = arena_make_array(arena, const struct resource_claim *, n_claims);
    for (size_t i = 0; i < n_claims; i++)
        wanted[i] = claims[i]->claim;
    struct allocate_request request = {
        .claims = wanted,
        .n_claims = n_claims,
        .nodes = options->node ? &options->node : simulation->nodes.items,
        .n_nodes = options->node ? 1 : simulation->nodes.length,
        .placement = simulation->placement,
        .max_steps = (uint64_t)options->max_steps,
    };
    simulation_allocate(simulation, &request, outcome);
    for (size_t i = 0; i < n_claims; i++) {
        const struct allocation *allocation =
            outcome->kind == OUTCOME_ALLOCATED ? &outcome->allocations[i] : NULL;
        vec_push(results, (struct result){ claims[i], allocation, outcome });
    }
}

static void simulation_run(struct simulation *simulation, const struct simulate_options *options,
                           result_list *results)
{
    VEC(struct simulated_claim *) waiting = { 0 };
    vec_each (&simulation->claims, claim) {
        if (!claim->claim->allocation)
            vec_push(&waiting, claim);
    }
    if (options->node && waiting.length)
        claims_allocate(simulation, options, waiting.items, waiting.length, results);
    for (size_t i = 0; !options->node && i < waiting.length; i++)
        claims_allocate(simulation, options, &waiting.items[i], 1, results);
    vec_done(&waiting);
}

/* Printing */

static struct value *result_tree(struct arena *arena, const struct result *result)
{
    struct value *tree = value_copy(arena, result->claim->tree);
    if (result->allocation)
        value_set(arena, value_child(arena, tree, "status"), "allocation",
                  allocation_encode(arena, result->allocation));
    else
        value_set(arena, tree, "explanation", explain_tree(arena, result->outcome));
    return tree;
}

static void print_list(struct simulation *simulation, const result_list *results, bool as_json,
                       struct buf *out)
{
    struct arena *arena = simulation->arena;
    struct value *list = value_object(arena);
    value_set_text(arena, list, "apiVersion", "v1");
    value_set_text(arena, list, "kind", "List");
    struct value *items = value_child_list(arena, list, "items");
    for (size_t i = 0; i < results->length; i++)
        value_append(arena, items, result_tree(arena, &results->items[i]));
    if (as_json) {
        json_write_pretty(out, list);
        buf_add_char(out, '\n');
    } else {
        yaml_write(out, list);
    }
}

static void print_devices(const struct result *result, struct buf *out)
{
    buf_printf(out, "%s: allocated on node %s\n", result->claim->key, result->outcome->node);
    for (size_t i = 0; i < result->allocation->n_results; i++) {
        const struct allocation_result *device = &result->allocation->results[i];
        buf_printf(out, "    %s: %s/%s/%s%s\n", device->request, device->driver, device->pool, device->device,
                   device->share_id       ? " (shared)"
                   : device->admin_access ? " (admin access)"
                                          : "");
    }
}

/* Claims that were decided together share one explanation: it is told once. */
static void print_table(const result_list *results, struct buf *out)
{
    const struct outcome *told = NULL;
    for (size_t i = 0; i < results->length; i++) {
        const struct result *result = &results->items[i];
        if (result->allocation) {
            print_devices(result, out);
            continue;
        }
        buf_printf(out, "%s: not allocated\n", result->claim->key);
        if (result->outcome != told)
            explain_table(result->outcome, out);
        told = result->outcome;
    }
}

static bool all_allocated(const result_list *results)
{
    for (size_t i = 0; i < results->length; i++) {
        if (!results->items[i].allocation)
            return false;
    }
    return true;
}

static struct error *simulate_objects(const struct simulate_options *options, int *status)
{
    cleanup_buf struct buf out = BUF_INIT(MAX_OBJECTS_BYTES);
    struct simulation simulation;
    result_list results = { 0 };
    simulation_init(&simulation);
    struct error *err = features_set_release(&simulation.features, options->kube_version);
    if (!err)
        err = objects_load(&simulation, options->file);
    if (!err) {
        simulation_run(&simulation, options, &results);
        if (strcmp(options->output, "table") == 0)
            print_table(&results, &out);
        else
            print_list(&simulation, &results, strcmp(options->output, "json") == 0, &out);
        err = buf_check(&out);
    }
    if (!err) {
        fputs(buf_text(&out), stdout);
        *status = all_allocated(&results) ? 0 : EXIT_NO_FIT;
    }
    vec_done(&results);
    simulation_done(&simulation);
    return err;
}

static struct error *run(const void *data, char **words, int *status)
{
    (void)words;
    const struct simulate_options *options = data;
    if (options->batch)
        return batch_answer_all(stdin, stdout);
    if (!options->file)
        return error_hint(error_invalid("no objects are given"), "name a file by -f, or use --batch");
    return simulate_objects(options, status);
}

int kubectl_simulate(int argc, char **argv)
{
    struct simulate_options options = { 0 };
    return command_main(&(struct command){ .table = &option_table, .options = &options, .run = run }, argc,
                        argv);
}
