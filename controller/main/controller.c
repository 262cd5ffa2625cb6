/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/main/controller.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/base/uuid.h"
#include "controller/claims/claims.h"
#include "controller/classes/classes.h"
#include "controller/main/figures.h"
#include "controller/policy/policies.h"
#include "controller/policy/pools.h"
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
    struct policies *policies;
    struct classes *classes;
    struct pools *pools;
    struct claims *claims;
    struct figures figures;
    struct endpoint *endpoint;
    bool leading;
};

/* --- policies --- */

/* Events about policies stand on the namespace that we live in: there is no object for a folder. */
static struct event_target own_namespace(const struct controller *controller)
{
    return (struct event_target){
        .api_version = "v1", .kind = "Namespace", .name = kube_client_namespace(controller->client), .uid = ""
    };
}

static void on_policies_loaded(void *ctx, const struct policy_set *set)
{
    struct controller *controller = ctx;
    if (controller->classes)
        classes_set(controller->classes, set->classes.items, set->classes.length);
    if (controller->pools)
        pools_set(controller->pools, set);
    if (controller->claims)
        claims_policies_changed(controller->claims);
}

static void on_policy_problem(void *ctx, const char *file, const struct error *err, bool kept)
{
    struct controller *controller = ctx;
    struct event_target target = own_namespace(controller);
    (void)file; /* the error names it */
    if (controller->leading)
        recorder_event(controller->recorder, &target, EVENT_WARNING, "PolicyInvalid", "%s%s%s%s", err->text,
                       err->hint ? "; " : "", err->hint ? err->hint : "",
                       kept ? " (the last good policies stay in force)" : "");
}

static void on_class_problem(void *ctx, const char *name, const struct error *err)
{
    struct controller *controller = ctx;
    struct event_target target = own_namespace(controller);
    recorder_event(controller->recorder, &target, EVENT_WARNING, "ClassNotPublished", "DeviceClass %s: %s",
                   name, err->text);
}

static void on_pool_problem(void *ctx, const char *name, const struct error *err)
{
    struct controller *controller = ctx;
    struct event_target target = own_namespace(controller);
    recorder_event(controller->recorder, &target, EVENT_WARNING, "PoolNotPublished", "%s: %s", name,
                   err->text);
}

static const struct policy_set *find_policies(void *ctx)
{
    const struct controller *controller = ctx;
    return policies_current(controller->policies);
}

static void observe_search(void *ctx, double seconds)
{
    struct controller *controller = ctx;
    figures_search(&controller->figures, seconds);
}

static struct error *start_policies(struct controller *controller)
{
    struct policies_options options = { .folder = controller->options.policy_folder,
                                        .on_loaded = on_policies_loaded,
                                        .on_problem = on_policy_problem,
                                        .ctx = controller };
    return policies_start(controller->loop, &options, &controller->policies);
}

/* --- leading --- */

static struct error *start_work(struct controller *controller)
{
    const struct controller_options *options = &controller->options;
    struct classes_options classes = { .driver = options->driver,
                                       .controller_allocates = strcmp(options->allocator, "controller") == 0,
                                       .on_problem = on_class_problem,
                                       .ctx = controller };
    struct pools_options pools = { .driver = options->driver,
                                   .controller_allocates = classes.controller_allocates,
                                   .on_problem = on_pool_problem,
                                   .ctx = controller };
    struct claims_options claims = { .recorder = controller->recorder,
                                     .driver = options->driver,
                                     .step_budget = (uint64_t)options->step_budget,
                                     .features = features_all(),
                                     .fenced = classes.controller_allocates,
                                     .find_policies = find_policies,
                                     .observe_search = observe_search,
                                     .ctx = controller };
    TRY(features_set_release(&claims.features, options->kube_version));
    controller->leading = true;
    TRY(classes_start(controller->client, &classes, &controller->classes));
    TRY(pools_start(controller->client, &pools, &controller->pools));
    TRY(claims_start(controller->client, &claims, &controller->claims));
    if (find_policies(controller))
        on_policies_loaded(controller, find_policies(controller));
    return NULL;
}

static void on_leading(void *ctx)
{
    struct controller *controller = ctx;
    log_info("leading", kv_str("identity", controller->options.identity));
    struct error *err = start_work(controller);
    if (!err)
        return;
    log_error_free(LOG_ERROR, "the controller cannot start its work", err);
    loop_stop_now(controller->loop);
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
    if (!options->leader_elect)
        return start_work(controller);
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

static void collect(void *ctx)
{
    struct controller *controller = ctx;
    figures_collect(&controller->figures, controller->leading, controller->claims, controller->policies);
}

static struct error *start_endpoint(struct controller *controller)
{
    metrics_on_collect(controller->figures.metrics, collect, controller);
    if (!*controller->options.metrics_address)
        return NULL;
    struct endpoint_options options = { .listen = controller->options.metrics_address,
                                        .metrics = controller->figures.metrics,
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

static void on_policies_stopped(void *ctx)
{
    struct controller *controller = ctx;
    controller->policies = NULL;
    if (controller->endpoint)
        endpoint_stop(take(controller->endpoint), on_endpoint_stopped, controller);
    else
        on_endpoint_stopped(controller);
}

static void on_lease_stopped(void *ctx)
{
    struct controller *controller = ctx;
    controller->lease = NULL;
    if (controller->policies)
        policies_stop(controller->policies, on_policies_stopped, controller);
    else
        on_policies_stopped(controller);
}

static void on_pools_stopped(void *ctx)
{
    struct controller *controller = ctx;
    controller->pools = NULL;
    if (controller->lease)
        lease_stop(controller->lease, on_lease_stopped, controller);
    else
        on_lease_stopped(controller);
}

static void on_classes_stopped(void *ctx)
{
    struct controller *controller = ctx;
    controller->classes = NULL;
    if (controller->pools)
        pools_stop(controller->pools, on_pools_stopped, controller);
    else
        on_pools_stopped(controller);
}

static void on_claims_stopped(void *ctx)
{
    struct controller *controller = ctx;
    controller->claims = NULL;
    if (controller->classes)
        classes_stop(controller->classes, on_classes_stopped, controller);
    else
        on_classes_stopped(controller);
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
    figures_init(&controller->figures, options->driver, options->allocator);
    TRY(start_endpoint(controller));
    TRY(start_policies(controller));
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
    figures_done(&controller->figures);
    arena_free(controller->arena);
    free(controller);
}
