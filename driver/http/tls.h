/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * TLS 1.2 and 1.3 for servers, and the making of certificates, all as PEM text in memory.
 */

#include "api/base/buf.h"

#include <stdint.h>

enum { MAX_PEM_BYTES = 1024 * 1024 };

/* What a server needs to speak TLS; counted, so that it can be replaced while connections use the old one. */
struct tls_context;

struct tls_options {
    struct span cert_pem; /* chain, ours first */
    struct span key_pem;
    struct span
        client_ca_pem; /* ask clients for certificates and check them against these; none: do not ask */
    bool require_client_cert;
};

nodiscard struct error *tls_context_new(const struct tls_options *options, struct tls_context **out);
struct tls_context *tls_context_ref(struct tls_context *context);
void tls_context_unref(struct tls_context *context);

DEFINE_CLEANUP(cleanup_tls_context_, struct tls_context *, tls_context_unref)
#define cleanup_tls_context __attribute__((cleanup(cleanup_tls_context_)))

struct tls_identity {
    const char *common_name;
    const char *const *organizations; /* Kubernetes' groups; NULL-terminated, or NULL */
    const char *const *names;         /* DNS names and IP addresses; NULL-terminated, or NULL */
    unsigned valid_days;              /* from five minutes ago */
    bool for_client;                  /* clientAuth instead of serverAuth */
};

/* A self-signed ECDSA P-256 authority. Appends PEM text. */
nodiscard struct error *tls_make_ca(const char *common_name, unsigned valid_days, struct buf *cert_pem,
                                    struct buf *key_pem);

/* A key and a certificate for IDENTITY, signed by the authority. */
nodiscard struct error *tls_issue(struct span ca_cert_pem, struct span ca_key_pem,
                                  const struct tls_identity *identity, struct buf *cert_pem,
                                  struct buf *key_pem);
