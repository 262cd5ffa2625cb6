/* SPDX-License-Identifier: Apache-2.0 */

#include "api/core/node.h"

#include "api/core/tables.h"
#include "api/resource/decode.h"

#include <string.h>

struct error *node_decode(struct arena *arena, const struct value *tree, struct node **out)
{
    struct node *node = arena_make(arena, struct node);
    TRY(schema_decode(arena, &node_schema, tree, node));
    *out = node;
    return NULL;
}

struct error *namespace_decode(struct arena *arena, const struct value *tree, struct namespace **out)
{
    struct namespace *namespace = arena_make(arena, struct namespace);
    TRY(schema_decode(arena, &namespace_schema, tree, namespace));
    *out = namespace;
    return NULL;
}

bool node_is_ready(const struct node *node)
{
    for (size_t i = 0; i < node->n_conditions; i++)
        if (node->conditions[i].type && !strcmp(node->conditions[i].type, "Ready"))
            return node->conditions[i].status && !strcmp(node->conditions[i].status, "True");
    return false;
}
