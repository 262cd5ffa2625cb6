/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods whose node has gone have nobody who would end them: they are marked as failed and deleted at once.
 *
 * Key: a pod.
 */

#include "driver/kube/facts.h"
#include "driver/standalone/roles/all.h"

enum { QUARANTINE_MS = 5000 }; /* a node may be made anew, as when its kubelet restarts */

static void observe(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after)
{
    if (kind == CLUSTER_PODS && after && pod_node(after->tree) &&
        !cluster_find(role->cluster, CLUSTER_NODES, NULL, pod_node(after->tree)))
        role_add(role, after->namespace, after->name);
    if (kind != CLUSTER_NODES || after)
        return;
    const struct kube_objects *pods = cluster_pods_of_node(role->cluster, before->name);
    for (size_t i = 0; i < pods->length; i++) {
        cleanup_buf struct buf key = BUF_INIT(1024);
        buf_printf(&key, "%s/%s", pods->items[i]->namespace, pods->items[i]->name);
        role_add_later(role, buf_text(&key), QUARANTINE_MS);
    }
}

static struct error *mark_failed(struct role_task *task, struct arena *arena, const struct kube_object *pod)
{
    struct value *patch = patch_begin(arena, pod->tree, false);
    value_set_text(arena, value_child(arena, patch, "status"), "phase", "Failed");
    patch_condition(arena, patch, pod->tree, "DisruptionTarget", "True", "DeletionByPodGC",
                    "PodGC: node no longer exists");
    return error_wrap(role_patch(task, CLUSTER_PODS, pod, "status", patch, MANAGER_CONTROLLERS),
                      "mark the pod as failed");
}

static struct error *delete_pod(struct role_task *task, struct arena *arena, const struct kube_object *pod)
{
    struct value *options = value_object(arena);
    value_set_int(arena, options, "gracePeriodSeconds", 0);
    return error_wrap(role_delete(task, arena, CLUSTER_PODS, pod, options), "delete the pod of a lost node");
}

/* No cache shows the node, which proves nothing: the pod may be newer than what the nodes' cache knows. */
static struct error *reconcile(struct role_task *task)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *namespace, *name;
    role_key_split(task->key, arena, &namespace, &name);
    const struct kube_object *pod = cluster_find(task->cluster, CLUSTER_PODS, namespace, name);
    const char *node = pod ? pod_node(pod->tree) : NULL;
    if (!node || cluster_find(task->cluster, CLUSTER_NODES, NULL, node))
        return NULL;
    const char *asked = arena_printf(arena, "node %s for pod %s", node, pod->uid);
    if (!cluster_is_gone(task->cluster, asked))
        return role_ask_gone(task, &KUBE_NODES, NULL, node, asked);
    return pod_has_ended(pod->tree) ? delete_pod(task, arena, pod) : mark_failed(task, arena, pod);
}

const struct role_kind pods_role = {
    .name = "pods of lost nodes",
    .observe = observe,
    .reconcile = reconcile,
};
