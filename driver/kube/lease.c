/* SPDX-License-Identifier: Apache-2.0 */
/*
 *             no lease, ours, or unchanged for DURATION: write
 *   FOLLOWING ------------------------------------------------> LEADING
 *       ^                                                          |
 *       +-------- not renewed within RENEW, or taken by another ---+
 *
 * Every step is one GET and one write that is conditional on the resourceVersion read, so two candidates
 * never both succeed. Whether a lease is stale is judged by our own monotonic clock since its record last
 * changed. Upstream: client-go tools/leaderelection.
 */

#include "driver/kube/lease.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/base/time.h"

struct lease {
    struct kube_client *client;
    struct lease_options options;
    struct kube_call call;
    struct timer timer;
    char *namespace, *name, *identity;
    char *holder;  /* as last seen */
    char *version; /* resourceVersion as last seen */
    uint64_t version_seen_at;
    uint64_t renewed_at; /* while leading: when the last write that worked was begun */
    uint64_t attempt_at;
    bool held;
    bool taken; /* another holds it though we thought we did */
    bool stopping;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

static void attempt(struct lease *lease);

static uint64_t now_ms(const struct lease *lease)
{
    return loop_now(kube_client_loop(lease->client));
}

static void lease_free(struct lease *lease)
{
    void (*stopped)(void *) = lease->stopped;
    void *ctx = lease->stopped_ctx;
    timer_stop(&lease->timer);
    free(lease->namespace);
    free(lease->name);
    free(lease->identity);
    free(lease->holder);
    free(lease->version);
    free(lease);
    if (stopped)
        stopped(ctx);
}

static void on_timer(struct timer *timer)
{
    attempt(container_of(timer, struct lease, timer));
}

static void lose(struct lease *lease)
{
    lease->held = lease->taken = false;
    log_warn("leadership lost", kv_str("lease", lease->name), kv_str("holder", lease->holder));
    if (lease->options.on_lost)
        lease->options.on_lost(lease->options.ctx);
}

/* After every attempt, whatever came of it. The callbacks may stop us. */
static void wait_for_next(struct lease *lease)
{
    timer_start(&lease->timer, kube_client_loop(lease->client), lease->options.retry_ms, on_timer);
    if (lease->held && (lease->taken || now_ms(lease) - lease->renewed_at > lease->options.renew_ms))
        lose(lease);
}

static void on_released(struct kube_call *call, struct value *object, struct error *err)
{
    (void)object;
    error_free(err); /* the others wait for DURATION instead */
    lease_free(container_of(call, struct lease, call));
}

static void release(struct lease *lease)
{
    if (!lease->held || !lease->options.release_on_stop || !lease->version) {
        lease_free(lease);
        return;
    }
    cleanup_arena struct arena *arena = arena_new();
    struct value *patch = value_object(arena);
    value_set_text(arena, value_child(arena, patch, "metadata"), "resourceVersion", lease->version);
    value_set_text(arena, value_child(arena, patch, "spec"), "holderIdentity", "");
    struct kube_call_spec spec = { .verb = KUBE_PATCH_MERGE,
                                   .resource = &KUBE_LEASES,
                                   .namespace = lease->namespace,
                                   .name = lease->name,
                                   .body = patch,
                                   .timeout_ms = 2000,
                                   .done = on_released };
    struct error *err = kube_call_start(lease->client, &spec, &lease->call);
    if (err) {
        error_free(err);
        lease_free(lease);
    }
}

static void remember(struct lease *lease, const struct value *object)
{
    const char *version = value_path_string(object, "metadata.resourceVersion");
    const char *holder = value_path_string(object, "spec.holderIdentity");
    if (!lease->version || !version || strcmp(lease->version, version) != 0)
        lease->version_seen_at = now_ms(lease);
    free(lease->version);
    free(lease->holder);
    lease->version = version ? mem_strdup(version) : NULL;
    lease->holder = holder ? mem_strdup(holder) : NULL;
}

static void on_written(struct kube_call *call, struct value *object, struct error *err)
{
    struct lease *lease = container_of(call, struct lease, call);
    if (!err) {
        remember(lease, object);
        lease->renewed_at = lease->attempt_at;
    }
    if (lease->stopping) {
        error_free(err);
        release(lease);
        return;
    }
    bool gained = !err && !lease->held;
    log_error_free(LOG_DEBUG, "the lease was not written", err);
    if (!gained) {
        wait_for_next(lease);
        return;
    }
    lease->held = true;
    timer_start(&lease->timer, kube_client_loop(lease->client), lease->options.retry_ms, on_timer);
    log_info("leadership gained", kv_str("lease", lease->name), kv_str("identity", lease->identity));
    if (lease->options.on_leading)
        lease->options.on_leading(lease->options.ctx);
}

/* What the lease says once it is ours; the old object's other members stay. */
static struct value *claimed(struct lease *lease, struct arena *arena, const struct value *before)
{
    char now[TIME_TEXT_SIZE];
    time_format_micros(time_now_micros(), now);
    struct value *object = before ? value_copy(arena, before) : value_object(arena);
    value_set_text(arena, object, "apiVersion", "coordination.k8s.io/v1");
    value_set_text(arena, object, "kind", "Lease");
    struct value *metadata = value_child(arena, object, "metadata");
    value_set_text(arena, metadata, "name", lease->name);
    value_set_text(arena, metadata, "namespace", lease->namespace);
    struct value *spec = value_child(arena, object, "spec");
    bool ours = lease->holder && strcmp(lease->holder, lease->identity) == 0;
    if (!ours || !value_get(spec, "acquireTime")) {
        value_set_text(arena, spec, "acquireTime", now);
        int64_t transitions = value_integer(value_get(spec, "leaseTransitions"), 0);
        value_set_int(arena, spec, "leaseTransitions", before ? transitions + 1 : 0);
    }
    value_set_text(arena, spec, "holderIdentity", lease->identity);
    value_set_int(arena, spec, "leaseDurationSeconds", (int64_t)(lease->options.duration_ms / 1000));
    value_set_text(arena, spec, "renewTime", now);
    return object;
}

static void write_claim(struct lease *lease, const struct value *before)
{
    cleanup_arena struct arena *arena = arena_new();
    struct kube_call_spec spec = { .verb = before ? KUBE_UPDATE : KUBE_CREATE,
                                   .resource = &KUBE_LEASES,
                                   .namespace = lease->namespace,
                                   .name = before ? lease->name : NULL,
                                   .body = claimed(lease, arena, before),
                                   .timeout_ms = lease->options.renew_ms / 2,
                                   .done = on_written };
    struct error *err = kube_call_start(lease->client, &spec, &lease->call);
    if (err) {
        log_error_free(LOG_DEBUG, "the lease was not written", err);
        wait_for_next(lease);
    }
}

static bool may_take(const struct lease *lease)
{
    bool free_to_take = !lease->holder || !*lease->holder || strcmp(lease->holder, lease->identity) == 0;
    return free_to_take || now_ms(lease) - lease->version_seen_at >= lease->options.duration_ms;
}

static void on_read(struct kube_call *call, struct value *object, struct error *err)
{
    struct lease *lease = container_of(call, struct lease, call);
    if (lease->stopping) {
        error_free(err);
        release(lease);
        return;
    }
    if (err && err->kind == ERROR_NOT_FOUND) {
        error_free(err);
        write_claim(lease, NULL);
        return;
    }
    if (err) {
        log_error_free(LOG_DEBUG, "the lease was not read", err);
        wait_for_next(lease);
        return;
    }
    remember(lease, object);
    if (may_take(lease)) {
        write_claim(lease, object);
        return;
    }
    lease->taken = lease->held;
    wait_for_next(lease);
}

static void attempt(struct lease *lease)
{
    lease->attempt_at = now_ms(lease);
    struct kube_call_spec spec = { .verb = KUBE_GET,
                                   .resource = &KUBE_LEASES,
                                   .namespace = lease->namespace,
                                   .name = lease->name,
                                   .timeout_ms = lease->options.renew_ms / 2,
                                   .done = on_read };
    struct error *err = kube_call_start(lease->client, &spec, &lease->call);
    if (err) {
        log_error_free(LOG_DEBUG, "the lease was not read", err);
        wait_for_next(lease);
    }
}

struct error *lease_start(struct kube_client *client, const struct lease_options *options, struct lease **out)
{
    struct lease *lease = NEW(struct lease);
    lease->client = client;
    lease->options = *options;
    if (!options->duration_ms)
        lease->options.duration_ms = 15000;
    if (!options->renew_ms)
        lease->options.renew_ms = 10000;
    if (!options->retry_ms)
        lease->options.retry_ms = 2000;
    lease->namespace = mem_strdup(options->namespace);
    lease->name = mem_strdup(options->name);
    lease->identity = mem_strdup(options->identity);
    timer_start(&lease->timer, kube_client_loop(client), 0, on_timer);
    *out = lease;
    return NULL;
}

void lease_stop(struct lease *lease, void (*stopped)(void *ctx), void *ctx)
{
    lease->stopped = stopped;
    lease->stopped_ctx = ctx;
    lease->stopping = true;
    timer_stop(&lease->timer);
    if (!kube_call_in_flight(&lease->call))
        release(lease);
}

bool lease_is_held(const struct lease *lease)
{
    return lease->held;
}

const char *lease_holder(const struct lease *lease)
{
    return lease->holder;
}
