/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One TLS connection without a socket: ciphertext goes in and comes out as bytes. For this folder only.
 */

#include "driver/http/tls.h"

#include <openssl/ssl.h>

struct tls_session {
    SSL *ssl;
    BIO *in, *out; /* the session's, memory */
    bool ended;    /* the peer said so */
};

void tls_session_init(struct tls_session *session, struct tls_context *context);
void tls_session_done(struct tls_session *session);

/* Takes ciphertext and appends what it says to PLAIN. Answers of the protocol may wait in `out` afterwards.
 */
nodiscard struct error *tls_session_receive(struct tls_session *session, struct span ciphertext,
                                            struct buf *plain);

/* PLAIN becomes ciphertext in `out`. Not before the handshake is over. */
nodiscard struct error *tls_session_send(struct tls_session *session, struct span plain);

/* Says goodbye. */
void tls_session_end(struct tls_session *session);

bool tls_session_is_ready(const struct tls_session *session);

/* Moves what waits in `out` to CIPHERTEXT. */
void tls_session_take(struct tls_session *session, struct buf *ciphertext);

/* The common name of the peer's verified certificate; NULL if there is none. The caller frees. */
char *tls_session_peer_name(const struct tls_session *session);
