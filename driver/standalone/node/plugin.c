/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One plugin. The registration connection lasts for one round of questions; the service connection stays, and
 * is made again when it is lost.
 */

#include "driver/standalone/node/plugin.h"
#include "api/base/buf.h"
#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/kubelet/registration.pb-c.h"
#include "api/kubelet/services.h"
#include "driver/loop/backoff.h"

enum {
    GET_INFO_MS = 11000, /* ten seconds for the connection, one for the answer */
    NOTIFY_MS = 5000,
    RETRY_LEAST_MS = 500,
    RETRY_MOST_MS = 122000,
    RECONNECT_MS = 1000,
};

enum plugin_state {
    PLUGIN_AWAIT_RETRY,
    PLUGIN_AWAIT_INFO,
    PLUGIN_AWAIT_NOTIFY,
    PLUGIN_REGISTERED,
    PLUGIN_STOPPED,
};

struct plugin {
    struct loop *loop;
    char *path;
    struct plugin_listener listener;
    enum plugin_state state;
    struct plugin_info info; /* the driver is NULL until it was validated */
    struct grpc_client *registration, *service;
    struct grpc_request request;
    struct timer retry, reconnect;
    struct backoff backoff;
    bool accepted; /* what Notify says */
    unsigned refs; /* ours, and one for each client */
    void (*on_gone)(void *data);
    void *gone_data;
};

static void plugin_begin(struct plugin *plugin);

static void plugin_unref(void *data)
{
    struct plugin *plugin = data;
    if (--plugin->refs)
        return;
    void (*on_gone)(void *) = plugin->on_gone;
    void *gone_data = plugin->gone_data;
    plugin_info_done(&plugin->info);
    free(plugin->path);
    free(plugin);
    if (on_gone)
        on_gone(gone_data);
}

static struct error *client_new(struct plugin *plugin, const char *path,
                                void (*on_change)(struct grpc_client *client, bool connected, void *data),
                                struct grpc_client **out)
{
    struct grpc_client_options options = { .path = path, .on_change = on_change, .data = plugin };
    TRY(grpc_client_new(plugin->loop, &options, out));
    plugin->refs++;
    return NULL;
}

static void client_stop(struct plugin *plugin, struct grpc_client **client)
{
    if (*client)
        grpc_client_stop(take(*client), plugin_unref, plugin);
}

static void on_retry(struct timer *timer)
{
    plugin_begin(container_of(timer, struct plugin, retry));
}

static void retry_later(struct plugin *plugin, struct error *err)
{
    plugin->state = PLUGIN_AWAIT_RETRY;
    log_error_free(LOG_WARN, "a plugin was not registered", error_wrap(err, "%s", plugin->path));
    client_stop(plugin, &plugin->registration);
    client_stop(plugin, &plugin->service);
    plugin_info_done(&plugin->info);
    timer_start(&plugin->retry, plugin->loop, backoff_next(&plugin->backoff), on_retry);
}

static void on_reconnect(struct timer *timer)
{
    struct plugin *plugin = container_of(timer, struct plugin, reconnect);
    grpc_client_connect(plugin->service);
}

static void on_service_change(struct grpc_client *client, bool connected, void *data)
{
    struct plugin *plugin = data;
    if (client != plugin->service)
        return;
    if (!connected)
        timer_start(&plugin->reconnect, plugin->loop, RECONNECT_MS, on_reconnect);
    if (plugin->state == PLUGIN_REGISTERED)
        plugin->listener.changed(plugin, plugin->listener.data);
}

/* Kubelet takes a plugin that it has accepted even if telling it so fails. */
static void on_notified(struct grpc_request *request, const struct grpc_result *result)
{
    struct plugin *plugin = container_of(request, struct plugin, request);
    if (plugin->state == PLUGIN_STOPPED) {
        plugin_unref(plugin);
        return;
    }
    struct error *err = grpc_result_error(result);
    if (!plugin->accepted) {
        error_free(err);
        retry_later(plugin, error_invalid("refused"));
        plugin_unref(plugin);
        return;
    }
    log_error_free(LOG_WARN, "telling a plugin that it is registered", err);
    client_stop(plugin, &plugin->registration);
    backoff_reset(&plugin->backoff);
    plugin->state = PLUGIN_REGISTERED;
    log_info("plugin registered", kv_str("driver", plugin->info.driver), kv_str("socket", plugin->path));
    plugin->listener.changed(plugin, plugin->listener.data);
    plugin_unref(plugin);
}

