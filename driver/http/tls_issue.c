/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small certificate authority: ECDSA P-256, SHA-256, X.509 version 3. Every key is made here and handed out
 * as PEM text; nothing is kept.
 */

#include "api/base/memory.h"
#include "driver/http/openssl.h"
#include "driver/http/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { SERIAL_BITS = 159, GRACE_SECONDS = 300, DAY_SECONDS = 24 * 3600 };

/* OpenSSL's way of saying yes is 1. */
static struct error *check(int answer, const char *what)
{
    return answer == 1 ? NULL : tls_error(what);
}

static struct error *add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    cleanup_extension X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension)
        return tls_error("make a certificate extension");
    TRY(check(X509_add_ext(cert, extension, -1), "add a certificate extension"));
    return NULL;
}

static struct error *add_name_entry(X509_NAME *name, const char *field, const char *value)
{
    TRY(check(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0),
              "set the certificate's name"));
    return NULL;
}

/* An address or a DNS name as GeneralName; built by hand, since the text form would let a comma in. */
static void add_alternative(GENERAL_NAMES *names, const char *text)
{
    GENERAL_NAME *name = must(GENERAL_NAME_new(), 0);
    unsigned char address[sizeof(struct in6_addr)];
    int length = inet_pton(AF_INET, text, address) == 1    ? 4
                 : inet_pton(AF_INET6, text, address) == 1 ? 16
                                                           : 0;
    ASN1_STRING *value =
        length ? (ASN1_STRING *)ASN1_OCTET_STRING_new() : (ASN1_STRING *)ASN1_IA5STRING_new();
    must(value, 0);
    if (ASN1_STRING_set(value, length ? (const void *)address : text, length ? length : -1) != 1)
        out_of_memory(0);
    GENERAL_NAME_set0_value(name, length ? GEN_IPADD : GEN_DNS, value);
    if (sk_GENERAL_NAME_push(names, name) <= 0)
        out_of_memory(0);
}

static struct error *add_alternatives(X509 *cert, const char *const *texts)
{
    if (!texts || !*texts)
        return NULL;
    GENERAL_NAMES *names = must(sk_GENERAL_NAME_new_null(), 0);
    for (; *texts; texts++)
        add_alternative(names, *texts);
    struct error *err =
        check(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), "add the certificate's names");
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    return err;
}

static struct error *set_serial(X509 *cert)
{
    cleanup_bignum BIGNUM *number = must(BN_new(), 0);
    TRY(check(BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), "choose a serial number"));
    if (!BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)))
        return tls_error("set the serial number");
    return NULL;
}

static struct error *set_name(X509 *cert, const struct tls_identity *identity)
{
    X509_NAME *name = X509_get_subject_name(cert);
    for (const char *const *group = identity->organizations; group && *group; group++)
        TRY(add_name_entry(name, "O", *group));
    return add_name_entry(name, "CN", identity->common_name);
}

/* What authorities and others have in common; not signed yet. */
static struct error *begin(const struct tls_identity *identity, EVP_PKEY *key, X509 **out)
{
    cleanup_x509 X509 *cert = must(X509_new(), 0);
    TRY(check(X509_set_version(cert, X509_VERSION_3), "set the certificate's version"));
    TRY(set_serial(cert));
    TRY(set_name(cert, identity));
    if (!X509_gmtime_adj(X509_getm_notBefore(cert), -GRACE_SECONDS) ||
        !X509_time_adj_ex(X509_getm_notAfter(cert), (int)identity->valid_days, 0, NULL))
        return tls_error("set the certificate's time");
    TRY(check(X509_set_pubkey(cert, key), "set the certificate's key"));
    *out = take(cert);
    return NULL;
}

static struct error *append_pem(BIO *from, struct buf *to)
{
    char *text;
    long length = BIO_get_mem_data(from, &text);
    buf_append(to, text, (size_t)length);
    return buf_check(to);
}

static struct error *hand_out(X509 *cert, EVP_PKEY *key, struct buf *cert_pem, struct buf *key_pem)
{
    cleanup_bio BIO *cert_out = must(BIO_new(BIO_s_mem()), 0), *key_out = must(BIO_new(BIO_s_mem()), 0);
    TRY(check(PEM_write_bio_X509(cert_out, cert), "write the certificate"));
    TRY(check(PEM_write_bio_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL), "write the key"));
    TRY(append_pem(cert_out, cert_pem));
    return append_pem(key_out, key_pem);
}

static struct error *sign(X509 *cert, EVP_PKEY *key)
{
    return X509_sign(cert, key, EVP_sha256()) > 0 ? NULL : tls_error("sign the certificate");
}

static struct error *make_key(EVP_PKEY **out)
{
    *out = EVP_EC_gen("P-256");
    return *out ? NULL : tls_error("make a key");
}

struct error *tls_make_ca(const char *common_name, unsigned valid_days, struct buf *cert_pem,
                          struct buf *key_pem)
{
    cleanup_key EVP_PKEY *key = NULL;
    cleanup_x509 X509 *cert = NULL;
    struct tls_identity identity = { .common_name = common_name, .valid_days = valid_days };
    TRY(make_key(&key));
    TRY(begin(&identity, key, &cert));
    TRY(check(X509_set_issuer_name(cert, X509_get_subject_name(cert)), "set the issuer"));
    TRY(add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE"));
    TRY(add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature"));
    TRY(add_extension(cert, cert, NID_subject_key_identifier, "hash"));
    TRY(sign(cert, key));
    return hand_out(cert, key, cert_pem, key_pem);
}

static struct error *read_authority(struct span cert_pem, struct span key_pem, X509 **cert, EVP_PKEY **key)
{
    cleanup_bio BIO *cert_in = pem_reader(cert_pem);
    cleanup_bio BIO *key_in = pem_reader(key_pem);
    static char no_password[] = "";
    *cert = PEM_read_bio_X509(cert_in, NULL, NULL, no_password);
    if (!*cert)
        return tls_error("read the authority's certificate");
    *key = PEM_read_bio_PrivateKey(key_in, NULL, NULL, no_password);
    if (!*key)
        return tls_error("read the authority's key");
    TRY(check(X509_check_private_key(*cert, *key), "match the authority's key with its certificate"));
    return NULL;
}

struct error *tls_issue(struct span ca_cert_pem, struct span ca_key_pem, const struct tls_identity *identity,
                        struct buf *cert_pem, struct buf *key_pem)
{
    cleanup_key EVP_PKEY *ca_key = NULL, *key = NULL;
    cleanup_x509 X509 *ca = NULL, *cert = NULL;
    TRY(read_authority(ca_cert_pem, ca_key_pem, &ca, &ca_key));
    TRY(make_key(&key));
    TRY(begin(identity, key, &cert));
    TRY(check(X509_set_issuer_name(cert, X509_get_subject_name(ca)), "set the issuer"));
    TRY(add_extension(cert, ca, NID_basic_constraints, "critical,CA:FALSE"));
    TRY(add_extension(cert, ca, NID_key_usage, "critical,digitalSignature"));
    TRY(add_extension(cert, ca, NID_ext_key_usage, identity->for_client ? "clientAuth" : "serverAuth"));
    TRY(add_extension(cert, ca, NID_subject_key_identifier, "hash"));
    TRY(add_extension(cert, ca, NID_authority_key_identifier, "keyid"));
    TRY(add_alternatives(cert, identity->names));
    TRY(sign(cert, ca_key));
    return hand_out(cert, key, cert_pem, key_pem);
}
