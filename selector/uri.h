/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * URLs, as Go's net/url takes them apart.
 */

#include "api/base/buf.h"
#include "selector/datum.h"

struct uri {
    struct span text;   /* the whole; the rest points into it or, unescaped, into memory of the evaluation */
    struct span scheme; /* as written */
    struct span opaque; /* of "mailto:x" */
    struct span host;   /* with port, as written */
    struct span path, query, fragment;
};

/* An absolute URI or an absolute path; NULL, or what is wrong. Borrows TEXT. */
const char *uri_parse(struct span text, struct uri *out);
bool uri_equal(const struct uri *a, const struct uri *b);

/* Without the port, and without the brackets of an IPv6 address. */
struct span uri_hostname(const struct uri *uri);
struct span uri_port(const struct uri *uri);

/* The path with what must be escaped escaped. */
void uri_escaped_path(const struct uri *uri, struct buf *out);

/* "%41" to "A", and "+" to a blank where PLUS. False for a bad escape. */
bool uri_unescape(struct span text, bool plus, struct buf *out);
