/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/main/plugin.h"

#include "api/base/file.h"
#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/value/yaml.h"
#include "driver/device/inventory_backend.h"
#include "driver/metrics/endpoint.h"
#include "kubelet-plugin/main/publish.h"
#include "kubelet-plugin/prepare/recover.h"
#include "kubelet-plugin/registration/registration.h"
#include "kubelet-plugin/registration/socket_names.h"
#include "kubelet-plugin/service/service.h"
#include "kubelet-plugin/service/sweep.h"
#include "kubelet-plugin/state/boot.h"

#define USER_AGENT "tranche-kubelet-plugin/" TRANCHE_VERSION

/* One is the publisher's watch. Claims of many pods at once share the others: a handshake costs more than a
 * turn. */
enum { MAX_CONNECTIONS = 6 };

struct plugin {
    struct loop *loop;
    struct plugin_options options;
    struct arena *arena;
    struct stop_hook hook;
    uint64_t grace_ms;

    struct backend **backends;
    size_t n_backends;
    struct record_store store;
    char *boot_id;
    struct prepare_ground ground;
    struct engine engine;

    struct kube_client *client;
    struct recorder *recorder;
    struct service *service;
    struct sweep *sweep;
    struct registration *registration;
    struct publisher *publisher;
    struct device_publisher devices;
    struct metrics *metrics;
    struct endpoint *endpoint;
    struct plugin_metrics {
        struct metric *prepared, *prepare_errors, *unprepared, *unprepare_errors, *batches, *devices,
            *unhealthy, *swept, *publish_writes, *publish_failures, *registered, *connections, *calls;
    } series;
};

/* --- metrics --- */

static void make_metrics(struct plugin *plugin)
{
    struct metrics *m = plugin->metrics = metrics_new();
    struct plugin_metrics *s = &plugin->series;
    s->prepared =
        metric_new(m, METRIC_COUNTER, "tranche_claims_prepared_total", "Claims prepared, repetitions too.");
    s->prepare_errors =
        metric_new(m, METRIC_COUNTER, "tranche_claim_prepare_errors_total", "Prepares that failed.");
    s->unprepared = metric_new(m, METRIC_COUNTER, "tranche_claims_unprepared_total", "Claims unprepared.");
    s->unprepare_errors =
        metric_new(m, METRIC_COUNTER, "tranche_claim_unprepare_errors_total", "Unprepares that failed.");
    s->batches = metric_new(m, METRIC_COUNTER, "tranche_prepare_batches_total", "Group commits of claims.");
    s->swept =
        metric_new(m, METRIC_COUNTER, "tranche_stale_claims_total", "Claims unprepared though nobody asked.");
    s->devices = metric_new(m, METRIC_GAUGE, "tranche_devices", "Devices found on this node.");
    s->unhealthy = metric_new(m, METRIC_GAUGE, "tranche_devices_unhealthy", "Devices found broken.");
    s->publish_writes =
        metric_new(m, METRIC_COUNTER, "tranche_slice_writes_total", "ResourceSlices written.");
    s->publish_failures =
        metric_new(m, METRIC_COUNTER, "tranche_slice_failures_total", "Publications that failed.");
    s->registered =
        metric_new(m, METRIC_GAUGE, "tranche_kubelet_registered", "1 if kubelet took the plugin.");
    s->connections =
        metric_new(m, METRIC_GAUGE, "tranche_kubelet_connections", "Connections to the DRA service.");
    s->calls = metric_seconds(m, "tranche_grpc_call_seconds", "Calls from kubelet, by method and code.");
}

static void collect_metrics(void *ctx)
{
    struct plugin *plugin = ctx;
    struct plugin_metrics *s = &plugin->series;
    struct service_stats service = service_stats(plugin->service);
    struct publisher_stats publisher = publisher_stats(plugin->publisher);
    metric_set(s->prepared, (double)service.n_prepared);
    metric_set(s->prepare_errors, (double)service.n_prepare_errors);
    metric_set(s->unprepared, (double)service.n_unprepared);
    metric_set(s->unprepare_errors, (double)service.n_unprepare_errors);
    metric_set(s->batches, (double)plugin->engine.n_batches);
    metric_set(s->swept, (double)sweep_count(plugin->sweep));
    metric_set(s->devices, (double)plugin->devices.n_devices);
    metric_set(s->unhealthy, (double)plugin->devices.n_unhealthy);
    metric_set(s->publish_writes, (double)publisher.n_writes);
    metric_set(s->publish_failures, (double)publisher.n_failures);
    metric_set(s->registered, registration_is_registered(plugin->registration));
    metric_set(s->connections, (double)service_n_connections(plugin->service));
}

