/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the API server is and who we are there: a kubeconfig file, or the service account of the pod we run
 * in.
 */

#include "api/base/arena.h"
#include "api/base/error.h"

struct kube_config {
    struct arena *arena; /* owns all strings */
    const char *server;  /* URL */
    const char *ca_file; /* these three as files or as PEM text, or neither */
    struct span ca_pem;
    const char *cert_file, *key_file;
    struct span cert_pem, key_pem;
    const char *token;      /* or NULL */
    const char *token_file; /* re-read as it is rotated; wins over token */
    const char *tls_server_name;
    const char *proxy_url;
    bool insecure;
    const char *namespace;    /* of the context or of the pod; "default" if there is none */
    const char *source;       /* where this was found, for messages */
    unsigned max_connections; /* at once; 0: 32. Over HTTP/1.1 each watch keeps one. */
};

/*
 * PATH and CONTEXT may be NULL. Looks, like kubectl, at PATH, then at $KUBECONFIG (a list; the first file
 * that exists), then at the pod's service account, then at ~/.kube/config. Plugins for credentials (exec,
 * auth-provider) are refused with a hint.
 */
nodiscard struct error *kube_config_load(const char *path, const char *context, struct kube_config *out);

/* From kubeconfig TEXT; relative file names are taken from FOLDER. */
nodiscard struct error *kube_config_parse(const char *file, struct span text, const char *folder,
                                          const char *context, struct kube_config *out);

void kube_config_done(struct kube_config *config);
#define cleanup_kube_config __attribute__((cleanup(kube_config_done)))
