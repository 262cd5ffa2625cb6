/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a pod may run on a node.
 */

#include "driver/kube/fit.h"
#include "api/base/vec.h"
#include "api/resource/node_selector_match.h"
#include "api/resource/objects.h"
#include "driver/kube/facts.h"

static const char *const reasons[FIT_REASONS] = {
    [FIT] = "",
    [FIT_NOT_READY] = "node(s) were not ready",
    [FIT_UNSCHEDULABLE] = "node(s) were unschedulable",
    [FIT_TAINTED] = "node(s) had untolerated taint(s)",
    [FIT_NODE_SELECTOR] = "node(s) didn't match Pod's node affinity/selector",
    [FIT_CLAIM] = "resourceclaim not available on the node",
};

const char *fit_reason(enum fit fit)
{
    return reasons[fit];
}

static const char *text(const struct value *object, const char *name)
{
    const char *found = value_string(value_get(object, name));
    return found ? found : "";
}

static bool toleration_covers(const struct value *toleration, const struct value *taint)
{
    const char *key = text(toleration, "key"), *effect = text(toleration, "effect");
    if (*effect && strcmp(effect, text(taint, "effect")) != 0)
        return false;
    if (*key && strcmp(key, text(taint, "key")) != 0)
        return false;
    if (strcmp(text(toleration, "operator"), "Exists") == 0)
        return true;
    return *key && strcmp(text(toleration, "value"), text(taint, "value")) == 0;
}

static bool is_tolerated(const struct value *pod, const struct value *taint)
{
    value_each (value_path(pod, "spec.tolerations"), toleration) {
        if (toleration_covers(toleration, taint))
            return true;
    }
    return false;
}

bool fit_tolerates(const struct value *pod, const struct value *node)
{
    value_each (value_path(node, "spec.taints"), taint) {
        bool binds = strcmp(text(taint, "effect"), "NoSchedule") == 0 ||
                     strcmp(text(taint, "effect"), "NoExecute") == 0;
        if (binds && !is_tolerated(pod, taint))
            return false;
    }
    return true;
}

bool fit_node_selector(const struct node_selector *selector, const struct value *node)
{
    cleanup_error struct error *err = node_selector_check(selector);
    if (err)
        return false;
    VEC(struct string_pair) labels = { 0 };
    value_each_member (value_path(node, "metadata.labels"), label)
        vec_push(&labels, (struct string_pair){ label->name.data, value_string(label->value) });
    bool matches = node_selector_matches(selector, object_name(node), labels.items, labels.length);
    vec_done(&labels);
    return matches;
}

static bool matches_labels(const struct value *pod, const struct value *node)
{
    const struct value *labels = value_path(node, "metadata.labels");
    value_each_member (value_path(pod, "spec.nodeSelector"), wanted) {
        const struct value *label = value_find(labels, wanted->name);
        if (!label || !value_equal(label, wanted->value))
            return false;
    }
    return true;
}

/* The pod's affinity is a node selector like an allocation's, and is read as one. */
static bool matches_affinity(const struct value *pod, const struct value *node)
{
    const struct value *required =
        value_path(pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    if (!required)
        return true;
    cleanup_arena struct arena *arena = arena_new();
    struct value *as_allocation = value_object(arena);
    value_set(arena, as_allocation, "nodeSelector", value_copy(arena, required));
    struct allocation *allocation = NULL;
    cleanup_error struct error *err = allocation_decode(arena, as_allocation, &allocation);
    return !err && allocation->node_selector && fit_node_selector(allocation->node_selector, node);
}

static bool is_ready(const struct value *node)
{
    const char *status = value_string(value_get(object_condition(node, "Ready"), "status"));
    return status && strcmp(status, "True") == 0;
}

static bool tolerates_cordon(const struct value *pod, struct arena *arena)
{
    struct value *taint = value_object(arena);
    value_set_text(arena, taint, "key", "node.kubernetes.io/unschedulable");
    value_set_text(arena, taint, "effect", "NoSchedule");
    return is_tolerated(pod, taint);
}

enum fit fit_check(const struct value *pod, const struct value *node, struct allocation *const *allocations,
                   size_t n_allocations)
{
    cleanup_arena struct arena *arena = arena_new();
    if (value_true(value_path(node, "spec.unschedulable")) && !tolerates_cordon(pod, arena))
        return FIT_UNSCHEDULABLE;
    if (!is_ready(node))
        return FIT_NOT_READY;
    if (!fit_tolerates(pod, node))
        return FIT_TAINTED;
    if (!matches_labels(pod, node) || !matches_affinity(pod, node))
        return FIT_NODE_SELECTOR;
    for (size_t i = 0; i < n_allocations; i++) {
        const struct node_selector *selector = allocations[i]->node_selector;
        if (selector && !fit_node_selector(selector, node))
            return FIT_CLAIM;
    }
    return FIT;
}
