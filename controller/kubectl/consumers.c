/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pod asks for is counted as kube-scheduler counts it: its containers and sidecars together, or, if
 * that is more, an init container with the sidecars before it; what the pod says for all of it goes before.
 */

#include "api/resource/quantity_value.h"
#include "controller/kubectl/simulation.h"
#include "driver/kube/facts.h"

/* Amounts as they are written */

static struct error *amounts_read(struct arena *arena, const struct value *map, amount_list *out)
{
    value_each_member (map, member) {
        struct quantity amount;
        TRY(error_wrap(quantity_from_value(arena, member->value, &amount), "%s", member->name.data));
        amounts_set(out, member->name.data, &amount);
    }
    return NULL;
}

/* A limit without a request is a request, too, as the API server has it. */
static struct error *requests_read(struct arena *arena, const struct value *resources, amount_list *out)
{
    TRY(error_wrap(amounts_read(arena, value_get(resources, "limits"), out), "limits"));
    return error_wrap(amounts_read(arena, value_get(resources, "requests"), out), "requests");
}

/* Pods */

static bool is_sidecar(const struct value *container)
{
    const char *policy = value_path_string(container, "restartPolicy");
    return policy && strcmp(policy, "Always") == 0;
}

static struct error *container_add(struct arena *arena, const struct value *container, amount_list *sum)
{
    amount_list requests = { 0 };
    struct error *err = requests_read(arena, value_get(container, "resources"), &requests);
    amounts_add_all(sum, &requests);
    vec_done(&requests);
    const char *name = value_path_string(container, "name");
    return error_wrap(err, "container %s", name ? name : "");
}

static struct error *containers_read(struct arena *arena, const struct value *spec, amount_list *out)
{
    amount_list sidecars = { 0 };
    struct error *err = NULL;
    value_each (value_get(spec, "containers"), container)
        err = err ? err : container_add(arena, container, out);
    value_each (value_get(spec, "initContainers"), container) {
        if (!err && is_sidecar(container))
            err = container_add(arena, container, out);
    }
    value_each (value_get(spec, "initContainers"), container) {
        amount_list together = { 0 };
        amounts_add_all(&together, &sidecars);
        err = err ? err : container_add(arena, container, &together);
        amounts_raise_all(out, &together);
        if (is_sidecar(container)) {
            vec_clear(&sidecars);
            amounts_add_all(&sidecars, &together);
        }
        vec_done(&together);
    }
    vec_done(&sidecars);
    return err;
}

struct error *consumers_add_pod(struct consumers *consumers, struct arena *arena, struct value *pod)
{
    const char *phase = value_path_string(pod, "status.phase");
    const char *namespace = value_path_string(pod, "metadata.namespace");
    const struct value *spec = value_get(pod, "spec");
    if (phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0))
        return NULL;
    vec_push(&consumers->pods, (struct consumer_pod){ .tree = pod,
                                                      .namespace = namespace ? namespace : "default",
                                                      .name = value_path_string(pod, "metadata.name"),
                                                      .node = value_path_string(spec, "nodeName") });
    struct pod_amounts *amounts = &consumers->pods.items[consumers->pods.length - 1].amounts;
    TRY(containers_read(arena, spec, &amounts->containers));
    TRY(error_wrap(requests_read(arena, value_get(spec, "resources"), &amounts->whole), "resources"));
    return error_wrap(amounts_read(arena, value_get(spec, "overhead"), &amounts->overhead), "overhead");
}

struct error *consumers_add_node(struct consumers *consumers, struct arena *arena, const char *name,
                                 const struct value *node)
{
    vec_push(&consumers->nodes, (struct consumer_node){ .name = name });
    struct consumer_node *known = &consumers->nodes.items[consumers->nodes.length - 1];
    return error_wrap(amounts_read(arena, value_path(node, "status.allocatable"), &known->allocatable),
                      "status.allocatable");
}

void consumers_done(struct consumers *consumers)
{
    vec_each (&consumers->pods, pod)
        pod_amounts_done(&pod->amounts);
    vec_each (&consumers->nodes, node)
        vec_done(&node->allocatable);
    vec_done(&consumers->pods);
    vec_done(&consumers->nodes);
}

/* Pods and claims */

/* The pod's entry for the claim, or NULL. */
static const char *pod_find_entry(const struct consumer_pod *pod, const struct resource_claim *claim)
{
    if (strcmp(pod->namespace, claim->meta.namespace) != 0)
        return NULL;
    for (size_t i = 0; i < claim_entries(pod->tree); i++) {
        struct claim_entry entry = claim_entry_at(pod->tree, i);
        if (entry.name && strcmp(entry.name, claim->meta.name) == 0)
            return entry.entry;
    }
    return NULL;
}

void consumers_place(struct consumers *consumers, const struct resource_claim *claim, const char *node)
{
    vec_each (&consumers->pods, pod) {
        if (!pod->node && pod_find_entry(pod, claim))
            pod->node = node;
    }
}

static size_t count_references(const struct value *containers, const char *entry)
{
    size_t count = 0;
    value_each (containers, container) {
        value_each (value_path(container, "resources.claims"), reference) {
            const char *name = value_path_string(reference, "name");
            count += name && strcmp(name, entry) == 0;
        }
    }
    return count;
}

static size_t pod_count_containers(const struct consumer_pod *pod, const char *entry)
{
    const struct value *spec = value_get(pod->tree, "spec");
    return count_references(value_get(spec, "initContainers"), entry) +
           count_references(value_get(spec, "containers"), entry);
}

