/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The query of a request, decoded: "watch=true&fieldSelector=spec.nodeName%3Da".
 */

#include "api/base/arena.h"
#include "api/base/error.h"

struct query_pair {
    const char *key, *value; /* value "" where there was no '=' */
    size_t value_length;     /* a value may hold a NUL */
};

struct query {
    struct query_pair *pairs; /* in order, repeated keys too */
    size_t n_pairs;
};

/* ERROR_INVALID for a broken percent sign; ERROR_EXHAUSTED for more than 1000 pairs. */
nodiscard struct error *query_parse(struct arena *arena, struct span raw, struct query *out);

/* The first value of KEY, or NULL. */
const char *query_get(const struct query *query, const char *key);

/* "true", "1", "" (present) and so on as Go's strconv.ParseBool reads them; absent is false. */
nodiscard struct error *query_get_bool(const struct query *query, const char *key, bool *out);

/* %XX, and with PLUS_IS_SPACE '+', decoded into ARENA with a NUL behind it. */
nodiscard struct error *percent_decode(struct arena *arena, struct span raw, bool plus_is_space,
                                       struct span *out);