static void observe_call(const struct grpc_call_record *record, void *data)
{
    struct plugin *plugin = data;
    const char *method = strrchr(record->path, '/');
    struct metric *series = metric_with2(plugin->series.calls, "method", method ? method + 1 : record->path,
                                         "code", grpc_code_name(record->code));
    metric_observe(series, (double)record->nanos / 1e9);
}

static const char *not_ready(void *ctx)
{
    const struct plugin *plugin = ctx;
    if (!registration_is_bound(plugin->registration) || !service_is_bound(plugin->service))
        return "a socket was removed and is being bound again\n";
    if (!registration_is_registered(plugin->registration))
        return "kubelet has not registered the plugin yet\n";
    return NULL;
}

/* --- start --- */

/* "partitions=4,shared=true" as an object. Values are YAML's scalars: what looks like a number is one. */
static struct error *parse_parameters(struct arena *arena, const char *text, struct value **out)
{
    *out = text ? value_object(arena) : NULL;
    for (struct span rest = span_of(text), pair; text && rest.data;) {
        struct span value, name;
        pair = span_split(rest, ',', &rest);
        name = span_split(pair, '=', &value);
        if (!value.data || !name.length)
            return error_invalid("\"" SPAN_FMT "\" is not of the form NAME=VALUE", SPAN_ARG(pair));
        value_vec documents = { 0 };
        struct error *err = yaml_parse(arena, arena_span(arena, name), value, &documents);
        if (!err && documents.length == 1)
            value_set_span(arena, *out, name, documents.items[0]);
        vec_done(&documents);
        TRY(err);
    }
    return NULL;
}

static struct error *open_backend(struct plugin *plugin)
{
    struct value *parameters;
    TRY(error_wrap(parse_parameters(plugin->arena, plugin->options.parameters, &parameters),
                   "flag --inventory-parameters"));
    struct inventory_options options = { .path = plugin->options.inventory,
                                         .driver = plugin->options.driver,
                                         .parameters = parameters };
    TRY(error_hint(inventory_backends_open(&options, &plugin->backends, &plugin->n_backends),
                   "--driver-name must be what the inventory says in spec.driver"));
    plugin->ground.backend = plugin->backends[0];
    return NULL;
}

static struct error *open_state(struct plugin *plugin)
{
    size_t n_quarantined;
    TRY(boot_id_read(NULL, &plugin->boot_id));
    const char *folder = arena_printf(plugin->arena, "%s/claims", plugin->options.plugin_folder);
    TRY(record_store_open(&plugin->store, folder, &n_quarantined));
    plugin->ground.driver = plugin->options.driver;
    plugin->ground.node_name = plugin->options.node_name;
    plugin->ground.boot_id = plugin->boot_id;
    plugin->ground.store = &plugin->store;
    plugin->ground.cdi = (struct cdi_folder){ plugin->options.cdi_folder, plugin->options.driver };
    TRY(ground_recover(&plugin->ground));
    engine_init(&plugin->engine, plugin->loop, &plugin->ground);
    return NULL;
}

static struct error *connect_api(struct plugin *plugin)
{
    cleanup_kube_config struct kube_config config = { 0 };
    TRY(kube_config_load(plugin->options.kubeconfig, plugin->options.context, &config));
    config.max_connections = MAX_CONNECTIONS;
    TRY(kube_client_new(plugin->loop, &config, USER_AGENT, &plugin->client));
    return recorder_new(plugin->client, "tranche-kubelet-plugin", plugin->options.node_name,
                        &plugin->recorder);
}

static struct error *start_sockets(struct plugin *plugin)
{
    char *endpoint, *registry;
    TRY(service_socket_path(plugin->arena, plugin->options.plugin_folder, plugin->options.pod_uid,
                            &endpoint));
    TRY(registration_socket_path(plugin->arena, plugin->options.registry_folder, plugin->options.driver,
                                 plugin->options.pod_uid, &registry));
    struct service_options service = {
        .socket_path = endpoint,
        .client = plugin->client,
        .recorder = plugin->recorder,
        .engine = &plugin->engine,
        .observe = observe_call,
        .observe_data = plugin,
    };
    TRY(service_start(plugin->loop, &service, &plugin->service));
    plugin->sweep =
        sweep_start(plugin->client, &plugin->engine, millis_of_nanos(plugin->options.stale_grace_nanos));
    struct registration_options registration = { .socket_path = registry,
                                                 .driver = plugin->options.driver,
                                                 .endpoint = endpoint };
    return registration_start(plugin->loop, &registration, &plugin->registration);
}

static struct error *start_publishing(struct plugin *plugin)
{
    struct publisher_options options = { .driver = plugin->options.driver,
                                         .node_name = plugin->options.node_name };
    TRY(publisher_start(plugin->client, &options, &plugin->publisher));
    plugin->devices = (struct device_publisher){
        .loop = plugin->loop,
        .backend = plugin->ground.backend,
        .publisher = plugin->publisher,
        .node_name = plugin->options.node_name,
        .for_controller = strcmp(plugin->options.allocator, "controller") == 0,
    };
    return device_publisher_start(&plugin->devices);
}

