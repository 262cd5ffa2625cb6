/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/main/controller.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/base/uuid.h"
#include "controller/claims/claims.h"
#include "driver/kube/lease.h"
#include "driver/metrics/endpoint.h"

#include <unistd.h>

#define USER_AGENT "tranche-controller/" TRANCHE_VERSION

struct controller {
    struct loop *loop;
    struct controller_options options;
    struct arena *arena;
    struct stop_hook hook;
    struct kube_client *client;
    struct recorder *recorder;
    struct lease *lease;
    struct claims *claims;
    struct metrics *metrics;
    struct endpoint *endpoint;
    struct deferred fall;
    bool leading;
};

/* --- leading --- */

static void lead(struct controller *controller)
{
    controller->leading = true;
    struct claims_options options = { .recorder = controller->recorder,
                                      .driver = controller->options.driver,
                                      .step_budget = (uint64_t)controller->options.step_budget };
    struct error *err = claims_start(controller->client, &options, &controller->claims);
    if (!err)
        return;
    log_error_free(LOG_ERROR, "the controller cannot start its work", err);
    loop_stop_now(controller->loop);
}

static void on_leading(void *ctx)
{
    struct controller *controller = ctx;
    log_info("leading", kv_str("identity", controller->options.identity));
    lead(controller);
}

/* Not one write more: whoever holds the lease now may be writing already. */
static void on_lost(void *ctx)
{
    struct controller *controller = ctx;
    log_error("the lease is lost, so this controller ends",
              kv_str("holder", lease_holder(controller->lease)));
    loop_stop_now(controller->loop);
}

static const char *make_identity(struct controller *controller)
{
    char host[256] = "unknown", uuid[UUID_TEXT_SIZE];
    (void)gethostname(host, sizeof(host) - 1);
    uuid_make(uuid);
    return arena_printf(controller->arena, "%s_%s", host, uuid);
}

static struct error *stand_for_election(struct controller *controller)
{
    struct controller_options *options = &controller->options;
    if (!options->leader_elect) {
        lead(controller);
        return NULL;
    }
    if (!*options->identity)
        options->identity = make_identity(controller);
    if (!*options->lease_namespace)
        options->lease_namespace = arena_strdup(controller->arena, kube_client_namespace(controller->client));
    if (!*options->lease_name)
        options->lease_name = arena_printf(controller->arena, "tranche-controller.%s", options->driver);
    struct lease_options lease = { .namespace = options->lease_namespace,
                                   .name = options->lease_name,
                                   .identity = options->identity,
                                   .release_on_stop = true,
                                   .on_leading = on_leading,
                                   .on_lost = on_lost,
                                   .ctx = controller };
    return lease_start(controller->client, &lease, &controller->lease);
}

/* --- figures --- */

static const char *not_ready(void *ctx)
{
    const struct controller *controller = ctx;
    if (!controller->leading)
        return NULL; /* a spare one does its job by waiting */
    return controller->claims ? claims_not_ready(controller->claims) : "starting\n";
}

static struct error *start_endpoint(struct controller *controller)
{
    if (!*controller->options.metrics_address)
        return NULL;
    struct endpoint_options options = { .listen = controller->options.metrics_address,
                                        .metrics = controller->metrics,
                                        .not_ready = not_ready,
                                        .ctx = controller };
    return endpoint_start(controller->loop, &options, &controller->endpoint);
}

/* --- stop: the writers first, then the lease, so that nobody begins before we have ended --- */

static void on_endpoint_stopped(void *ctx)
{
    struct controller *controller = ctx;
    recorder_stop(take(controller->recorder));
    kube_client_stop(take(controller->client));
    stop_hook_finished(&controller->hook);
}

static void on_lease_stopped(void *ctx)
{
    struct controller *controller = ctx;
    controller->lease = NULL;
    if (controller->endpoint)
        endpoint_stop(take(controller->endpoint), on_endpoint_stopped, controller);
    else
        on_endpoint_stopped(controller);
}

static void on_claims_stopped(void *ctx)
{
    struct controller *controller = ctx;
    controller->claims = NULL;
    if (controller->lease)
        lease_stop(controller->lease, on_lease_stopped, controller);
    else
        on_lease_stopped(controller);
}

static void on_stop(struct stop_hook *hook)
{
    struct controller *controller = container_of(hook, struct controller, hook);
    log_info("stopping");
    if (controller->claims)
        claims_stop(controller->claims, on_claims_stopped, controller);
    else
        on_claims_stopped(controller);
}

static struct error *start(struct controller *controller)
{
    const struct controller_options *options = &controller->options;
    TRY(controller_options_check(options));
    cleanup_kube_config struct kube_config config = { 0 };
    TRY(kube_config_load(options->kubeconfig, options->context, &config));
    TRY(kube_client_new(controller->loop, &config, USER_AGENT, &controller->client));
    loop_on_stop(controller->loop, &controller->hook, on_stop);
    TRY(recorder_new(controller->client, "tranche-controller", NULL, &controller->recorder));
    controller->metrics = metrics_new();
    TRY(start_endpoint(controller));
    return stand_for_election(controller);
}

struct error *controller_start(struct loop *loop, const struct controller_options *options,
                               struct controller **out)
{
    struct controller *controller = NEW(struct controller);
    controller->loop = loop;
    controller->options = *options;
    controller->arena = arena_new();
    *out = controller;
    return start(controller);
}

void controller_free(struct controller *controller)
{
    metrics_free(controller->metrics);
    arena_free(controller->arena);
    free(controller);
}
