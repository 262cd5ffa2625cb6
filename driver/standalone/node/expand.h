/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A container's environment, and $(NAME) in its commands: kubelet's rules.
 */

#include "api/base/arena.h"
#include "api/core/pod.h"

struct expansion {
    struct arena *arena;
    struct string_pair *variables;
    size_t n_variables;
};

/*
 * The container's variables with their values, in order; a later one may refer to earlier ones. ERROR_INVALID
 * for a value from anywhere but the pod's own fields.
 */
nodiscard struct error *expansion_init(struct expansion *expansion, struct arena *arena,
                                       const struct pod *pod, const struct container *container,
                                       const char *node_name);

/* TEXT with $(NAME) replaced; unknown names stay as they are, "$$" is a dollar. */
const char *expand(const struct expansion *expansion, const char *text);
