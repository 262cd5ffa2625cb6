/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's sign of life:
 *
 *     every ten seconds: apply the Lease
 *     at first, and whenever that failed: make the node, say that it is Ready, then go on with the Lease
 *
 * All of it is server-side apply or a patch, so it does not matter what is there already.
 */

#include "driver/standalone/node/heartbeat.h"
#include "api/base/log.h"
#include "api/base/time.h"

#include <sys/utsname.h>
#include <unistd.h>

enum { RENEW_MS = 10000, AGAIN_MS = 1000, LEASE_SECONDS = 40 };

static const char MANAGER[] = "kubelet";

static void say_node(struct heartbeat *heartbeat);
static void say_lease(struct heartbeat *heartbeat);

static void on_timer(struct timer *timer)
{
    struct heartbeat *heartbeat = container_of(timer, struct heartbeat, timer);
    if (heartbeat->status_is_said)
        say_lease(heartbeat);
    else
        say_node(heartbeat);
}

static void wait_for_next(struct heartbeat *heartbeat, uint64_t delay_ms)
{
    timer_start(&heartbeat->timer, kube_client_loop(heartbeat->client), delay_ms, on_timer);
}

/* Whether there is a next step: not if we were stopped meanwhile, and later after an error. */
static bool goes_on(struct heartbeat *heartbeat, struct error *err)
{
    if (!heartbeat->client) {
        error_free(err);
        heartbeat->stopped(heartbeat);
        return false;
    }
    if (!err)
        return true;
    heartbeat->status_is_said = false;
    log_error_free(LOG_WARN, "the node's sign of life", err);
    wait_for_next(heartbeat, AGAIN_MS);
    return false;
}

static void send(struct heartbeat *heartbeat, struct kube_call_spec *spec)
{
    struct error *err = kube_call_start(heartbeat->client, spec, &heartbeat->call);
    if (err)
        goes_on(heartbeat, err);
}

static struct value *object_begin(struct arena *arena, const char *api_version, const char *kind,
                                  const char *name)
{
    struct value *object = value_object(arena);
    value_set_text(arena, object, "apiVersion", api_version);
    value_set_text(arena, object, "kind", kind);
    value_set_text(arena, value_child(arena, object, "metadata"), "name", name);
    return object;
}

static void on_lease(struct kube_call *call, struct value *object, struct error *err)
{
    struct heartbeat *heartbeat = container_of(call, struct heartbeat, call);
    (void)object;
    if (goes_on(heartbeat, err))
        wait_for_next(heartbeat, RENEW_MS);
}

static void say_lease(struct heartbeat *heartbeat)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *lease = object_begin(arena, "coordination.k8s.io/v1", "Lease", heartbeat->node_name);
    struct value *spec = value_child(arena, lease, "spec");
    char now[TIME_TEXT_SIZE];
    time_format_micros(time_now_micros(), now);
    value_set_text(arena, value_get(lease, "metadata"), "namespace", "kube-node-lease");
    value_set_text(arena, spec, "holderIdentity", heartbeat->node_name);
    value_set_int(arena, spec, "leaseDurationSeconds", LEASE_SECONDS);
    value_set_text(arena, spec, "renewTime", now);
    send(heartbeat, &(struct kube_call_spec){ .verb = KUBE_APPLY,
                                              .resource = &KUBE_LEASES,
                                              .namespace = "kube-node-lease",
                                              .name = heartbeat->node_name,
                                              .body = lease,
                                              .field_manager = MANAGER,
                                              .force = true,
                                              .done = on_lease });
}

static void on_status(struct kube_call *call, struct value *object, struct error *err)
{
    struct heartbeat *heartbeat = container_of(call, struct heartbeat, call);
    (void)object;
    if (!goes_on(heartbeat, err))
        return;
    heartbeat->status_is_said = true;
    say_lease(heartbeat);
}

