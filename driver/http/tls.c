/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server side of TLS over memory BIOs: libuv moves the bytes, OpenSSL never sees a socket. Contexts are
 * made when the first one is needed, so that a process without a TLS server never pays for OpenSSL's tables.
 */

#include "driver/http/tls_session.h"

#include "api/base/memory.h"
#include "driver/http/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct tls_context {
    SSL_CTX *ssl;
    unsigned n_refs;
};

struct error *tls_error(const char *what)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return error_invalid("%s: %s", what, reason ? reason : "unknown reason");
}

/* --- context --- */

/* Never ask a terminal. */
static int no_password(char *text, int size, int for_writing, void *unused)
{
    (void)text, (void)size, (void)for_writing, (void)unused;
    return 0;
}

BIO *pem_reader(struct span pem)
{
    return must(BIO_new_mem_buf(pem.data ? pem.data : "", (int)pem.length), 0);
}

static struct error *use_key(SSL_CTX *ssl, struct span pem)
{
    cleanup_bio BIO *in = pem_reader(pem);
    cleanup_key EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
    if (!key)
        return tls_error("read the private key");
    if (SSL_CTX_use_PrivateKey(ssl, key) != 1)
        return tls_error("use the private key");
    if (SSL_CTX_check_private_key(ssl) != 1)
        return tls_error("match the private key with the certificate");
    return NULL;
}

static struct error *use_chain(SSL_CTX *ssl, struct span pem)
{
    cleanup_bio BIO *in = pem_reader(pem);
    cleanup_x509 X509 *own = PEM_read_bio_X509(in, NULL, no_password, NULL);
    if (!own)
        return tls_error("read the certificate");
    if (SSL_CTX_use_certificate(ssl, own) != 1)
        return tls_error("use the certificate");
    for (;;) {
        cleanup_x509 X509 *next = PEM_read_bio_X509(in, NULL, no_password, NULL);
        if (!next)
            break;
        if (SSL_CTX_add1_chain_cert(ssl, next) != 1)
            return tls_error("use the certificate chain");
    }
    ERR_clear_error(); /* "no start line" is how PEM text ends */
    return NULL;
}

static struct error *use_client_ca(SSL_CTX *ssl, const struct tls_options *options)
{
    if (!options->client_ca_pem.length)
        return NULL;
    cleanup_bio BIO *in = pem_reader(options->client_ca_pem);
    size_t n_certs = 0;
    for (;; n_certs++) {
        cleanup_x509 X509 *authority = PEM_read_bio_X509(in, NULL, no_password, NULL);
        if (!authority)
            break;
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl), authority) != 1 ||
            SSL_CTX_add_client_CA(ssl, authority) != 1)
            return tls_error("use the clients' certificate authority");
    }
    if (!n_certs)
        return tls_error("read the clients' certificate authority");
    ERR_clear_error();
    SSL_CTX_set_verify(
        ssl, SSL_VERIFY_PEER | (options->require_client_cert ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    return NULL;
}

static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                           const unsigned char *offered, unsigned offered_length, void *unused)
{
    (void)ssl, (void)unused;
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_length, ours, sizeof(ours) - 1, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static struct error *configure(SSL_CTX *ssl, const struct tls_options *options)
{
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(ssl, 0);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(ssl, select_protocol, NULL);
    TRY(use_chain(ssl, options->cert_pem));
    TRY(use_key(ssl, options->key_pem));
    return use_client_ca(ssl, options);
}

struct error *tls_context_new(const struct tls_options *options, struct tls_context **out)
{
    if (options->cert_pem.length > MAX_PEM_BYTES || options->key_pem.length > MAX_PEM_BYTES ||
        options->client_ca_pem.length > MAX_PEM_BYTES)
        return error_new(ERROR_EXHAUSTED, "PEM text of more than %d bytes", MAX_PEM_BYTES);
    SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
    if (!ssl)
        return tls_error("set up TLS");
    struct error *err = configure(ssl, options);
    if (err) {
        SSL_CTX_free(ssl);
        return err;
    }
    struct tls_context *context = NEW(struct tls_context);
    *context = (struct tls_context){ .ssl = ssl, .n_refs = 1 };
    *out = context;
    return NULL;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
    if (context)
        context->n_refs++;
    return context;
}

void tls_context_unref(struct tls_context *context)
{
    if (!context || --context->n_refs)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}

/* --- session --- */

void tls_session_init(struct tls_session *session, struct tls_context *context)
{
    *session = (struct tls_session){ .ssl = must(SSL_new(context->ssl), 0),
                                     .in = must(BIO_new(BIO_s_mem()), 0),
                                     .out = must(BIO_new(BIO_s_mem()), 0) };
    SSL_set_bio(session->ssl, session->in, session->out);
    SSL_set_accept_state(session->ssl);
}

void tls_session_done(struct tls_session *session)
{
    SSL_free(session->ssl);
    *session = (struct tls_session){ 0 };
}

static struct error *read_all(struct tls_session *session, struct buf *plain)
{
    for (;;) {
        char piece[16 * 1024];
        int got = SSL_read(session->ssl, piece, sizeof(piece));
        if (got <= 0) {
            switch (SSL_get_error(session->ssl, got)) {
            case SSL_ERROR_WANT_READ: return NULL;
            case SSL_ERROR_ZERO_RETURN: session->ended = true; return NULL;
            default: return tls_error("TLS");
            }
        }
        buf_append(plain, piece, (size_t)got);
        TRY(buf_check(plain));
    }
}

struct error *tls_session_receive(struct tls_session *session, struct span ciphertext, struct buf *plain)
{
    ERR_clear_error();
    if (BIO_write(session->in, ciphertext.data, (int)ciphertext.length) != (int)ciphertext.length)
        return tls_error("TLS");
    return read_all(session, plain);
}

struct error *tls_session_send(struct tls_session *session, struct span plain)
{
    ERR_clear_error();
    size_t written = 0;
    if (plain.length && SSL_write_ex(session->ssl, plain.data, plain.length, &written) != 1)
        return tls_error("TLS");
    return NULL;
}

void tls_session_end(struct tls_session *session)
{
    ERR_clear_error();
    if (SSL_is_init_finished(session->ssl) && SSL_shutdown(session->ssl) < 0)
        ERR_clear_error(); /* it was only a courtesy */
}

bool tls_session_is_ready(const struct tls_session *session)
{
    return SSL_is_init_finished(session->ssl);
}

void tls_session_take(struct tls_session *session, struct buf *ciphertext)
{
    char *bytes;
    long length = BIO_get_mem_data(session->out, &bytes);
    if (length > 0)
        buf_append(ciphertext, bytes, (size_t)length);
    BIO_reset(session->out);
}

char *tls_session_peer_name(const struct tls_session *session)
{
    X509 *cert = SSL_get0_peer_certificate(session->ssl);
    if (!cert || SSL_get_verify_result(session->ssl) != X509_V_OK)
        return NULL;
    X509_NAME *subject = X509_get_subject_name(cert);
    int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0)
        return NULL;
    unsigned char *text = NULL;
    int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    /* A NUL inside would make one name look like another. */
    char *name = length > 0 && strlen((char *)text) == (size_t)length ? mem_strdup((char *)text) : NULL;
    OPENSSL_free(text);
    return name;
}