static struct error *start_endpoint(struct plugin *plugin)
{
    metrics_on_collect(plugin->metrics, collect_metrics, plugin);
    if (!*plugin->options.metrics_address)
        return NULL;
    struct endpoint_options options = { .listen = plugin->options.metrics_address,
                                        .metrics = plugin->metrics,
                                        .not_ready = not_ready,
                                        .ctx = plugin };
    return endpoint_start(plugin->loop, &options, &plugin->endpoint);
}

static void fill_folders(struct plugin *plugin)
{
    struct plugin_options *options = &plugin->options;
    if (!options->registry_folder)
        options->registry_folder =
            arena_printf(plugin->arena, "%s/plugins_registry", options->kubelet_folder);
    if (!options->plugin_folder)
        options->plugin_folder =
            arena_printf(plugin->arena, "%s/plugins/%s", options->kubelet_folder, options->driver);
}

/* --- stop: what kubelet and containers see goes first, what it stands on last --- */

static void on_endpoint_stopped(void *ctx)
{
    struct plugin *plugin = ctx;
    recorder_stop(take(plugin->recorder));
    for (size_t i = 0; i < plugin->n_backends; i++)
        backend_free(plugin->backends[i]);
    plugin->n_backends = 0;
    kube_client_stop(take(plugin->client));
    stop_hook_finished(&plugin->hook);
}

static void on_publisher_stopped(void *ctx)
{
    struct plugin *plugin = ctx;
    plugin->publisher = NULL;
    if (plugin->endpoint)
        endpoint_stop(take(plugin->endpoint), on_endpoint_stopped, plugin);
    else
        on_endpoint_stopped(plugin);
}

static void on_devices_idle(void *ctx)
{
    struct plugin *plugin = ctx;
    if (plugin->publisher)
        publisher_stop(plugin->publisher, on_publisher_stopped, plugin);
    else
        on_publisher_stopped(plugin);
}

static void on_engine_idle(void *ctx)
{
    struct plugin *plugin = ctx;
    engine_done(&plugin->engine);
    if (plugin->devices.loop)
        device_publisher_stop(&plugin->devices, on_devices_idle, plugin);
    else
        on_devices_idle(plugin);
}

static void on_service_stopped(void *ctx)
{
    struct plugin *plugin = ctx;
    plugin->service = NULL;
    engine_stop(&plugin->engine, on_engine_idle, plugin);
}

static void on_sweep_stopped(void *ctx)
{
    struct plugin *plugin = ctx;
    plugin->sweep = NULL;
    if (plugin->service)
        service_stop(plugin->service, plugin->grace_ms, on_service_stopped, plugin);
    else
        on_service_stopped(plugin);
}

static void on_registration_stopped(void *ctx)
{
    struct plugin *plugin = ctx;
    plugin->registration = NULL;
    if (plugin->sweep)
        sweep_stop(plugin->sweep, on_sweep_stopped, plugin);
    else
        on_sweep_stopped(plugin);
}

static void on_stop(struct stop_hook *hook)
{
    struct plugin *plugin = container_of(hook, struct plugin, hook);
    log_info("stopping");
    if (plugin->registration)
        registration_stop(plugin->registration, on_registration_stopped, plugin);
    else
        on_registration_stopped(plugin);
}

static struct error *start(struct plugin *plugin)
{
    TRY(plugin_options_check(&plugin->options));
    fill_folders(plugin);
    make_metrics(plugin);
    TRY(file_make_folder(plugin->options.plugin_folder, 0750));
    TRY(open_backend(plugin));
    TRY(open_state(plugin));
    loop_on_stop(plugin->loop, &plugin->hook, on_stop);
    TRY(connect_api(plugin));
    TRY(start_sockets(plugin));
    TRY(start_publishing(plugin));
    return start_endpoint(plugin);
}

struct error *plugin_start(struct loop *loop, const struct plugin_options *options, struct plugin **out)
{
    struct plugin *plugin = NEW(struct plugin);
    plugin->loop = loop;
    plugin->options = *options;
    plugin->arena = arena_new();
    plugin->grace_ms = millis_of_nanos(options->flags.grace_nanos);
    *out = plugin;
    return start(plugin);
}

void plugin_free(struct plugin *plugin)
{
    record_store_close(&plugin->store);
    for (size_t i = 0; i < plugin->n_backends; i++)
        backend_free(plugin->backends[i]);
    free(plugin->backends);
    metrics_free(plugin->metrics);
    arena_free(plugin->arena);
    free(plugin->boot_id);
    free(plugin);
}
