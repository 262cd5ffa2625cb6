/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The forms that names have in Kubernetes (allocation.md 2.1), and what is wrong with those that do not, word
 * for word as apimachinery says it, since people search for these sentences.
 */

#include "api/base/span.h"

enum {
    DNS_LABEL_MAX = 63,
    DNS_SUBDOMAIN_MAX = 253,
    DRIVER_NAME_MAX = 63,
    POOL_NAME_MAX = 253,
    LABEL_NAME_MAX = 63,
    LABEL_VALUE_MAX = 63,
    IDENTIFIER_MAX = 32,
    NAME_MAX_FAULTS = 4,
};

/* No faults: the name is fine. The texts are literals. */
struct name_faults {
    const char *texts[NAME_MAX_FAULTS];
    size_t n_texts;
};

struct name_faults dns_label_faults(struct span name);
struct name_faults dns_subdomain_faults(struct span name);
struct name_faults caseless_subdomain_faults(struct span name);
struct name_faults label_key_faults(struct span key);
struct name_faults label_value_faults(struct span value);
struct name_faults c_identifier_faults(struct span name); /* the form, not the length */
struct name_faults condition_reason_faults(struct span reason);

static inline bool dns_label_is_valid(struct span name)
{
    return dns_label_faults(name).n_texts == 0;
}

static inline bool dns_subdomain_is_valid(struct span name)
{
    return dns_subdomain_faults(name).n_texts == 0;
}

static inline bool label_key_is_valid(struct span key)
{
    return label_key_faults(key).n_texts == 0;
}

bool driver_name_is_valid(struct span name); /* a subdomain of at most 63 bytes, upper case allowed */
bool pool_name_is_valid(struct span name);   /* subdomains between slashes */
bool qualified_name_is_valid(
    struct span name); /* "id" or "domain/id", the keys of attributes and capacities */
struct name_faults extended_resource_name_faults(struct span name);

/* The part before the last "/" (no data: none) and behind it. */
struct span qualified_name_domain(struct span name);
struct span qualified_name_id(struct span name);
