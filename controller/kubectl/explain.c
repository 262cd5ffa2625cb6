/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubectl tranche explain CLAIM: the search that the controller would make now, on what the cluster holds
 * now, with every reason counted.
 */

#include "controller/explain/explain.h"
#include "api/resource/objects.h"
#include "controller/kubectl/command.h"
#include "controller/kubectl/commands.h"
#include "controller/kubectl/fetch.h"
#include "controller/kubectl/simulation.h"

enum { EXIT_UNALLOCATED = 1, MAX_STEPS = 10 * 1000 * 1000, MAX_OUTPUT_BYTES = 16 << 20 };

#define ALLOCATOR_LABEL      "tranche.dev/allocator"
#define IMMEDIATE_ANNOTATION "tranche.dev/allocate"

struct explain_options {
    struct kubectl_flags flags;
    const char *node;
};

static const struct option_row rows[] = {
    KUBECTL_OPTION_ROWS(struct explain_options, flags),
    { "node", NULL, OPTION_STRING, offsetof(struct explain_options, node), .value = "NAME",
      .help = "explain for this node alone" },
};

static const struct option_table table = {
    .program = "kubectl-tranche explain",
    .usage = "CLAIM [flags]",
    .about =
        "Says what a claim got, or why it gets nothing: for each request, how many devices were considered\n"
        "and what kept each of them away.",
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
};

static const struct toleration own_toleration = { .key = ALLOCATOR_LABEL, .op = TOLERATE_EXISTS };

struct explained {
    const struct resource_claim *claim;
    const char *note; /* something besides devices that holds the claim back, or NULL */
    struct outcome outcome;
};

/* --- what else may hold a claim back --- */

static bool pod_names_claim(const struct value *pod, const char *claim)
{
    value_each (value_path(pod, "spec.resourceClaims"), entry) {
        const char *name = value_path_string(entry, "resourceClaimName");
        if (name && strcmp(name, claim) == 0)
            return true;
    }
    value_each (value_path(pod, "status.resourceClaimStatuses"), status) {
        const char *name = value_path_string(status, "resourceClaimName");
        if (name && strcmp(name, claim) == 0)
            return true;
    }
    return false;
}

static const struct value *find_consumer(const struct value *pods, const struct resource_claim *claim)
{
    value_each (pods, pod) {
        const char *namespace = value_path_string(pod, "metadata.namespace");
        if (namespace && strcmp(namespace, claim->meta.namespace) == 0 &&
            pod_names_claim(pod, claim->meta.name))
            return pod;
    }
    return NULL;
}

static const char *foreign_gate(const struct value *pod)
{
    value_each (value_path(pod, "spec.schedulingGates"), gate) {
        const char *name = value_path_string(gate, "name");
        if (name && strcmp(name, IMMEDIATE_ANNOTATION) != 0)
            return name;
    }
    return NULL;
}

static const char *consumer_note(struct arena *arena, const struct value *pods,
                                 const struct resource_claim *claim)
{
    const char *when = meta_annotation(&claim->meta, IMMEDIATE_ANNOTATION);
    if (when && strcmp(when, "immediate") == 0)
        return NULL;
    const struct value *pod = find_consumer(pods, claim);
    if (!pod)
        return "no pod uses the claim: it is allocated when one does, or at once with the annotation "
               "tranche.dev/allocate: immediate";
    const char *gate = foreign_gate(pod);
    if (gate)
        return arena_printf(arena,
                            "pod %s waits for the scheduling gate %s, which somebody else has to remove",
                            value_path_string(pod, "metadata.name"), gate);
    return NULL;
}

static const char *class_note(struct arena *arena, const struct simulation *simulation, const char *name)
{
    const struct device_class *class = inventory_find_class(simulation->inventory, name);
    if (!class)
        return arena_printf(arena, "there is no DeviceClass %s", name);
    const char *allocator = meta_label(&class->meta, ALLOCATOR_LABEL);
    if (!allocator || strcmp(allocator, "controller") != 0)
        return arena_printf(
            arena,
            "DeviceClass %s is not served by Tranche (no label %s=controller): kube-scheduler allocates",
            name, ALLOCATOR_LABEL);
    return NULL;
}

static const char *classes_note(struct arena *arena, const struct simulation *simulation,
                                const struct claim_spec *spec)
{
    for (size_t i = 0; i < spec->n_requests; i++) {
        const struct device_request *request = &spec->requests[i];
        const char *note =
            request->exactly ? class_note(arena, simulation, request->exactly->class_name) : NULL;
        for (size_t j = 0; !note && j < request->n_first_available; j++)
            note = class_note(arena, simulation, request->first_available[j].class_name);
        if (note)
            return note;
    }
    return NULL;
}

