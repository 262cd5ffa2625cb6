/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * IP addresses and prefixes as values.
 */

#include "api/base/buf.h"
#include "selector/datum.h"

struct address {
    unsigned char bytes[16];
    uint8_t length; /* 4 or 16 */
    uint8_t prefix; /* bits, of a CIDR */
};

/* What is wrong with TEXT, or NULL. */
const char *address_parse(struct span text, struct address *out);
const char *cidr_parse(struct span text, struct address *out);

void address_format(const struct address *address, struct buf *out);
bool address_equal(const struct address *a, const struct address *b);
/* Is INNER, whose own prefix has BITS, within OUTER? */
bool address_contains(const struct address *outer, const struct address *inner, unsigned bits);
/* The host's bits cleared. */
struct address address_masked(struct address address);

unsigned address_bytes(const struct address *address);
unsigned address_prefix_bytes(const struct address *address);