/* Refusing. Of the claims that are being allocated ALLOCATIONS say what they would get. */

struct question {
    const struct refusal *refusal;
    const struct allocation *allocations;
    const char *node;
    struct node_amounts amounts;
};

static const struct allocation *allocation_of(const struct question *question,
                                              const struct simulated_claim *claim)
{
    const struct allocate_request *request = question->refusal->request;
    for (size_t i = 0; i < request->n_claims; i++) {
        if (request->claims[i] == claim->claim)
            return &question->allocations[i];
    }
    return claim->allocation;
}

/* *IS_ASKED: a claim that is being allocated is the pod's. */
static struct error *pod_add_needs(const struct question *question, const struct consumer_pod *pod,
                                   amount_list *needs, bool *has_any, bool *is_asked)
{
    const struct simulation *simulation = question->refusal->simulation;
    for (size_t i = 0; i < simulation->claims.length; i++) {
        const struct simulated_claim *claim = &simulation->claims.items[i];
        const struct allocation *allocation = allocation_of(question, claim);
        const char *entry = allocation ? pod_find_entry(pod, claim->claim) : NULL;
        if (!entry)
            continue;
        *is_asked = *is_asked || allocation != claim->allocation;
        TRY(error_wrap(
            needs_add(simulation->inventory, allocation, pod_count_containers(pod, entry), needs, has_any),
            "claim %s", claim->key));
    }
    return NULL;
}

static struct error *short_of(const struct question *question, const struct consumer_pod *pod,
                              const char *resource, const amount_list *total)
{
    cleanup_buf struct buf text = BUF_INIT(1024);
    const struct quantity *amounts[] = { amounts_find(total, resource),
                                         amounts_find(&question->amounts.requested, resource),
                                         amounts_find(&question->amounts.allocatable, resource) };
    static const char *const words[] = { "wants ", ", other pods have ", " of " };
    for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
        static const struct quantity none;
        buf_add(&text, words[i]);
        quantity_format_canonical(amounts[i] ? amounts[i] : &none, &text);
    }
    return error_invalid("node %s: insufficient %s, pod %s/%s with its claims %s", question->node, resource,
                         pod->namespace, pod->name, buf_text(&text));
}

/* Pods that are on the node already only take their part; those that are asked about must fit. */
static struct error *pod_judge(struct question *question, const struct consumer_pod *pod, bool must_fit,
                               const amount_list *needs)
{
    amount_list total = { 0 };
    struct error *err = NULL;
    const char *uncovered = pod_total(&pod->amounts, needs, &total);
    const char *resource = must_fit ? node_find_short(&question->amounts, &total) : NULL;
    if (must_fit && uncovered)
        err = error_invalid("pod %s/%s asks for less %s as a whole than its containers and claims need",
                            pod->namespace, pod->name, uncovered);
    else if (resource)
        err = short_of(question, pod, resource, &total);
    amounts_add_all(&question->amounts.requested, &total);
    vec_done(&total);
    return err;
}

/* Adds the pods that are there, if not IS_ASKED; else tests those that the claims are for, one by one. */
static struct error *pods_judge(struct question *question, bool are_asked)
{
    const struct consumers *consumers = &question->refusal->simulation->consumers;
    struct error *err = NULL;
    for (size_t i = 0; i < consumers->pods.length && !err; i++) {
        const struct consumer_pod *pod = &consumers->pods.items[i];
        amount_list needs = { 0 };
        bool has_any = false, is_asked = false;
        bool is_here = pod->node && strcmp(pod->node, question->node) == 0;
        err = pod_add_needs(question, pod, &needs, &has_any, &is_asked);
        if (!err && is_asked == are_asked && (is_asked || is_here))
            err = pod_judge(question, pod, is_asked && has_any, &needs);
        vec_done(&needs);
    }
    return err;
}

static const struct consumer_node *node_of(const struct simulation *simulation, const char *name)
{
    for (size_t i = 0; i < simulation->consumers.nodes.length; i++) {
        const struct consumer_node *node = &simulation->consumers.nodes.items[i];
        if (strcmp(node->name, name) == 0)
            return node->allocatable.length ? node : NULL;
    }
    return NULL;
}

/* Whether any of the devices takes something of its node, or cannot say how much. */
static bool are_any_needed(const struct question *question)
{
    bool has_any = false;
    for (size_t i = 0; i < question->refusal->request->n_claims && !has_any; i++) {
        amount_list needs = { 0 };
        cleanup_error struct error *err = needs_add(question->refusal->simulation->inventory,
                                                    &question->allocations[i], 0, &needs, &has_any);
        has_any = has_any || err;
        vec_done(&needs);
    }
    return has_any;
}

const char *consumers_refuse(void *refusal, const char *node, const struct allocation *allocations,
                             struct arena *arena)
{
    struct question question = { .refusal = refusal, .allocations = allocations, .node = node };
    const struct consumer_node *known = node_of(question.refusal->simulation, node);
    if (!known || !are_any_needed(&question))
        return NULL;
    amounts_add_all(&question.amounts.allocatable, &known->allocatable);
    cleanup_error struct error *err = pods_judge(&question, false);
    if (!err)
        err = pods_judge(&question, true);
    node_amounts_done(&question.amounts);
    return err ? arena_strdup(arena, err->text) : NULL;
}