static void ask(struct plugin *plugin, const char *path, struct span message, uint64_t timeout_ms,
                void (*done)(struct grpc_request *request, const struct grpc_result *result))
{
    plugin->request =
        (struct grpc_request){ .path = path, .message = message, .timeout_ms = timeout_ms, .done = done };
    plugin->refs++; /* given back by DONE */
    grpc_request_start(plugin->registration, &plugin->request);
}

static void notify(struct plugin *plugin, const char *failure)
{
    Registration__RegistrationStatus status = REGISTRATION__REGISTRATION_STATUS__INIT;
    status.plugin_registered = !failure;
    status.error = (char *)(failure ? failure : "");
    size_t size = registration__registration_status__get_packed_size(&status);
    cleanup_free uint8_t *bytes = mem_new(size, 1);
    registration__registration_status__pack(&status, bytes);
    plugin->accepted = !failure;
    plugin->state = PLUGIN_AWAIT_NOTIFY;
    ask(plugin, KUBELET_PATH_NOTIFY, (struct span){ (const char *)bytes, size }, NOTIFY_MS, on_notified);
}

static void on_info(struct grpc_request *request, const struct grpc_result *result)
{
    struct plugin *plugin = container_of(request, struct plugin, request);
    if (plugin->state == PLUGIN_STOPPED) {
        plugin_unref(plugin);
        return;
    }
    struct error *err = grpc_result_error(result);
    if (err) {
        retry_later(plugin, error_wrap(err, "GetInfo"));
        plugin_unref(plugin);
        return;
    }
    err = plugin_info_decode(result->message, plugin->path, &plugin->info);
    if (!err)
        err = client_new(plugin, plugin->info.endpoint, on_service_change, &plugin->service);
    if (err)
        log_warn("a plugin is refused", kv_str("socket", plugin->path), kv_error(err));
    else
        grpc_client_connect(plugin->service);
    notify(plugin, err ? err->text : NULL);
    error_free(err);
    plugin_unref(plugin);
}

static void plugin_begin(struct plugin *plugin)
{
    struct error *err = client_new(plugin, plugin->path, NULL, &plugin->registration);
    if (err) {
        retry_later(plugin, err);
        return;
    }
    plugin->state = PLUGIN_AWAIT_INFO;
    ask(plugin, KUBELET_PATH_GET_INFO, SPAN(""), GET_INFO_MS, on_info);
}

struct plugin *plugin_new(struct loop *loop, const char *socket_path, struct plugin_listener listener)
{
    struct plugin *plugin = NEW(struct plugin);
    plugin->loop = loop;
    plugin->path = mem_strdup(socket_path);
    plugin->listener = listener;
    plugin->backoff = BACKOFF_INIT(RETRY_LEAST_MS, RETRY_MOST_MS);
    plugin->refs = 1;
    plugin_begin(plugin);
    return plugin;
}

void plugin_stop(struct plugin *plugin, void (*on_gone)(void *data), void *data)
{
    plugin->state = PLUGIN_STOPPED;
    plugin->on_gone = on_gone;
    plugin->gone_data = data;
    timer_stop(&plugin->retry);
    timer_stop(&plugin->reconnect);
    client_stop(plugin, &plugin->registration);
    client_stop(plugin, &plugin->service);
    plugin_unref(plugin);
}

const char *plugin_driver(const struct plugin *plugin)
{
    return plugin->state == PLUGIN_REGISTERED ? plugin->info.driver : NULL;
}

enum plugin_version plugin_version_of(const struct plugin *plugin)
{
    return plugin->info.version;
}

struct grpc_client *plugin_service(const struct plugin *plugin)
{
    return plugin->service;
}

bool plugin_is_connected(const struct plugin *plugin)
{
    return plugin->service && grpc_client_is_connected(plugin->service);
}
