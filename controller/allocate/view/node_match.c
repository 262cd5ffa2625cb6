/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/view/node_match.h"

#include "api/resource/node_selector_match.h"

#include <string.h>

struct error *node_match(const struct inventory_node *node, const char *node_name, bool all_nodes,
                         const struct node_selector *selector, bool *out)
{
    *out = false;
    if (node_name && *node_name) {
        *out = strcmp(node->name, node_name) == 0;
    } else if (all_nodes) {
        *out = true;
    } else if (selector) {
        TRY(error_wrap(node_selector_check(selector), "node selector"));
        *out = node_selector_matches(selector, node->name, node->labels, node->n_labels);
    }
    return NULL;
}
