/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelet's stand-in: it clears away what an earlier run left, wipes the node's slices (their drivers
 * make them anew), and then has a worker for each pod that is bound to the node.
 */

#include "driver/standalone/node/kubelet.h"
#include "api/base/log.h"
#include "api/resource/objects.h"
#include "driver/standalone/node/heartbeat.h"
#include "driver/standalone/node/process.h"
#include "driver/standalone/node/slices.h"
#include "driver/standalone/node/worker.h"

struct kubelet {
    struct arena *arena; /* of the options' strings */
    struct kubelet_options options;
    struct worker_room room;
    struct plugins *plugins;
    struct slice_wiper wiper;
    struct heartbeat heartbeat;
    struct process clearing;
    struct kube_cache *pods;
    struct kube_cache_listener pods_listener, claims_listener;
    struct map workers; /* by uid */
    bool stopping;
    size_t n_stopping; /* parts that have not stopped yet */
    struct deferred end;
    void (*stopped)(void *context);
    void *context;
};

static struct error *decode_pod(struct arena *arena, const struct value *tree, void **out)
{
    return pod_decode(arena, tree, (struct pod **)out);
}

static struct error *decode_claim(struct arena *arena, const struct value *tree, void **out)
{
    return resource_claim_decode(arena, tree, (struct resource_claim **)out);
}

/* --- what the workers hear --- */

static void on_pod_changed(struct kube_cache_listener *listener, const struct kube_object *before,
                           const struct kube_object *after)
{
    struct kubelet *kubelet = container_of(listener, struct kubelet, pods_listener);
    struct worker *old = before ? map_get(&kubelet->workers, before->uid) : NULL;
    bool replaced = before && after && strcmp(before->uid, after->uid) != 0;
    if (old && (!after || replaced))
        worker_update(old, NULL);
    if (!after || !after->typed)
        return;
    struct worker *worker = map_get(&kubelet->workers, after->uid);
    if (worker)
        worker_update(worker, after);
    else
        map_put(&kubelet->workers, after->uid, worker_new(&kubelet->room, after));
}

static void on_claim_changed(struct kube_cache_listener *listener, const struct kube_object *before,
                             const struct kube_object *after)
{
    struct kubelet *kubelet = container_of(listener, struct kubelet, claims_listener);
    const struct kube_object *claim = after ? after : before;
    map_each (&kubelet->workers, entry) {
        if (worker_uses_claim(entry->value, claim->namespace, claim->name))
            worker_nudge(entry->value);
    }
}

static void on_plugins_changed(void *data)
{
    struct kubelet *kubelet = data;
    map_each (&kubelet->workers, entry)
        worker_nudge(entry->value);
}

static void on_driver_lost(void *data, const char *driver)
{
    struct kubelet *kubelet = data;
    log_warn("no plugin of a driver is left, its slices are deleted", kv_str("driver", driver));
    slice_wiper_add(&kubelet->wiper, driver);
}

/* --- the end --- */

static void kubelet_free(struct kubelet *kubelet)
{
    kube_cache_stop(kubelet->pods);
    kube_cache_stop(kubelet->room.claims);
    recorder_stop(kubelet->room.recorder);
    prepared_free(kubelet->room.prepared);
    map_done(&kubelet->workers);
    arena_free(kubelet->arena);
    free(kubelet);
}

static void on_end(struct deferred *deferred)
{
    struct kubelet *kubelet = container_of(deferred, struct kubelet, end);
    void (*stopped)(void *) = kubelet->stopped;
    void *context = kubelet->context;
    kubelet_free(kubelet);
    if (stopped)
        stopped(context);
}

static void part_stopped(struct kubelet *kubelet)
{
    if (--kubelet->n_stopping == 0)
        loop_defer(kubelet->room.loop, &kubelet->end, on_end);
}

static void on_plugins_stopped(void *data)
{
    part_stopped(data);
}

static void on_heartbeat_stopped(struct heartbeat *heartbeat)
{
    part_stopped(container_of(heartbeat, struct kubelet, heartbeat));
}

static void on_wiper_stopped(struct slice_wiper *wiper)
{
    part_stopped(container_of(wiper, struct kubelet, wiper));
}

/* The workers have gone, so nobody calls plugins any more. */
static void stop_parts(struct kubelet *kubelet)
{
    kubelet->n_stopping = 4;
    heartbeat_stop(&kubelet->heartbeat, on_heartbeat_stopped);
    slice_wiper_stop(&kubelet->wiper, on_wiper_stopped);
    plugins_stop(take(kubelet->plugins), on_plugins_stopped, kubelet);
    part_stopped(kubelet);
}

