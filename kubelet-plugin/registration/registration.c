/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/registration/registration.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/kubelet/registration.pb-c.h"
#include "api/kubelet/services.h"

enum { MAX_REPLY_BYTES = 4096, GRACE_MS = 1000 };

struct registration {
    struct grpc_server *server;
    char *driver, *endpoint;
    struct registration_options options;
    bool registered;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

static void reply_with(struct grpc_call *call, const ProtobufCMessage *message)
{
    uint8_t bytes[MAX_REPLY_BYTES];
    if (protobuf_c_message_get_packed_size(message) > sizeof(bytes)) {
        grpc_call_fail(call, error_internal("the plugin's information is too large"));
        return;
    }
    size_t length = protobuf_c_message_pack(message, bytes);
    grpc_call_reply(call, (struct span){ (const char *)bytes, length });
}

/* The first version that kubelet knows is the one it takes, so the newest stands first. */
static void on_get_info(struct grpc_call *call, void *context)
{
    struct registration *registration = context;
    char *versions[] = { (char *)KUBELET_VERSION_DRA_V1, (char *)KUBELET_VERSION_DRA_V1BETA1,
                         (char *)KUBELET_VERSION_HEALTH_V1, (char *)KUBELET_VERSION_HEALTH_V1ALPHA1 };
    Registration__PluginInfo info = REGISTRATION__PLUGIN_INFO__INIT;
    info.type = (char *)KUBELET_PLUGIN_TYPE_DRA;
    info.name = registration->driver;
    info.endpoint = registration->endpoint;
    info.supported_versions = versions;
    info.n_supported_versions = registration->options.with_health ? 4 : 2;
    reply_with(call, &info.base);
}

static void on_notify(struct grpc_call *call, void *context)
{
    struct registration *registration = context;
    struct span request = grpc_call_request(call);
    Registration__RegistrationStatus *status =
        registration__registration_status__unpack(NULL, request.length, (const uint8_t *)request.data);
    if (!status) {
        grpc_call_fail(
            call, error_invalid("the registration status is not the protobuf message that it should be"));
        return;
    }
    registration->registered = status->plugin_registered;
    if (status->plugin_registered)
        log_info("kubelet registered the plugin", kv_str("driver", registration->driver));
    else
        log_warn("kubelet refused the plugin and will try again", kv_str("driver", registration->driver),
                 kv_str("reason", status->error));
    Registration__RegistrationStatusResponse answer = REGISTRATION__REGISTRATION_STATUS_RESPONSE__INIT;
    reply_with(call, &answer.base);
    if (registration->options.on_status)
        registration->options.on_status(registration->options.ctx, status->plugin_registered, status->error);
    registration__registration_status__free_unpacked(status, NULL);
}

static void registration_free(struct registration *registration)
{
    free(registration->driver);
    free(registration->endpoint);
    free(registration);
}

struct error *registration_start(struct loop *loop, const struct registration_options *options,
                                 struct registration **out)
{
    struct registration *registration = NEW(struct registration);
    registration->options = *options;
    registration->driver = mem_strdup(options->driver);
    registration->endpoint = mem_strdup(options->endpoint);
    const struct grpc_method methods[] = {
        { KUBELET_PATH_GET_INFO, on_get_info, registration },
        { KUBELET_PATH_NOTIFY, on_notify, registration },
    };
    struct grpc_server_options server = { .path = options->socket_path,
                                          .methods = methods,
                                          .n_methods = ARRAY_LEN(methods) };
    struct error *err = grpc_server_start(loop, &server, &registration->server);
    if (err) {
        registration_free(registration);
        return error_hint(
            error_wrap(err, "registration"),
            "is kubelet's plugins_registry folder mounted into the plugin, under the same path?");
    }
    *out = registration;
    return NULL;
}

static void on_stopped(void *data)
{
    struct registration *registration = data;
    void (*stopped)(void *) = registration->stopped;
    void *ctx = registration->stopped_ctx;
    registration_free(registration);
    stopped(ctx);
}

void registration_stop(struct registration *registration, void (*stopped)(void *ctx), void *ctx)
{
    registration->stopped = stopped;
    registration->stopped_ctx = ctx;
    grpc_server_stop(registration->server, GRACE_MS, on_stopped, registration);
}

bool registration_is_registered(const struct registration *registration)
{
    return registration->registered;
}

bool registration_is_bound(const struct registration *registration)
{
    return grpc_server_is_bound(registration->server);
}
