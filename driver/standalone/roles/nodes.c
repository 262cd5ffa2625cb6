/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes that say nothing any more: when a node's Lease in kube-node-lease was not renewed for a while (on our
 * own clock, from when we saw it change last), its Ready condition becomes Unknown. The node's kubelet puts
 * it right.
 *
 * Key: a node.
 */

#include "driver/kube/facts.h"
#include "driver/standalone/roles/all.h"

enum { SILENCE_MS = 40000 };

static const char LEASES[] = "kube-node-lease";

struct nodes {
    struct map heard; /* node to struct hearing */
};

/* What a lease said last, and when that was. */
struct hearing {
    char *renewed;
    uint64_t at_ms;
};

static void observe(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after)
{
    const struct kube_object *object = after ? after : before;
    if (kind == CLUSTER_NODES || (kind == CLUSTER_LEASES && strcmp(object->namespace, LEASES) == 0))
        role_add(role, NULL, object->name);
}

static void hearing_free(struct hearing *hearing)
{
    if (hearing)
        free(hearing->renewed);
    free(hearing);
}

/* For how long the node's lease has not changed. */
static uint64_t silence_of(struct role_task *task, const char *node)
{
    struct nodes *state = task->role->state;
    const struct kube_object *lease = cluster_find(task->cluster, CLUSTER_LEASES, LEASES, node);
    const char *renewed = lease ? lease->resource_version : "";
    struct hearing *hearing = map_get(&state->heard, node);
    if (!hearing) {
        hearing = NEW(struct hearing);
        map_put(&state->heard, node, hearing);
    }
    uint64_t now = loop_now(task->cluster->loop);
    if (!hearing->renewed || strcmp(hearing->renewed, renewed) != 0) {
        free(hearing->renewed);
        hearing->renewed = mem_strdup(renewed);
        hearing->at_ms = now;
    }
    return now - hearing->at_ms;
}

static struct error *mark_unknown(struct role_task *task, struct arena *arena, const struct kube_object *node)
{
    const char *status = value_string(value_get(object_condition(node->tree, "Ready"), "status"));
    struct value *patch = patch_begin(arena, node->tree, false);
    if (!status || strcmp(status, "Unknown") == 0 ||
        !patch_condition(arena, patch, node->tree, "Ready", "Unknown", "NodeStatusUnknown",
                         "Kubelet stopped posting node status."))
        return NULL;
    return error_wrap(role_patch(task, CLUSTER_NODES, node, "status", patch, MANAGER_CONTROLLERS),
                      "mark the node as unknown");
}

static struct error *reconcile(struct role_task *task)
{
    cleanup_arena struct arena *arena = arena_new();
    struct nodes *state = task->role->state;
    const struct kube_object *node = cluster_find(task->cluster, CLUSTER_NODES, NULL, task->key);
    if (!node) {
        hearing_free(map_remove(&state->heard, span_of(task->key)));
        return NULL;
    }
    uint64_t silence = silence_of(task, node->name);
    if (silence >= SILENCE_MS)
        return mark_unknown(task, arena, node);
    role_add_later(task->role, task->key, SILENCE_MS - silence);
    return NULL;
}

static void forget(struct role *role)
{
    struct nodes *state = role->state;
    map_each (&state->heard, entry)
        hearing_free(entry->value);
    map_done(&state->heard);
}

const struct role_kind nodes_role = {
    .name = "nodes",
    .observe = observe,
    .reconcile = reconcile,
    .state_size = sizeof(struct nodes),
    .forget = forget,
};
