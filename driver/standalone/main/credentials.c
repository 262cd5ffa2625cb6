/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/standalone/main/credentials.h"

#include "api/base/file.h"
#include "api/base/uuid.h"
#include "driver/kube/base64.h"

#include <errno.h>

enum { VALID_DAYS = 3650, TOKEN_LENGTH = 43, MAX_KUBECONFIG_BYTES = 64 * 1024 };

static struct error *read_text(struct arena *arena, const char *path, struct span *out)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_PEM_BYTES);
    TRY(file_read(path, &text));
    *out = (struct span){ arena_span(arena, buf_span(&text)), text.length };
    return NULL;
}

struct files {
    const char *ca_cert, *ca_key, *token;
};

static bool all_there(const struct files *files)
{
    return access(files->ca_cert, R_OK) == 0 && access(files->ca_key, R_OK) == 0 &&
           access(files->token, R_OK) == 0;
}

/* The token comes last: its presence says that the rest is complete. */
static struct error *make_files(const struct files *files)
{
    cleanup_buf struct buf cert = BUF_INIT(MAX_PEM_BYTES), key = BUF_INIT(MAX_PEM_BYTES);
    TRY(tls_make_ca("tranche-standalone", VALID_DAYS, &cert, &key));
    TRY(file_replace(files->ca_key, buf_span(&key), 0600, 0));
    TRY(file_replace(files->ca_cert, buf_span(&cert), 0644, 0));
    char token[TOKEN_LENGTH + 1];
    random_name_suffix(token, TOKEN_LENGTH);
    return file_replace(files->token, span_of(token), 0600, 0);
}

static struct error *make_server_certificate(struct span ca_cert, struct span ca_key,
                                             struct tls_context **out)
{
    static const char *const names[] = { "localhost",  "127.0.0.1",          "::1",
                                         "kubernetes", "kubernetes.default", NULL };
    static const struct tls_identity identity = { .common_name = "tranche-standalone",
                                                  .names = names,
                                                  .valid_days = VALID_DAYS };
    cleanup_buf struct buf cert = BUF_INIT(MAX_PEM_BYTES), key = BUF_INIT(MAX_PEM_BYTES);
    TRY(tls_issue(ca_cert, ca_key, &identity, &cert, &key));
    const struct tls_options options = {
        .cert_pem = buf_span(&cert),
        .key_pem = buf_span(&key),
        .client_ca_pem = ca_cert,
    };
    return tls_context_new(&options, out);
}

static struct error *load(const char *data_folder, struct credentials *credentials)
{
    struct arena *arena = credentials->arena;
    const struct files files = {
        .ca_cert = arena_printf(arena, "%s/ca.crt", data_folder),
        .ca_key = arena_printf(arena, "%s/ca.key", data_folder),
        .token = arena_printf(arena, "%s/token", data_folder),
    };
    struct span ca_key, token;
    TRY(file_make_folder(data_folder, 0755));
    if (!all_there(&files))
        TRY(error_wrap(make_files(&files), "make credentials in %s", data_folder));
    TRY(read_text(arena, files.ca_cert, &credentials->ca_pem));
    TRY(read_text(arena, files.ca_key, &ca_key));
    TRY(read_text(arena, files.token, &token));
    credentials->token = token.data;
    return error_hint(make_server_certificate(credentials->ca_pem, ca_key, &credentials->tls),
                      "remove ca.crt, ca.key and token from %s to have new ones made", data_folder);
}

struct error *credentials_load(const char *data_folder, struct credentials *out)
{
    out->arena = arena_new();
    struct error *err = load(data_folder, out);
    if (err)
        credentials_done(out);
    return err;
}

void credentials_done(struct credentials *credentials)
{
    if (credentials->arena)
        arena_free(credentials->arena);
    if (credentials->tls)
        tls_context_unref(credentials->tls);
    *credentials = (struct credentials){ 0 };
}

struct error *kubeconfig_write(const char *path, const char *server, const struct credentials *credentials)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_KUBECONFIG_BYTES);
    buf_printf(&text,
               "apiVersion: v1\nkind: Config\ncurrent-context: tranche\n"
               "contexts:\n- name: tranche\n  context: {cluster: tranche, user: tranche-admin}\n"
               "clusters:\n- name: tranche\n  cluster:\n    server: %s\n",
               server);
    if (credentials) {
        buf_add(&text, "    certificate-authority-data: ");
        base64_encode(credentials->ca_pem, &text);
        buf_add_char(&text, '\n');
    }
    buf_add(&text, "users:\n- name: tranche-admin\n  user: ");
    if (credentials)
        buf_printf(&text, "{token: \"%s\"}\n", credentials->token);
    else
        buf_add(&text, "{}\n");
    TRY(buf_check(&text));
    return error_wrap(file_replace(path, buf_span(&text), 0600, 0), "write the kubeconfig");
}
