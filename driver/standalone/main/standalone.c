/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/standalone/main/standalone.h"

#include "api/base/file.h"
#include "api/base/memory.h"
#include "driver/kube/client.h"
#include "driver/standalone/main/credentials.h"
#include "driver/standalone/node/kubelet.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/roles/roles.h"

#include <unistd.h>

enum { HTTP_GRACE_MS = 2 * 1000, KUBELET_GRACE_MS = 2 * 1000, MAX_HOST_NAME = 256 };

struct standalone {
    struct standalone_options *options;
    struct arena *arena;
    struct loop *loop;
    struct standalone_parts parts;
    struct credentials credentials;
    const char *url, *kubeconfig;
    struct rest_server *rest;
    struct kube_client *client;
    struct roles *roles;
    struct kubelet *kubelet;
    struct stop_hook stop_kubelet, stop_rest, stop_client, stop_roles;
};

static const char *host_name(struct arena *arena)
{
    char name[MAX_HOST_NAME] = "";
    if (gethostname(name, sizeof(name) - 1) != 0 || !*name)
        return "localhost";
    return arena_strdup(arena, name);
}

/* --- the API server --- */

static void on_rest_stopped(void *ctx)
{
    struct standalone *self = ctx;
    stop_hook_finished(&self->stop_rest);
}

static void on_stop_rest(struct stop_hook *hook)
{
    struct standalone *self = container_of(hook, struct standalone, stop_rest);
    rest_stop(self->rest, HTTP_GRACE_MS, on_rest_stopped, self);
}

static struct error *start_rest(struct standalone *self)
{
    const struct standalone_options *options = self->options;
    struct rest_options rest = {
        .kube_version = options->kube_version,
        .log_folder = arena_printf(self->arena, "%s/logs", options->data_folder),
        .feature_gates = options->feature_gates,
        .gate_pods = options->gate,
    };
    TRY(listen_parse(self->arena, options->listen, &rest.address, &rest.port));
    TRY(names_parse(self->arena, options->node_names ? options->node_names : host_name(self->arena),
                    &rest.node_names));
    if (!options->insecure) {
        TRY(credentials_load(options->data_folder, &self->credentials));
        rest.tls = self->credentials.tls;
        rest.token = self->credentials.token;
    }
    TRY(rest_start(self->loop, &rest, &self->rest));
    loop_on_stop(self->loop, &self->stop_rest, on_stop_rest);
    bool v6 = strchr(rest.address, ':') != NULL;
    self->url = arena_printf(self->arena, "%s://%s%s%s:%u", options->insecure ? "http" : "https",
                             v6 ? "[" : "", rest.address, v6 ? "]" : "", rest_port(self->rest));
    return NULL;
}

static struct error *write_kubeconfig(struct standalone *self)
{
    const struct standalone_options *options = self->options;
    self->kubeconfig = options->kubeconfig ? options->kubeconfig
                                           : arena_printf(self->arena, "%s/kubeconfig", options->data_folder);
    return kubeconfig_write(self->kubeconfig, self->url, options->insecure ? NULL : &self->credentials);
}

/* --- its clients in this process --- */

static void on_stop_client(struct stop_hook *hook)
{
    struct standalone *self = container_of(hook, struct standalone, stop_client);
    kube_client_stop(self->client);
    stop_hook_finished(hook);
}

static struct error *start_client(struct standalone *self)
{
    cleanup_kube_config struct kube_config config = { 0 };
    TRY(kube_config_load(self->kubeconfig, NULL, &config));
    TRY(kube_client_new(self->loop, &config, "tranche-standalone", &self->client));
    loop_on_stop(self->loop, &self->stop_client, on_stop_client);
    return NULL;
}

static void on_roles_stopped(void *context)
{
    struct standalone *self = context;
    stop_hook_finished(&self->stop_roles);
}

static void on_stop_roles(struct stop_hook *hook)
{
    struct standalone *self = container_of(hook, struct standalone, stop_roles);
    roles_stop(self->roles, on_roles_stopped, self);
}

static struct error *start_roles(struct standalone *self)
{
    TRY(roles_start(self->client, &self->roles));
    loop_on_stop(self->loop, &self->stop_roles, on_stop_roles);
    return NULL;
}

static void on_kubelet_stopped(void *context)
{
    struct standalone *self = context;
    stop_hook_finished(&self->stop_kubelet);
}

static void on_stop_kubelet(struct stop_hook *hook)
{
    struct standalone *self = container_of(hook, struct standalone, stop_kubelet);
    kubelet_stop(self->kubelet, KUBELET_GRACE_MS, on_kubelet_stopped, self);
}

/* The first of the node names is the node that runs pods. */
static struct error *start_kubelet(struct standalone *self)
{
    const struct standalone_options *options = self->options;
    const char *const *names;
    TRY(names_parse(self->arena, options->node_names ? options->node_names : host_name(self->arena), &names));
    struct kubelet_options kubelet = {
        .node_name = names[0],
        .folder = options->kubelet_folder,
        .state_folder = arena_printf(self->arena, "%s/containers", options->data_folder),
        .log_folder = arena_printf(self->arena, "%s/logs", options->data_folder),
        .root_folder = options->root_folder,
        .kube_version = options->kube_version,
    };
    TRY(kubelet_start(self->client, &kubelet, &self->kubelet));
    loop_on_stop(self->loop, &self->stop_kubelet, on_stop_kubelet);
    return NULL;
}

/* --- all of it --- */

static struct error *start_all(struct standalone *self)
{
    const struct standalone_options *options = self->options;
    TRY(parts_parse(options->roles, &self->parts));
    TRY(file_make_folder(options->data_folder, 0755));
    TRY(start_rest(self));
    TRY(write_kubeconfig(self));
    TRY(start_client(self));
    if (self->parts.cluster)
        TRY(start_roles(self));
    if (self->parts.node)
        TRY(start_kubelet(self));
    printf("tranche-standalone is ready: %s, kubeconfig %s\n", self->url, self->kubeconfig);
    fflush(stdout);
    return NULL;
}

struct error *standalone_start(struct loop *loop, struct standalone_options *options, struct standalone **out)
{
    struct standalone *self = NEW(struct standalone);
    self->options = options;
    self->arena = arena_new();
    self->loop = loop;
    *out = self;
    return start_all(self);
}

void standalone_free(struct standalone *self)
{
    credentials_done(&self->credentials);
    arena_free(self->arena);
    free(self);
}
