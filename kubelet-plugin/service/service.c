/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call is a row of claims, each on its own way; the reply goes out when the last one is there.
 *
 *   claim -- known as prepared --> RECORD -- of no use --+
 *     |                              |                   v
 *     +---- otherwise ----------------------------> GET claim --> PREPARE --> ANSWERED
 *                                    +----------------------------------------^
 *
 * An unprepare overtakes a prepare of the same claim that has not begun: kubelet has given that one up, and
 * it must not come back to life afterwards.
 */

#include "kubelet-plugin/service/service.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/kubelet/services.h"
#include "api/resource/objects.h"
#include "kubelet-plugin/service/messages.h"

enum { GET_TIMEOUT_MS = 10 * 1000, MAX_REPLY_BYTES = 4 * 1024 * 1024 };

struct call;

struct entry {
    struct call *call;
    struct claim_ref ref;
    struct engine_task work;
    struct kube_call get;
    struct arena *claim_arena;
    bool getting;
    bool overtaken;
    bool from_record; /* the task at hand has no claim: it may come back empty */
    struct error *err;
    struct recorded_device *devices;
    size_t n_devices;
};

struct call {
    struct service *service;
    struct call *next, **prev; /* among those that prepare */
    struct grpc_call *grpc;
    struct arena *arena;
    struct entry *entries;
    size_t n_entries;
    size_t n_left;
    bool prepares;
    bool with_share_ids;
};

