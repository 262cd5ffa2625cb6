/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kubeconfig names clusters, users and contexts (a cluster, a user and a namespace). We need one context.
 * Upstream: client-go tools/clientcmd.
 */

#include "driver/kube/config.h"

#include "api/base/buf.h"
#include "api/base/file.h"
#include "api/value/yaml.h"
#include "driver/kube/base64.h"

#include <stdio.h>

enum { MAX_KUBECONFIG_BYTES = 1024 * 1024, MAX_CREDENTIAL_BYTES = 256 * 1024 };

#define ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

void kube_config_done(struct kube_config *config)
{
    arena_free(config->arena);
    *config = (struct kube_config){ 0 };
}

/* The FIELD ("cluster") of the entry named NAME in the list LIST ("clusters"). */
static const struct value *find_named(const struct value *root, const char *list, const char *name,
                                      const char *field)
{
    value_each (value_get(root, list), entry) {
        const char *entry_name = value_path_string(entry, "name");
        if (entry_name && strcmp(entry_name, name) == 0)
            return value_get(entry, field);
    }
    return NULL;
}

static const char *copy_string(struct arena *arena, const struct value *object, const char *name)
{
    const char *text = value_path_string(object, name);
    return text && *text ? arena_strdup(arena, text) : NULL;
}

/* A file named in the kubeconfig: relative to the kubeconfig's folder. */
static const char *copy_path(struct arena *arena, const struct value *object, const char *name,
                             const char *folder)
{
    const char *path = copy_string(arena, object, name);
    return path && path[0] != '/' && folder ? arena_printf(arena, "%s/%s", folder, path) : path;
}

static struct error *copy_base64(struct arena *arena, const struct value *object, const char *name,
                                 struct span *out)
{
    const char *text = value_path_string(object, name);
    if (!text || !*text)
        return NULL;
    cleanup_buf struct buf bytes = BUF_INIT(MAX_CREDENTIAL_BYTES);
    TRY(error_wrap(base64_decode(span_of(text), &bytes), "%s", name));
    *out = (struct span){ arena_span(arena, buf_span(&bytes)), bytes.length };
    return NULL;
}

static struct error *read_cluster(struct kube_config *config, const struct value *cluster, const char *folder)
{
    config->server = copy_string(config->arena, cluster, "server");
    if (!config->server)
        return error_invalid("the cluster has no server");
    config->ca_file = copy_path(config->arena, cluster, "certificate-authority", folder);
    TRY(copy_base64(config->arena, cluster, "certificate-authority-data", &config->ca_pem));
    config->tls_server_name = copy_string(config->arena, cluster, "tls-server-name");
    config->proxy_url = copy_string(config->arena, cluster, "proxy-url");
    config->insecure = value_true(value_get(cluster, "insecure-skip-tls-verify"));
    return NULL;
}

static struct error *read_user(struct kube_config *config, const struct value *user, const char *folder)
{
    if (value_get(user, "exec") || value_get(user, "auth-provider"))
        return error_hint(
            error_invalid("the user gets its credentials from a plugin, which is not supported"),
            "use a kubeconfig with a token, a tokenFile or a client certificate");
    if (value_get(user, "username"))
        return error_hint(error_invalid("the user has a password, which API servers no longer take"),
                          "use a token or a client certificate");
    config->token = copy_string(config->arena, user, "token");
    config->token_file = copy_path(config->arena, user, "tokenFile", folder);
    config->cert_file = copy_path(config->arena, user, "client-certificate", folder);
    config->key_file = copy_path(config->arena, user, "client-key", folder);
    TRY(copy_base64(config->arena, user, "client-certificate-data", &config->cert_pem));
    return copy_base64(config->arena, user, "client-key-data", &config->key_pem);
}

static struct error *read_context(struct kube_config *config, const struct value *root, const char *folder,
                                  const char *name)
{
    const struct value *context = find_named(root, "contexts", name, "context");
    if (!context)
        return error_hint(error_not_found("there is no context \"%s\"", name),
                          "kubectl config get-contexts lists them");
    const char *cluster_name = value_path_string(context, "cluster");
    const char *user_name = value_path_string(context, "user");
    const struct value *cluster = cluster_name ? find_named(root, "clusters", cluster_name, "cluster") : NULL;
    if (!cluster)
        return error_not_found("context \"%s\": there is no cluster \"%s\"", name,
                               cluster_name ? cluster_name : "");
    const struct value *user = user_name ? find_named(root, "users", user_name, "user") : NULL;
    if (user_name && *user_name && !user)
        return error_not_found("context \"%s\": there is no user \"%s\"", name, user_name);
    TRY(error_wrap(read_cluster(config, cluster, folder), "cluster \"%s\"", cluster_name));
    TRY(error_wrap(read_user(config, user, folder), "user \"%s\"", user_name));
    const char *namespace = copy_string(config->arena, context, "namespace");
    config->namespace = namespace ? namespace : "default";
    return NULL;
}

