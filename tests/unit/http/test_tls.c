/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates we make, as others see them, and what a server context refuses.
 */

#include "driver/http/tls.h"
#include "tests/support/cmocka.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { PEM_BYTES = 64 * 1024 };

struct pair {
    struct buf cert, key;
};

static struct pair ca, other, leaf;

static X509 *read_cert(const struct buf *pem)
{
    BIO *in = BIO_new_mem_buf(buf_text(pem), (int)pem->length);
    X509 *cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
    BIO_free(in);
    assert_non_null(cert);
    return cert;
}

static int set_up(void **state)
{
    (void)state;
    ca.cert = ca.key = other.cert = other.key = leaf.cert = leaf.key = BUF_INIT(PEM_BYTES);
    static const char *const names[] = {
        "kubernetes.default.svc", "*.example.com", "10.0.0.1", "fd00::1", "a,DNS:evil", NULL
    };
    static const char *const groups[] = { "system:masters", "dev", NULL };
    struct tls_identity identity = { "admin", groups, names, 30, false };
    assert_null(tls_make_ca("tranche", 365, &ca.cert, &ca.key));
    assert_null(tls_make_ca("tranche", 365, &other.cert, &other.key));
    assert_null(tls_issue(buf_span(&ca.cert), buf_span(&ca.key), &identity, &leaf.cert, &leaf.key));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct buf *const all[] = { &ca.cert, &ca.key, &other.cert, &other.key, &leaf.cert, &leaf.key };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        buf_done(all[i]);
    return 0;
}

static int verify(X509 *cert, X509 *authority, int purpose)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, authority);
    X509_STORE_set_purpose(store, purpose);
    X509_STORE_set_flags(store, X509_V_FLAG_X509_STRICT);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, cert, NULL);
    int result = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return result;
}

static void test_chain(void **state)
{
    (void)state;
    X509 *authority = read_cert(&ca.cert), *stranger = read_cert(&other.cert), *cert = read_cert(&leaf.cert);
    assert_int_equal(verify(cert, authority, X509_PURPOSE_SSL_SERVER), X509_V_OK);
    assert_int_not_equal(verify(cert, authority, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
    assert_int_not_equal(verify(cert, stranger, X509_PURPOSE_SSL_SERVER), X509_V_OK);
    X509_free(authority);
    X509_free(stranger);
    X509_free(cert);
}

static void test_names(void **state)
{
    (void)state;
    X509 *cert = read_cert(&leaf.cert);
    assert_int_equal(X509_check_host(cert, "kubernetes.default.svc", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(cert, "x.example.com", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(cert, "evil", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ip_asc(cert, "10.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert, "fd00::1", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert, "10.0.0.2", 0), 0);
    char subject[200];
    X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof(subject));
    assert_string_equal(subject, "/O=system:masters/O=dev/CN=admin");
    X509_free(cert);
}

static void test_contexts(void **state)
{
    (void)state;
    struct span cert = buf_span(&leaf.cert), key = buf_span(&leaf.key), wrong = buf_span(&other.key);
    const struct {
        struct tls_options options;
        const char *want; /* the front of the error, or NULL */
    } rows[] = {
        { { .cert_pem = cert, .key_pem = key }, NULL },
        { { .cert_pem = cert, .key_pem = key, .client_ca_pem = buf_span(&ca.cert) }, NULL },
        { { .cert_pem = cert, .key_pem = wrong }, "use the private key: " },
        { { .cert_pem = key, .key_pem = key }, "read the certificate: " },
        { { .cert_pem = cert, .key_pem = cert }, "read the private key: " },
        { { .cert_pem = cert, .key_pem = key, .client_ca_pem = SPAN("x") },
          "read the clients' certificate authority: " },
        { { .cert_pem = { NULL, 0 }, .key_pem = key }, "read the certificate: " },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_tls_context struct tls_context *context = NULL;
        cleanup_error struct error *err = tls_context_new(&rows[i].options, &context);
        assert_int_equal(err == NULL, rows[i].want == NULL);
        if (err)
            assert_memory_equal(err->text, rows[i].want, strlen(rows[i].want));
    }
}

static void test_issue_with_wrong_key(void **state)
{
    (void)state;
    cleanup_buf struct buf cert = BUF_INIT(PEM_BYTES), key = BUF_INIT(PEM_BYTES);
    struct tls_identity identity = { .common_name = "x", .valid_days = 1 };
    cleanup_error struct error *err =
        tls_issue(buf_span(&ca.cert), buf_span(&other.key), &identity, &cert, &key);
    assert_non_null(strstr(err->text, "match the authority's key with its certificate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_contexts),
        cmocka_unit_test(test_issue_with_wrong_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