struct service {
    struct service_options options;
    struct grpc_server *server;
    struct call *calls;
    struct service_stats stats;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

/* --- the end of a call --- */

static void call_unlink(struct call *call)
{
    *call->prev = call->next;
    if (call->next)
        call->next->prev = call->prev;
}

static void report(const struct call *call, const struct entry *entry)
{
    struct service *service = call->service;
    uint64_t *count = call->prepares
                          ? (entry->err ? &service->stats.n_prepare_errors : &service->stats.n_prepared)
                          : (entry->err ? &service->stats.n_unprepare_errors : &service->stats.n_unprepared);
    ++*count;
    const char *verb = call->prepares ? "prepare" : "unprepare";
    if (!entry->err) {
        log_info(call->prepares ? "claim prepared" : "claim unprepared",
                 kv_str("namespace", entry->ref.namespace), kv_str("claim", entry->ref.name),
                 kv_str("uid", entry->ref.uid), kv_int("devices", entry->n_devices));
        return;
    }
    log_warn("claim could not be served; kubelet will ask again", kv_str("verb", verb),
             kv_str("namespace", entry->ref.namespace), kv_str("claim", entry->ref.name),
             kv_str("uid", entry->ref.uid), kv_error(entry->err));
    struct event_target target = { "resource.k8s.io/v1", "ResourceClaim", entry->ref.namespace,
                                   entry->ref.name,      entry->ref.uid,  NULL };
    recorder_event(service->options.recorder, &target, EVENT_WARNING,
                   call->prepares ? "PrepareFailed" : "UnprepareFailed", "%s%s%s%s", entry->err->text,
                   entry->err->hint ? " (hint: " : "", entry->err->hint ? entry->err->hint : "",
                   entry->err->hint ? ")" : "");
}

static void reply(struct call *call)
{
    struct claim_answer *answers = arena_make_array(call->arena, struct claim_answer, call->n_entries);
    for (size_t i = 0; i < call->n_entries; i++) {
        const struct entry *entry = &call->entries[i];
        answers[i] = (struct claim_answer){ entry->ref.uid, entry->err, entry->devices, entry->n_devices };
    }
    cleanup_buf struct buf bytes = BUF_INIT(MAX_REPLY_BYTES);
    if (call->prepares)
        prepare_answer_encode(answers, call->n_entries, call->with_share_ids, &bytes);
    else
        unprepare_answer_encode(answers, call->n_entries, &bytes);
    struct error *err = buf_check(&bytes);
    if (err)
        grpc_call_fail(call->grpc, error_wrap(err, "the reply"));
    else
        grpc_call_reply(call->grpc, buf_span(&bytes));
}

static void call_finish(struct call *call)
{
    reply(call);
    call_unlink(call);
    for (size_t i = 0; i < call->n_entries; i++) {
        error_free(call->entries[i].err);
        arena_free(call->entries[i].claim_arena);
    }
    arena_free(call->arena); /* the call and its entries live there */
}

/* ERR is the entry's. */
static void entry_finish(struct entry *entry, struct error *err)
{
    struct call *call = entry->call;
    entry->err = error_wrap(err, "%s claim %s/%s", call->prepares ? "prepare" : "unprepare",
                            entry->ref.namespace, entry->ref.name);
    report(call, entry);
    if (--call->n_left == 0)
        call_finish(call);
}

/* --- prepare --- */

static void entry_get_claim(struct entry *entry);

static void copy_devices(struct entry *entry, const struct record *record)
{
    struct arena *arena = entry->call->arena;
    entry->n_devices = record->n_devices;
    entry->devices = arena_make_array(arena, struct recorded_device, record->n_devices);
    for (size_t i = 0; i < record->n_devices; i++) {
        const struct recorded_device *device = &record->devices[i];
        entry->devices[i] = (struct recorded_device){
            .request = arena_strdup(arena, device->request),
            .pool = arena_strdup(arena, device->pool),
            .device = arena_strdup(arena, device->device),
            .share_id = arena_strdup(arena, device->share_id),
            .cdi_id = arena_strdup(arena, device->cdi_id),
        };
    }
}

static void on_prepared(struct engine_task *work)
{
    struct entry *entry = container_of(work, struct entry, work);
    struct error *err = take(work->task.err);
    if (err && entry->from_record && err->kind != ERROR_CANCELLED) {
        error_free(err);
        entry_get_claim(entry);
        return;
    }
    if (!err)
        copy_devices(entry, work->task.prepared);
    entry_finish(entry, err);
}

static void entry_submit(struct entry *entry, enum task_kind kind, const struct resource_claim *claim,
                         void (*done)(struct engine_task *work))
{
    entry->from_record = kind == TASK_PREPARE && !claim;
    entry->work = (struct engine_task){
        .task = { .kind = kind,
                  .uid = entry->ref.uid,
                  .namespace = entry->ref.namespace,
                  .name = entry->ref.name,
                  .claim = claim },
        .done = done,
    };
    engine_submit(entry->call->service->options.engine, &entry->work);
}

static struct error *read_claim(struct entry *entry, const struct value *object,
                                struct resource_claim **claim)
{
    TRY(resource_claim_decode(entry->claim_arena, object, claim));
    const char *uid = (*claim)->meta.uid;
    if (!uid || strcmp(uid, entry->ref.uid) != 0)
        return error_conflict(
            "the claim was deleted and replaced by another of the same name (uid %s, not %s)",
            uid ? uid : "none", entry->ref.uid);
    return NULL;
}

static void on_claim(struct kube_call *get, struct value *object, struct error *err)
{
    struct entry *entry = container_of(get, struct entry, get);
    struct resource_claim *claim = NULL;
    entry->getting = false;
    if (!err) {
        entry->claim_arena = kube_call_keep(get);
        err = read_claim(entry, object, &claim);
    }
    if (!err && entry->overtaken)
        err = error_new(ERROR_CANCELLED, "an unprepare of this claim came in between");
    if (err)
        entry_finish(entry, err);
    else
        entry_submit(entry, TASK_PREPARE, claim, on_prepared);
}

static void entry_get_claim(struct entry *entry)
{
    struct kube_call_spec spec = { .verb = KUBE_GET,
                                   .resource = &KUBE_RESOURCE_CLAIMS,
                                   .namespace = entry->ref.namespace,
                                   .name = entry->ref.name,
                                   .timeout_ms = GET_TIMEOUT_MS,
                                   .done = on_claim };
    struct error *err = kube_call_start(entry->call->service->options.client, &spec, &entry->get);
    if (err)
        entry_finish(entry, err);
    else
        entry->getting = true;
}

static void entry_prepare(struct entry *entry)
{
    if (engine_has_completed(entry->call->service->options.engine, entry->ref.uid))
        entry_submit(entry, TASK_PREPARE, NULL, on_prepared);
    else
        entry_get_claim(entry);
}

/* --- unprepare --- */

static void on_unprepared(struct engine_task *work)
{
    entry_finish(container_of(work, struct entry, work), take(work->task.err));
}

static void overtake(struct service *service, const char *uid)
{
    for (struct call *call = service->calls; call; call = call->next)
        for (size_t i = 0; i < call->n_entries; i++)
            if (call->entries[i].getting && strcmp(call->entries[i].ref.uid, uid) == 0)
                call->entries[i].overtaken = true;
    engine_drop_waiting(service->options.engine, uid);
}

static void entry_unprepare(struct entry *entry)
{
    overtake(entry->call->service, entry->ref.uid);
    entry_submit(entry, TASK_UNPREPARE, NULL, on_unprepared);
}

/* --- calls --- */

static void begin(struct service *service, struct grpc_call *grpc, bool prepares, bool with_share_ids)
{
    struct arena *arena = arena_new();
    struct claim_ref *refs;
    size_t n_refs;
    struct error *err = claims_decode(arena, grpc_call_request(grpc), &refs, &n_refs);
    if (err) {
        arena_free(arena);
        grpc_call_fail(grpc, err);
        return;
    }
    struct call *call = arena_make(arena, struct call);
    *call = (struct call){ .service = service,
                           .next = service->calls,
                           .prev = &service->calls,
                           .grpc = grpc,
                           .arena = arena,
                           .entries = arena_make_array(arena, struct entry, n_refs),
                           .n_entries = n_refs,
                           .n_left =
                               n_refs + 1, /* one more, for ourselves: nothing may finish it while we begin */
                           .prepares = prepares,
                           .with_share_ids = with_share_ids };
    if (call->next)
        call->next->prev = &call->next;
    service->calls = call;
    for (size_t i = 0; i < n_refs; i++) {
        struct entry *entry = &call->entries[i];
        entry->call = call;
        entry->ref = refs[i];
        if (prepares)
            entry_prepare(entry);
        else
            entry_unprepare(entry);
    }
    if (--call->n_left == 0)
        call_finish(call);
}

static void on_prepare_v1(struct grpc_call *call, void *context)
{
    begin(context, call, true, true);
}

static void on_prepare_v1beta1(struct grpc_call *call, void *context)
{
    begin(context, call, true, false);
}

static void on_unprepare(struct grpc_call *call, void *context)
{
    begin(context, call, false, false);
}

/* --- start and stop --- */

struct error *service_start(struct loop *loop, const struct service_options *options, struct service **out)
{
    struct service *service = NEW(struct service);
    service->options = *options;
    const struct grpc_method methods[] = {
        { KUBELET_PATH_PREPARE_V1, on_prepare_v1, service },
        { KUBELET_PATH_UNPREPARE_V1, on_unprepare, service },
        { KUBELET_PATH_PREPARE_V1BETA1, on_prepare_v1beta1, service },
        { KUBELET_PATH_UNPREPARE_V1BETA1, on_unprepare, service },
    };
    struct grpc_server_options server = { .path = options->socket_path,
                                          .methods = methods,
                                          .n_methods = ARRAY_LEN(methods),
                                          .observe = options->observe,
                                          .observe_data = options->observe_data };
    struct error *err = grpc_server_start(loop, &server, &service->server);
    if (err) {
        free(service);
        return error_wrap(err, "DRA service");
    }
    *out = service;
    return NULL;
}

static void on_server_stopped(void *data)
{
    struct service *service = data;
    void (*stopped)(void *) = service->stopped;
    void *ctx = service->stopped_ctx;
    free(service);
    stopped(ctx);
}

void service_stop(struct service *service, uint64_t grace_ms, void (*stopped)(void *ctx), void *ctx)
{
    service->stopped = stopped;
    service->stopped_ctx = ctx;
    grpc_server_stop(service->server, grace_ms, on_server_stopped, service);
}

bool service_is_bound(const struct service *service)
{
    return grpc_server_is_bound(service->server);
}

size_t service_n_connections(const struct service *service)
{
    return grpc_server_n_connections(service->server);
}

struct service_stats service_stats(const struct service *service)
{
    return service->stats;
}
