/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to one API server: its URL, its credentials, its HTTP client.
 *
 * Tokens of service accounts are rotated about hourly. The file is read again when the copy at hand is older
 * than ten seconds; it is a few hundred bytes on a tmpfs, so reading it on the loop does not block.
 */

#include "driver/kube/client.h"

#include "api/base/file.h"
#include "api/base/memory.h"
#include "driver/kube/client_private.h"

#include <ctype.h>

enum {
    MAX_TOKEN_BYTES = 64 * 1024,
    TOKEN_AGE_MS = 10 * 1000,
    MAX_CONNECTIONS =
        32, /* over HTTP/1.1 each watch keeps one; a handshake costs more than waiting a little */
};

struct kube_client {
    unsigned refs;
    struct loop *loop;
    struct http_client *http;
    char *origin;
    char *namespace;
    char *manager; /* the default field manager */
    char *token;
    char *token_file;
    uint64_t token_read_at; /* 0: never */
};

static void trim_end(struct buf *text)
{
    while (text->length && isspace((unsigned char)text->data[text->length - 1]))
        text->data[--text->length] = '\0';
}

static struct error *refresh_token(struct kube_client *client)
{
    uint64_t now = loop_now(client->loop) + 1;
    if (client->token_read_at && now - client->token_read_at < TOKEN_AGE_MS)
        return NULL;
    cleanup_buf struct buf text = BUF_INIT(MAX_TOKEN_BYTES);
    struct error *err = file_read(client->token_file, &text);
    if (err && client->token) {
        error_free(err); /* the old one may still be good; the server will say so if not */
        return NULL;
    }
    TRY(error_wrap(err, "token file"));
    trim_end(&text);
    free(client->token);
    client->token = buf_take(&text);
    client->token_read_at = now;
    return NULL;
}

static struct error *bearer_token(void *ctx, struct buf *out)
{
    struct kube_client *client = ctx;
    if (client->token_file)
        TRY(refresh_token(client));
    if (client->token)
        buf_add(out, client->token);
    return buf_check(out);
}

static char *copy_or_null(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}

static char *without_trailing_slash(const char *server)
{
    size_t length = strlen(server);
    while (length && server[length - 1] == '/')
        length--;
    return mem_strndup(server, length);
}

struct error *kube_client_new(struct loop *loop, const struct kube_config *config, const char *user_agent,
                              struct kube_client **out)
{
    struct kube_client *client = NEW(struct kube_client);
    struct http_client_options options = {
        .ca_file = config->ca_file,
        .ca_pem = config->ca_pem,
        .cert_file = config->cert_file,
        .key_file = config->key_file,
        .cert_pem = config->cert_pem,
        .key_pem = config->key_pem,
        .insecure = config->insecure,
        .tls_server_name = config->tls_server_name,
        .proxy_url = config->proxy_url,
        .user_agent = user_agent,
        .max_connections = config->max_connections ? config->max_connections : MAX_CONNECTIONS,
        .bearer_token = bearer_token,
        .token_ctx = client,
    };
    struct error *err = http_client_new(loop, &options, &client->http);
    if (err) {
        free(client);
        return error_wrap(err, "connect to %s", config->server);
    }
    client->refs = 1;
    client->loop = loop;
    client->origin = without_trailing_slash(config->server);
    client->namespace = mem_strdup(config->namespace ? config->namespace : "default");
    client->manager = mem_strndup(user_agent, strcspn(user_agent, "/ "));
    client->token = copy_or_null(config->token);
    client->token_file = copy_or_null(config->token_file);
    *out = client;
    return NULL;
}

struct kube_client *kube_client_ref(struct kube_client *client)
{
    client->refs++;
    return client;
}

void kube_client_unref(struct kube_client *client)
{
    if (--client->refs)
        return;
    free(client->origin);
    free(client->namespace);
    free(client->manager);
    free(client->token);
    free(client->token_file);
    free(client);
}

void kube_client_stop(struct kube_client *client)
{
    if (!client)
        return;
    http_client_stop(take(client->http));
    kube_client_unref(client);
}

struct loop *kube_client_loop(const struct kube_client *client)
{
    return client->loop;
}

const char *kube_client_namespace(const struct kube_client *client)
{
    return client->namespace;
}

struct http_client *kube_client_http(const struct kube_client *client)
{
    return client->http;
}

void kube_client_url(const struct kube_client *client, const char *path, struct buf *out)
{
    buf_add(out, client->origin);
    buf_add(out, path);
}

const char *kube_client_manager(const struct kube_client *client)
{
    return client->manager;
}

void kube_client_forget_token(struct kube_client *client)
{
    client->token_read_at = 0;
}
