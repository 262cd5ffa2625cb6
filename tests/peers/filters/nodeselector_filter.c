/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node selectors for the differential test: reads lines {"nodeSelector":…,"name":…,"labels":{…}}, writes
 * "true", "false", or "error" for a selector that cannot be parsed.
 */

#include "api/base/vec.h"
#include "api/resource/node_selector_match.h"
#include "api/resource/objects.h"
#include "api/value/json.h"

#include <stdio.h>
#include <stdlib.h>

static struct error *match_line(struct arena *arena, struct span line, bool *out)
{
    VEC(struct string_pair) labels = { 0 };
    struct allocation *allocation;
    struct value *tree;
    TRY(json_parse(arena, line, 0, &tree));
    TRY(allocation_decode(arena, tree, &allocation));
    TRY(node_selector_check(allocation->node_selector));
    value_each_member (value_get(tree, "labels"), label)
        vec_push(&labels, (struct string_pair){ label->name.data, value_string(label->value) });
    *out = node_selector_matches(allocation->node_selector, value_string(value_get(tree, "name")),
                                 labels.items, labels.length);
    vec_done(&labels);
    return NULL;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        cleanup_arena struct arena *arena = arena_new();
        bool matches = false;
        cleanup_error struct error *err = match_line(arena, (struct span){ line, (size_t)length }, &matches);
        printf("%s\n", err ? "error" : matches ? "true" : "false");
    }
    free(line);
    return fflush(stdout) ? 1 : 0;
}
