/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * OpenSSL's objects, cleaning up after themselves, and its errors as ours. For this folder only.
 */

#include "api/base/error.h"
#include "api/base/span.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

DEFINE_CLEANUP(cleanup_bio_, BIO *, BIO_free_all)
DEFINE_CLEANUP(cleanup_x509_, X509 *, X509_free)
DEFINE_CLEANUP(cleanup_key_, EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(cleanup_bignum_, BIGNUM *, BN_free)
DEFINE_CLEANUP(cleanup_extension_, X509_EXTENSION *, X509_EXTENSION_free)
#define cleanup_bio       __attribute__((cleanup(cleanup_bio_)))
#define cleanup_x509      __attribute__((cleanup(cleanup_x509_)))
#define cleanup_key       __attribute__((cleanup(cleanup_key_)))
#define cleanup_bignum    __attribute__((cleanup(cleanup_bignum_)))
#define cleanup_extension __attribute__((cleanup(cleanup_extension_)))

/* "WHAT: OpenSSL's reason", and empties its queue of errors. */
nodiscard struct error *tls_error(const char *what);

/* PEM text as OpenSSL reads it; borrowed. */
BIO *pem_reader(struct span pem);
