/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Questions rather than objects: may I, who am I. Whoever holds the token may do everything here.
 */

#include "driver/standalone/rest/resources.h"

struct review {
    struct schema_kind kind;
    resource_handler *create;
};

const struct review *review_list(size_t *n_reviews);