static void add_node_info(struct arena *arena, struct value *status, const char *kube_version)
{
    struct utsname name;
    struct value *info = value_child(arena, status, "nodeInfo");
    value_set_text(arena, info, "operatingSystem", "linux");
    value_set_text(arena, info, "containerRuntimeVersion", "podman://");
    if (kube_version)
        value_set_text(arena, info, "kubeletVersion", arena_printf(arena, "v%s.0", kube_version));
    if (uname(&name) != 0)
        return;
    value_set_text(arena, info, "kernelVersion", name.release);
    value_set_text(arena, info, "architecture", strcmp(name.machine, "x86_64") == 0 ? "amd64" : name.machine);
}

static void add_resources(struct arena *arena, struct value *status)
{
    const char *const lists[] = { "capacity", "allocatable" };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        struct value *list = value_child(arena, status, lists[i]);
        value_set_text(arena, list, "cpu", arena_printf(arena, "%ld", sysconf(_SC_NPROCESSORS_ONLN)));
        value_set_text(arena, list, "memory",
                       arena_printf(arena, "%lldKi",
                                    (long long)sysconf(_SC_PHYS_PAGES) * (sysconf(_SC_PAGESIZE) / 1024)));
        value_set_text(arena, list, "pods", "110");
    }
}

static void add_ready(struct arena *arena, struct value *status)
{
    struct value *condition = value_object(arena);
    char now[TIME_TEXT_SIZE];
    time_format(time_now_micros(), now);
    value_set_text(arena, condition, "type", "Ready");
    value_set_text(arena, condition, "status", "True");
    value_set_text(arena, condition, "reason", "KubeletReady");
    value_set_text(arena, condition, "message", "kubelet is posting ready status");
    value_set_text(arena, condition, "lastHeartbeatTime", now);
    value_set_text(arena, condition, "lastTransitionTime", now);
    value_append(arena, value_child_list(arena, status, "conditions"), condition);
}

static void say_status(struct heartbeat *heartbeat)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *patch = value_object(arena);
    struct value *status = value_child(arena, patch, "status");
    add_node_info(arena, status, heartbeat->kube_version);
    add_resources(arena, status);
    add_ready(arena, status);
    send(heartbeat, &(struct kube_call_spec){ .verb = KUBE_PATCH_STRATEGIC,
                                              .resource = &KUBE_NODES,
                                              .name = heartbeat->node_name,
                                              .subresource = "status",
                                              .body = patch,
                                              .field_manager = MANAGER,
                                              .done = on_status });
}

static void on_node(struct kube_call *call, struct value *object, struct error *err)
{
    struct heartbeat *heartbeat = container_of(call, struct heartbeat, call);
    (void)object;
    if (err && err->kind == ERROR_CONFLICT)
        error_free(take(err)); /* it is there already */
    if (goes_on(heartbeat, err))
        say_status(heartbeat);
}

static void say_node(struct heartbeat *heartbeat)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *node = object_begin(arena, "v1", "Node", heartbeat->node_name);
    struct value *labels = value_child(arena, value_get(node, "metadata"), "labels");
    value_set_text(arena, labels, "kubernetes.io/hostname", heartbeat->node_name);
    value_set_text(arena, labels, "kubernetes.io/os", "linux");
    send(heartbeat, &(struct kube_call_spec){ .verb = KUBE_CREATE,
                                              .resource = &KUBE_NODES,
                                              .body = node,
                                              .field_manager = MANAGER,
                                              .done = on_node });
}

void heartbeat_start(struct heartbeat *heartbeat, struct kube_client *client, const char *node_name,
                     const char *kube_version)
{
    *heartbeat = (struct heartbeat){ .client = client, .node_name = node_name, .kube_version = kube_version };
    wait_for_next(heartbeat, 0);
}

void heartbeat_stop(struct heartbeat *heartbeat, void (*stopped)(struct heartbeat *heartbeat))
{
    heartbeat->client = NULL;
    heartbeat->stopped = stopped;
    timer_stop(&heartbeat->timer);
    if (kube_call_in_flight(&heartbeat->call))
        kube_call_cancel(&heartbeat->call);
    else
        stopped(heartbeat);
}
