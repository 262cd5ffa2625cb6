/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy files: whatever is in them, each document becomes content or a problem, and an inventory that was
 * accepted can be expanded, or says why not.
 */

#include "api/config/policy.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_policy_set struct policy_set *set = policy_set_new();
    policy_set_add(set, "fuzz.yaml", (struct span){ (const char *)data, size });
    vec_each (&set->problems, problem)
        assert(problem->error && *problem->error->text);
    vec_each (&set->inventories, inventory) {
        cleanup_arena struct arena *arena = arena_new();
        struct inventory_content content;
        struct value *config;
        error_free(inventory_expand(arena, *inventory, "worker", &content));
        error_free(config_decode(arena, (*inventory)->kinds, (*inventory)->n_kinds, NULL, &config));
        vec_each (&set->classes, class) {
            error_free(config_decode(arena, (*inventory)->kinds, (*inventory)->n_kinds, *class, &config));
            policy_find(set, (*inventory)->driver, "class");
        }
    }
    return 0;
}