/* --- the search --- */

static struct error *explain(const struct explain_options *options, struct arena *arena, const char *name,
                             struct simulation *simulation, struct explained *out)
{
    struct fetch fetches[] = {
        { .resource = &KUBE_NODES },
        { .resource = &KUBE_DEVICE_CLASSES },
        { .resource = &KUBE_RESOURCE_SLICES },
        { .resource = &KUBE_RESOURCE_CLAIMS },
        { .resource = &KUBE_PODS },
        { .resource = &KUBE_DEVICE_TAINT_RULES, .optional = true },
    };
    const char *namespace;
    TRY(kubectl_fetch(arena, &options->flags, fetches, ARRAY_LEN(fetches), &namespace));
    for (size_t i = 0; i < ARRAY_LEN(fetches); i++)
        value_each (fetches[i].items, item)
            TRY(simulation_add(simulation, item));
    TRY(simulation_close(simulation));

    struct simulated_claim *found;
    TRY(simulation_find_claim(simulation, arena_printf(arena, "%s/%s", namespace, name), &found));
    out->claim = found->claim;
    if (out->claim->allocation)
        return NULL;
    out->note = classes_note(arena, simulation, &out->claim->spec);
    if (!out->note)
        out->note = consumer_note(arena, fetches[4].items, out->claim);
    const struct allocate_request request = {
        .claims = &out->claim,
        .n_claims = 1,
        .nodes = options->node ? &options->node : simulation->nodes.items,
        .n_nodes = options->node ? 1 : simulation->nodes.length,
        .max_steps = MAX_STEPS,
        .tolerations = &own_toleration,
        .n_tolerations = 1,
    };
    allocate(simulation->inventory, &request, arena, &out->outcome);
    return NULL;
}

/* --- printing --- */

static struct value *explained_tree(struct arena *arena, const struct explained *explained)
{
    const struct resource_claim *claim = explained->claim;
    struct value *tree = claim->allocation ? value_object(arena) : explain_tree(arena, &explained->outcome);
    value_set_text(arena, tree, "claim",
                   arena_printf(arena, "%s/%s", claim->meta.namespace, claim->meta.name));
    value_set_text(arena, tree, "note", explained->note);
    if (claim->allocation)
        value_set(arena, tree, "allocation", allocation_encode(arena, claim->allocation));
    return tree;
}

static void print_allocation(const struct resource_claim *claim)
{
    printf("Claim %s/%s is allocated:\n", claim->meta.namespace, claim->meta.name);
    for (size_t i = 0; i < claim->allocation->n_results; i++) {
        const struct allocation_result *result = &claim->allocation->results[i];
        printf("  request %s: device %s of pool %s (%s)%s\n", result->request, result->device, result->pool,
               result->driver, result->admin_access ? ", admin access" : "");
    }
    for (size_t i = 0; i < claim->n_reserved_for; i++)
        printf("  reserved for %s %s\n", claim->reserved_for[i].resource, claim->reserved_for[i].name);
}

static void print_explained(const struct explained *explained)
{
    const struct resource_claim *claim = explained->claim;
    if (claim->allocation) {
        print_allocation(claim);
        return;
    }
    cleanup_buf struct buf text = BUF_INIT(MAX_OUTPUT_BYTES);
    printf("Claim %s/%s is not allocated.\n", claim->meta.namespace, claim->meta.name);
    if (explained->note)
        printf("Note: %s.\n", explained->note);
    if (explained->outcome.kind == OUTCOME_ALLOCATED) {
        printf("It would fit now, on node %s.\n", explained->outcome.node);
        return;
    }
    explain_table(&explained->outcome, &text);
    fputs(buf_text(&text), stdout);
}

static struct error *run(const void *data, char **words, int *status)
{
    const struct explain_options *options = data;
    cleanup_arena struct arena *arena = arena_new();
    struct simulation simulation;
    struct explained explained = { 0 };
    simulation_init(&simulation);
    struct error *err = explain(options, arena, words[0], &simulation, &explained);
    if (!err) {
        if (!kubectl_print_tree(options->flags.output, explained_tree(arena, &explained)))
            print_explained(&explained);
        *status = explained.claim->allocation ? 0 : EXIT_UNALLOCATED;
    }
    simulation_done(&simulation);
    return err;
}

int kubectl_explain(int argc, char **argv)
{
    struct explain_options options = { 0 };
    const struct command command = { .table = &table, .options = &options, .n_words = 1, .run = run };
    return command_main(&command, argc, argv);
}
