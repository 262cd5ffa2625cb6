/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is free on a node, and where: every device that a node's slices list counts there, in its PCIe root's
 * block and in its NUMA node's. Counts follow each change of a device one by one; the masks that say how
 * large the blocks are follow when somebody asks, at a cost of the node's blocks.
 *
 *     use ──► block of its PCIe root ──► block of its NUMA node ──► the node's look
 */

#include "controller/allocate/inventory/index.h"

/* Where a device stands */

/* The first value decides in a list: the physical node, by the attribute's definition. */
static uint32_t attribute_hash(const struct attribute *attribute)
{
    enum attribute_type type = attribute ? attribute->type : ATTRIBUTE_NONE;
    const char *text = NULL;
    switch (type) {
    case ATTRIBUTE_INT: return (uint32_t)hash_bytes(&attribute->integer, sizeof(attribute->integer));
    case ATTRIBUTE_INTS:
        return attribute->n_items ? (uint32_t)hash_bytes(attribute->integers, sizeof(int64_t)) : 0;
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: text = attribute->string; break;
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: text = attribute->n_items ? attribute->strings[0] : NULL; break;
    case ATTRIBUTE_NONE:
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_BOOLS: break;
    }
    return text ? (uint32_t)hash_bytes(text, strlen(text)) : 0;
}

struct topology device_topology(const struct device *device)
{
    return (struct topology){ attribute_hash(device_attribute(device, "resource.kubernetes.io/numaNode")),
                              attribute_hash(device_attribute(device, "resource.kubernetes.io/pcieRoot")) };
}

/* Blocks */

static bool block_is(const struct block *block, struct topology topology, uint32_t parent)
{
    return block->n_devices && block->parent == parent && block->topology.numa == topology.numa &&
           block->topology.root == topology.root;
}

/* The place of that block in the node's list, with one more device; an empty one's if it is new. */
static uint32_t block_enter(struct node_record *node, struct topology topology, uint32_t parent)
{
    size_t place = node->blocks.length;
    for (size_t i = node->blocks.length; i-- > 0;) {
        const struct block *block = &node->blocks.items[i];
        if (block->n_devices && !block_is(block, topology, parent))
            continue;
        place = i;
        if (block->n_devices)
            break;
    }
    if (place == node->blocks.length)
        vec_push(&node->blocks, (struct block){ 0 });
    struct block *block = &node->blocks.items[place];
    if (!block->n_devices)
        *block = (struct block){ topology, parent, 0, 0 };
    block->n_devices++;
    return (uint32_t)place;
}

static uint32_t blocks_enter(struct node_record *node, struct topology topology)
{
    uint32_t numa = block_enter(node, (struct topology){ topology.numa, 0 }, 0);
    return block_enter(node, topology, numa + 1);
}

static void blocks_leave(struct node_record *node, uint32_t place)
{
    struct block *root = &node->blocks.items[place];
    root->n_devices--;
    node->blocks.items[root->parent - 1].n_devices--;
}

void node_look_settle(struct node_record *record)
{
    uint64_t masks[2] = { 0, 0 }; /* of NUMA nodes, of PCIe roots */
    vec_each (&record->blocks, block)
        masks[block->parent != 0] |= UINT64_C(1) << (block->n_free < BLOCK_MOST ? block->n_free : BLOCK_MOST);
    record->look.numas = masks[0] & ~UINT64_C(1);
    record->look.roots = masks[1] & ~UINT64_C(1);
}

/* Counting */

/* Shares have used up one of its capacities. */
static bool use_is_full(const struct device_use *use)
{
    for (size_t i = 0; i < use->consumed.length; i++) {
        const struct named_quantity *sum = &use->consumed.items[i];
        const struct capacity *capacity = device_capacity(use_common(use), sum->name);
        if (capacity && quantity_compare(&sum->value, &capacity->value) >= 0)
            return true;
    }
    return false;
}

/* Adds what the use counts to its home's look, or takes it off. */
static void use_add(struct inventory *inventory, const struct device_use *use, bool takes_off)
{
    uint32_t one = takes_off ? UINT32_MAX : 1;
    struct node_look *look = &use->home->look;
    struct block *root = &use->home->blocks.items[use->block];
    struct block *numa = &use->home->blocks.items[root->parent - 1];
    look->n_used += use->counted_used ? one : 0;
    look->n_blocked += use->counted_blocked ? one : 0;
    look->n_free += use->counted_free ? one : 0;
    root->n_free += use->counted_free ? one : 0;
    numa->n_free += use->counted_free ? one : 0;
    crowds_note_node(inventory, use->home);
}

static void use_judge(struct device_use *use)
{
    use->counted_used = use->holdings;
    use->counted_blocked = use->n_dedicated;
    use->counted_free = !use->n_dedicated && !use->n_short && !use_is_full(use);
}

void use_count(struct inventory *inventory, struct device_use *use)
{
    refusals_touch(inventory, use->pool, use->home);
    if (!use->home)
        return;
    bool was_used = use->counted_used;
    use_add(inventory, use, true);
    use_judge(use);
    use_add(inventory, use, false);
    if (use->counted_used != was_used)
        use_draw(inventory, use, was_used);
}

void use_settle(struct inventory *inventory, struct device_use *use, struct node_record *home,
                const struct device_entry *entry)
{
    if (use->home) {
        use_add(inventory, use, true);
        blocks_leave(use->home, use->block);
    }
    use->home = home;
    use->entry = home ? entry : NULL;
    if (!home)
        return;
    use->block = blocks_enter(home, entry->topology);
    use_judge(use);
    use_add(inventory, use, false);
}
