/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What all connections of a server together may hold: calls that were not ended yet, and bytes of requests.
 * A call outlives its connection and even its server, so the count is shared by reference.
 */

#include "api/base/memory.h"

#include <stdbool.h>

struct quota {
    size_t refs;
    size_t n_calls, max_calls;
    size_t n_bytes, max_bytes;
};

static inline struct quota *quota_new(size_t max_calls, size_t max_bytes)
{
    struct quota *quota = NEW(struct quota);
    *quota = (struct quota){ .refs = 1, .max_calls = max_calls, .max_bytes = max_bytes };
    return quota;
}

static inline struct quota *quota_ref(struct quota *quota)
{
    quota->refs++;
    return quota;
}

static inline void quota_unref(struct quota *quota)
{
    if (quota && --quota->refs == 0)
        free(quota);
}

static inline bool quota_take_bytes(struct quota *quota, size_t n_bytes)
{
    if (n_bytes > quota->max_bytes - quota->n_bytes)
        return false;
    quota->n_bytes += n_bytes;
    return true;
}
