/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a node selector matches a node, as component-helpers' nodeaffinity decides it. A selector that
 * cannot be parsed is an error even where another of its terms would match: the allocator aborts then.
 */

#include "api/base/error.h"
#include "api/resource/node_selector.h"

/* ERROR_INVALID for an unknown operator, a malformed key or value, or a list of the wrong length. */
nodiscard struct error *node_selector_check(const struct node_selector *selector);

/* SELECTOR has passed the check. LABELS are the node's. */
bool node_selector_matches(const struct node_selector *selector, const char *node_name,
                           const struct string_pair *labels, size_t n_labels);