static void on_worker_gone(struct worker *worker)
{
    struct kubelet *kubelet = container_of(worker_room_of(worker), struct kubelet, room);
    map_remove(&kubelet->workers, span_of(worker_uid(worker)));
    worker_free(worker);
    if (kubelet->stopping && kubelet->workers.length == 0)
        stop_parts(kubelet);
}

void kubelet_stop(struct kubelet *kubelet, uint64_t grace_ms, void (*stopped)(void *context), void *context)
{
    kubelet->stopping = true;
    kubelet->stopped = stopped;
    kubelet->context = context;
    process_abandon(&kubelet->clearing);
    if (kubelet->pods)
        kube_cache_unlisten(kubelet->pods, &kubelet->pods_listener);
    kube_cache_unlisten(kubelet->room.claims, &kubelet->claims_listener);
    map_each (&kubelet->workers, entry)
        worker_abandon(entry->value, (int64_t)(grace_ms / 1000));
    if (kubelet->workers.length == 0)
        stop_parts(kubelet);
}

/* --- the beginning --- */

static struct error *listen_to_pods(struct kubelet *kubelet)
{
    struct kube_cache_options pods = {
        .resource = &KUBE_PODS,
        .field_selector = arena_printf(kubelet->arena, "spec.nodeName=%s", kubelet->options.node_name),
        .decode = decode_pod,
    };
    TRY(kube_cache_start(kubelet->room.client, &pods, &kubelet->pods));
    kubelet->pods_listener.changed = on_pod_changed;
    kube_cache_listen(kubelet->pods, &kubelet->pods_listener);
    return NULL;
}

static void on_cleared(struct process *process, int exit_code, int signal)
{
    struct kubelet *kubelet = container_of(process, struct kubelet, clearing);
    if (exit_code || signal)
        log_warn("containers from before were not cleared away", kv_int("code", exit_code));
    log_error_free(LOG_ERROR, "watching pods", listen_to_pods(kubelet));
}

static struct error *clear_old_containers(struct kubelet *kubelet)
{
    cleanup_arena struct arena *arena = arena_new();
    struct process_spec spec = { .arguments = podman_clear(arena, &kubelet->room.podman),
                                 .environment = kubelet->room.podman.environment };
    return process_start(&kubelet->clearing, kubelet->room.loop, &spec, on_cleared);
}

static struct error *start_parts(struct kubelet *kubelet)
{
    struct worker_room *room = &kubelet->room;
    struct plugins_options plugins = { .loop = room->loop,
                                       .folder = kubelet->options.folder,
                                       .changed = on_plugins_changed,
                                       .lost = on_driver_lost,
                                       .data = kubelet };
    struct kube_cache_options claims = { .resource = &KUBE_RESOURCE_CLAIMS, .decode = decode_claim };
    TRY(podman_init(&room->podman, kubelet->arena, kubelet->options.state_folder));
    room->podman.root_folder = kubelet->options.root_folder;
    room->podman.node_name = kubelet->options.node_name;
    TRY(recorder_new(room->client, "kubelet", kubelet->options.node_name, &room->recorder));
    TRY(kube_cache_start(room->client, &claims, &room->claims));
    kubelet->claims_listener.changed = on_claim_changed;
    kube_cache_listen(room->claims, &kubelet->claims_listener);
    TRY(plugins_start(&plugins, &kubelet->plugins));
    room->prepared = prepared_new(kubelet->plugins);
    slice_wiper_start(&kubelet->wiper, room->client, kubelet->options.node_name);
    slice_wiper_add(&kubelet->wiper, NULL);
    heartbeat_start(&kubelet->heartbeat, room->client, kubelet->options.node_name,
                    kubelet->options.kube_version);
    return clear_old_containers(kubelet);
}

struct error *kubelet_start(struct kube_client *client, const struct kubelet_options *options,
                            struct kubelet **out)
{
    struct kubelet *kubelet = NEW(struct kubelet);
    struct arena *arena = arena_new();
    kubelet->arena = arena;
    kubelet->options = (struct kubelet_options){
        .node_name = arena_strdup(arena, options->node_name),
        .folder = arena_strdup(arena, options->folder),
        .state_folder = arena_strdup(arena, options->state_folder),
        .log_folder = arena_strdup(arena, options->log_folder),
        .root_folder = arena_strdup(arena, options->root_folder),
        .kube_version = arena_strdup(arena, options->kube_version),
    };
    kubelet->room = (struct worker_room){ .loop = kube_client_loop(client),
                                          .client = client,
                                          .log_folder = kubelet->options.log_folder,
                                          .gone = on_worker_gone };
    struct error *err = start_parts(kubelet);
    *out = kubelet;
    return error_wrap(err, "start the kubelet of node %s", options->node_name);
}