static struct error *parse(struct kube_config *config, const char *file, struct span text, const char *folder,
                           const char *context)
{
    cleanup_arena struct arena *scratch = arena_new();
    value_vec documents = { 0 };
    struct error *err = yaml_parse(scratch, file, text, &documents);
    const struct value *root = !err && documents.length ? documents.items[0] : NULL;
    vec_done(&documents);
    TRY(err);
    if (!value_is(root, VALUE_OBJECT))
        return error_invalid("%s: not a kubeconfig", file);
    const char *name = context ? context : value_path_string(root, "current-context");
    if (!name || !*name)
        return error_hint(error_invalid("%s: no current-context", file), "name one with --context");
    config->source = arena_strdup(config->arena, file);
    return error_wrap(read_context(config, root, folder, name), "%s", file);
}

struct error *kube_config_parse(const char *file, struct span text, const char *folder, const char *context,
                                struct kube_config *out)
{
    struct kube_config config = { .arena = arena_new() };
    struct error *err = parse(&config, file, text, folder, context);
    if (err) {
        kube_config_done(&config);
        return err;
    }
    *out = config;
    return NULL;
}

static struct error *load_file(const char *path, const char *context, struct kube_config *out)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_KUBECONFIG_BYTES);
    TRY(error_wrap(file_read(path, &text), "kubeconfig"));
    cleanup_arena struct arena *scratch = arena_new();
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? arena_strndup(scratch, path, (size_t)(slash - path)) : ".";
    return kube_config_parse(path, buf_span(&text), folder, context, out);
}

static bool is_readable(const char *path)
{
    return access(path, R_OK) == 0;
}

static struct error *load_from_list(const char *list, const char *context, struct kube_config *out)
{
    cleanup_arena struct arena *scratch = arena_new();
    for (struct span rest = span_of(list), path; rest.data;) {
        path = span_split(rest, ':', &rest);
        const char *name = arena_span(scratch, path);
        if (path.length && is_readable(name))
            return load_file(name, context, out);
    }
    return error_hint(error_not_found("no file in KUBECONFIG=%s can be read", list),
                      "set KUBECONFIG or --kubeconfig");
}

static const char *account_namespace(struct arena *arena)
{
    cleanup_buf struct buf text = BUF_INIT(256);
    struct error *err = file_read(ACCOUNT_FOLDER "/namespace", &text);
    bool missing = err || !text.length;
    error_free(err);
    return missing ? "default" : arena_span(arena, buf_span(&text));
}

static struct error *load_account(const char *host, const char *port, struct kube_config *out)
{
    struct arena *arena = arena_new();
    bool is_ipv6 = strchr(host, ':') != NULL;
    *out = (struct kube_config){
        .arena = arena,
        .server = arena_printf(arena, is_ipv6 ? "https://[%s]:%s" : "https://%s:%s", host, port),
        .ca_file = ACCOUNT_FOLDER "/ca.crt",
        .token_file = ACCOUNT_FOLDER "/token",
        .namespace = account_namespace(arena),
        .source = "the pod's service account",
    };
    return NULL;
}

struct error *kube_config_load(const char *path, const char *context, struct kube_config *out)
{
    if (path && *path)
        return load_file(path, context, out);
    const char *list = getenv("KUBECONFIG");
    if (list && *list)
        return load_from_list(list, context, out);
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    if (host && *host && port && *port && is_readable(ACCOUNT_FOLDER "/token"))
        return load_account(host, port, out);
    const char *home = getenv("HOME");
    cleanup_arena struct arena *scratch = arena_new();
    const char *fallback = arena_printf(scratch, "%s/.kube/config", home ? home : "");
    if (is_readable(fallback))
        return load_file(fallback, context, out);
    return error_hint(error_not_found("there is no kubeconfig and no service account"),
                      "set --kubeconfig or KUBECONFIG, or run in a pod with a service account");
}
