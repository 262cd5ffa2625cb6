/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/inventory/kept.h"

#include "controller/allocate/inventory/index.h"

#include <stdlib.h>

enum { MAX_WEIGHT = 1 << 16, OWN_WEIGHT = 8 }; /* in devices; anything is worth a few itself */

struct kept {
    struct arena *arena;
    void *what;
    size_t weight;
    struct node_record *owner;
    struct kept *newer, *older;
};

static void list_unlink(struct kept_list *list, struct kept *kept)
{
    *(kept->newer ? &kept->newer->older : &list->newest) = kept->older;
    *(kept->older ? &kept->older->newer : &list->oldest) = kept->newer;
    list->weight -= kept->weight;
}

static void list_link(struct kept_list *list, struct kept *kept)
{
    kept->newer = NULL;
    kept->older = list->newest;
    *(list->newest ? &list->newest->newer : &list->oldest) = kept;
    list->newest = kept;
    list->weight += kept->weight;
}

void node_forget_kept(struct inventory *inventory, struct node_record *node)
{
    struct kept *kept = node->kept;
    if (!kept)
        return;
    node->kept = NULL;
    list_unlink(&inventory->kept, kept);
    arena_free(kept->arena);
    free(kept);
}

void node_keep(struct inventory *inventory, struct node_record *node, struct arena *arena, void *what,
               size_t weight)
{
    node_forget_kept(inventory, node);
    node->kept = NEW(struct kept);
    *node->kept = (struct kept){ .arena = arena, .what = what, .weight = weight + OWN_WEIGHT, .owner = node };
    list_link(&inventory->kept, node->kept);
    while (inventory->kept.weight > MAX_WEIGHT && inventory->kept.oldest != node->kept)
        node_forget_kept(inventory, inventory->kept.oldest->owner);
}

void *node_kept(struct inventory *inventory, const struct node_record *node)
{
    struct kept *kept = node->kept;
    if (!kept)
        return NULL;
    list_unlink(&inventory->kept, kept);
    list_link(&inventory->kept, kept);
    return kept->what;
}
