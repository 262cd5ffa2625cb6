/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * http and https URLs, taken apart and put together.
 */

#include "api/base/buf.h"

#include <stdint.h>

struct url {
    bool tls;      /* https */
    char *host;    /* a name or an address, IPv6 without brackets */
    uint16_t port; /* 80 or 443 unless given */
    char *path;    /* from the slash on, still percent-encoded; "" if there is none */
    char *query;   /* behind the question mark, or NULL */
};

/* A missing scheme is https, as in kubeconfig files. Users, passwords and fragments are refused. */
nodiscard struct error *url_parse(const char *text, struct url *out);
void url_done(struct url *url);
#define cleanup_url __attribute__((cleanup(url_done)))

/* "https://host:port", with brackets where the host needs them. */
void url_format_origin(const struct url *url, struct buf *out);

/* Appends TEXT percent-encoded, for use as one path segment or one query key or value. */
void url_escape(struct buf *out, struct span text);
