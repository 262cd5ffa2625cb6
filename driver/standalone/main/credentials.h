/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may talk to the embedded server, and how they know that it is the right one: a certificate authority
 * and a bearer token, made at the first start and kept in the data folder, so that a kubeconfig outlives a
 * restart.
 */

#include "api/base/arena.h"
#include "driver/http/tls.h"

struct credentials {
    struct arena *arena;
    struct span ca_pem;
    const char *token;
    struct tls_context *tls; /* of a certificate for loopback, made anew at each start */
};

nodiscard struct error *credentials_load(const char *data_folder, struct credentials *out);
void credentials_done(struct credentials *credentials);
#define cleanup_credentials __attribute__((cleanup(credentials_done)))

/* Writes a kubeconfig (mode 0600) for SERVER; CREDENTIALS NULL: for plain HTTP. */
nodiscard struct error *kubeconfig_write(const char *path, const char *server,
                                         const struct credentials *credentials);
