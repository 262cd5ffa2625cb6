/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubectl tranche claims: what each claim asks for, what it got, and for whom.
 */

#include "api/base/time.h"
#include "api/resource/objects.h"
#include "controller/kubectl/columns.h"
#include "controller/kubectl/command.h"
#include "controller/kubectl/commands.h"
#include "controller/kubectl/fetch.h"

enum { EXIT_NOTHING = 1 };

struct claims_options {
    struct kubectl_flags flags;
};

static const struct option_row rows[] = {
    KUBECTL_OPTION_ROWS(struct claims_options, flags),
    { "all-namespaces", NULL, OPTION_BOOL, offsetof(struct claims_options, flags.all_namespaces), 'A',
      .help = "claims of all namespaces" },
};

static const struct option_table table = {
    .program = "kubectl-tranche claims",
    .usage = "[flags]",
    .about = "Lists claims with their devices and consumers.",
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
};

static const char *join(struct arena *arena, const char *before, const char *text)
{
    return before ? arena_printf(arena, "%s,%s", before, text) : text;
}

static const char *classes_of(struct arena *arena, const struct claim_spec *spec)
{
    const char *text = NULL;
    for (size_t i = 0; i < spec->n_requests; i++) {
        const struct device_request *request = &spec->requests[i];
        if (request->exactly)
            text = join(arena, text, request->exactly->class_name);
        for (size_t j = 0; j < request->n_first_available; j++)
            text = join(arena, text, request->first_available[j].class_name);
    }
    return text;
}

static const char *state_of(const struct resource_claim *claim)
{
    if (claim->meta.deletion_timestamp)
        return "deleting";
    if (!claim->allocation)
        return "pending";
    return claim->n_reserved_for ? "reserved" : "allocated";
}

static struct value *claim_tree(struct arena *arena, const struct resource_claim *claim)
{
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "namespace", claim->meta.namespace);
    value_set_text(arena, tree, "name", claim->meta.name);
    value_set_text(arena, tree, "state", state_of(claim));
    value_set_text(arena, tree, "classes", classes_of(arena, &claim->spec));
    struct value *devices = value_child_list(arena, tree, "devices");
    for (size_t i = 0; claim->allocation && i < claim->allocation->n_results; i++) {
        const struct allocation_result *result = &claim->allocation->results[i];
        struct value *device = value_object(arena);
        value_set_text(arena, device, "request", result->request);
        value_set_text(arena, device, "driver", result->driver);
        value_set_text(arena, device, "pool", result->pool);
        value_set_text(arena, device, "device", result->device);
        value_set_text(arena, device, "shareID", result->share_id);
        value_append(arena, devices, device);
    }
    struct value *consumers = value_child_list(arena, tree, "consumers");
    for (size_t i = 0; i < claim->n_reserved_for; i++)
        value_append(arena, consumers,
                     value_text(arena, arena_printf(arena, "%s/%s", claim->reserved_for[i].resource,
                                                    claim->reserved_for[i].name)));
    value_set_text(arena, tree, "creationTimestamp", claim->meta.creation_timestamp);
    return tree;
}

static const char *devices_text(struct arena *arena, const struct value *tree)
{
    const char *text = NULL;
    value_each (value_get(tree, "devices"), device)
        text = join(arena, text,
                    arena_printf(arena, "%s/%s", value_path_string(device, "pool"),
                                 value_path_string(device, "device")));
    return text;
}

static const char *consumers_text(struct arena *arena, const struct value *tree)
{
    const char *text = NULL;
    value_each (value_get(tree, "consumers"), consumer)
        text = join(arena, text, value_string(consumer));
    return text;
}

static const char *age_text(struct arena *arena, const struct value *tree)
{
    int64_t created;
    char text[TIME_TEXT_SIZE] = "<unknown>";
    const char *when = value_path_string(tree, "creationTimestamp");
    struct error *err = when ? time_parse(span_of(when), &created) : NULL;
    if (when && !err)
        time_format_age((time_now_micros() - created) / 1000000, text);
    error_free(err);
    return arena_strdup(arena, text);
}

static void print_table(struct arena *arena, const struct value *claims, bool with_namespace)
{
    static const char *const headings[] = { "NAMESPACE", "NAME",      "STATE", "CLASSES",
                                            "DEVICES",   "CONSUMERS", "AGE" };
    size_t first = with_namespace ? 0 : 1;
    struct columns columns = { .headings = headings + first, .n_columns = ARRAY_LEN(headings) - first };
    value_each (claims, tree) {
        if (with_namespace)
            vec_push(&columns.cells, value_path_string(tree, "namespace"));
        vec_push(&columns.cells, value_path_string(tree, "name"));
        vec_push(&columns.cells, value_path_string(tree, "state"));
        vec_push(&columns.cells, value_path_string(tree, "classes"));
        vec_push(&columns.cells, devices_text(arena, tree));
        vec_push(&columns.cells, consumers_text(arena, tree));
        vec_push(&columns.cells, age_text(arena, tree));
    }
    columns_print(&columns, stdout);
    vec_done(&columns.cells);
}

static struct error *list_claims(const struct claims_options *options, struct arena *arena,
                                 struct value *claims)
{
    struct fetch fetch = { .resource = &KUBE_RESOURCE_CLAIMS };
    const char *namespace;
    TRY(kubectl_fetch(arena, &options->flags, &fetch, 1, &namespace));
    value_each (fetch.items, tree) {
        struct resource_claim *claim;
        TRY(resource_claim_decode(arena, tree, &claim));
        if (options->flags.all_namespaces || strcmp(claim->meta.namespace, namespace) == 0)
            value_append(arena, claims, claim_tree(arena, claim));
    }
    return NULL;
}

static struct error *run(const void *data, char **words, int *status)
{
    (void)words;
    const struct claims_options *options = data;
    cleanup_arena struct arena *arena = arena_new();
    struct value *claims = value_list(arena);
    TRY(list_claims(options, arena, claims));
    if (kubectl_print_tree(options->flags.output, claims))
        return NULL;
    if (value_length(claims)) {
        print_table(arena, claims, options->flags.all_namespaces);
        return NULL;
    }
    fputs("No claims found.\n", stderr);
    *status = EXIT_NOTHING;
    return NULL;
}

int kubectl_claims(int argc, char **argv)
{
    struct claims_options options = { 0 };
    return command_main(&(struct command){ .table = &table, .options = &options, .run = run }, argc, argv);
}
