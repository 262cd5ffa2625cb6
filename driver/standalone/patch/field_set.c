/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The algebra of field sets. Nodes are sorted, so each operation is one merge of two sorted arrays at every
 * level, and the four operations differ only in when a node of the result is a member.
 */

#include "driver/standalone/patch/field_set.h"

struct field_set *field_set_new(struct arena *arena)
{
    return arena_make(arena, struct field_set);
}

/* Where ELEMENT stands or would stand. */
static size_t place_of(const struct field_set *set, struct span element)
{
    size_t low = 0, high = set->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_compare(set->nodes[middle].element, element) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct field_node *node_insert(struct arena *arena, struct field_set *set, size_t at,
                                      struct field_node node)
{
    if (set->length == set->room) {
        size_t room = set->room ? set->room * 2 : 4;
        struct field_node *nodes = arena_make_array(arena, struct field_node, room);
        if (set->length)
            memcpy(nodes, set->nodes, set->length * sizeof(*nodes));
        set->nodes = nodes;
        set->room = room;
    }
    memmove(&set->nodes[at + 1], &set->nodes[at], (set->length - at) * sizeof(*set->nodes));
    set->nodes[at] = node;
    set->length++;
    return &set->nodes[at];
}

static struct field_node *node_make(struct arena *arena, struct field_set *set, struct span element)
{
    size_t at = place_of(set, element);
    if (at < set->length && span_equal(set->nodes[at].element, element))
        return &set->nodes[at];
    return node_insert(arena, set, at, (struct field_node){ .element = element });
}

static struct field_set *below(struct arena *arena, struct field_node *node)
{
    if (!node->below)
        node->below = field_set_new(arena);
    return node->below;
}

static struct field_node *node_at(struct arena *arena, struct field_set *set, const struct field_path *path)
{
    if (!path->up)
        return node_make(arena, set, path->element);
    return node_make(arena, below(arena, node_at(arena, set, path->up)), path->element);
}

void field_set_insert(struct arena *arena, struct field_set *set, const struct field_path *path)
{
    if (path)
        node_at(arena, set, path)->member = true;
}

void field_set_insert_plain(struct arena *arena, struct field_set *set, const char *path)
{
    struct field_node *node = NULL;
    for (struct span rest = span_of(path); rest.data;) {
        struct span element = element_of_field(arena, span_split(rest, '.', &rest));
        node = node_make(arena, node ? below(arena, node) : set, element);
    }
    if (node)
        node->member = true;
}

bool field_set_is_empty(const struct field_set *set)
{
    for (size_t i = 0; set && i < set->length; i++) {
        if (set->nodes[i].member || !field_set_is_empty(set->nodes[i].below))
            return false;
    }
    return true;
}

const struct field_node *field_set_find(const struct field_set *set, struct span element)
{
    if (!set)
        return NULL;
    size_t at = place_of(set, element);
    return at < set->length && span_equal(set->nodes[at].element, element) ? &set->nodes[at] : NULL;
}

enum field_rule { FIELDS_UNION, FIELDS_INTERSECT, FIELDS_SUBTRACT, FIELDS_SUBTRACT_BELOW };

static bool rule_keeps(enum field_rule rule, bool in_a, bool in_b)
{
    switch (rule) {
    case FIELDS_UNION: return in_a || in_b;
    case FIELDS_INTERSECT: return in_a && in_b;
    case FIELDS_SUBTRACT:
    case FIELDS_SUBTRACT_BELOW: return in_a && !in_b;
    }
    return false;
}

/* NULL if it would be empty. */
static struct field_set *combine(struct arena *arena, enum field_rule rule, const struct field_set *a,
                                 const struct field_set *b)
{
    static const struct field_set nothing;
    a = a ? a : &nothing;
    b = b ? b : &nothing;
    struct field_set *result = NULL;
    for (size_t i = 0, j = 0; i < a->length || j < b->length;) {
        int order = i == a->length   ? 1
                    : j == b->length ? -1
                                     : span_compare(a->nodes[i].element, b->nodes[j].element);
        const struct field_node *from_a = order <= 0 ? &a->nodes[i++] : NULL;
        const struct field_node *from_b = order >= 0 ? &b->nodes[j++] : NULL;
        bool cut = rule == FIELDS_SUBTRACT_BELOW && from_b && from_b->member;
        struct field_node node = {
            .element = from_a ? from_a->element : from_b->element,
            .member = rule_keeps(rule, from_a && from_a->member, from_b && from_b->member),
            .below = cut ? NULL
                         : combine(arena, rule, from_a ? from_a->below : NULL, from_b ? from_b->below : NULL),
        };
        if (!node.member && !node.below)
            continue;
        if (!result)
            result = field_set_new(arena);
        node_insert(arena, result, result->length, node);
    }
    return result;
}

static struct field_set *combined(struct arena *arena, enum field_rule rule, const struct field_set *a,
                                  const struct field_set *b)
{
    struct field_set *result = combine(arena, rule, a, b);
    return result ? result : field_set_new(arena);
}

struct field_set *field_set_union(struct arena *arena, const struct field_set *a, const struct field_set *b)
{
    return combined(arena, FIELDS_UNION, a, b);
}

struct field_set *field_set_intersect(struct arena *arena, const struct field_set *a,
                                      const struct field_set *b)
{
    return combined(arena, FIELDS_INTERSECT, a, b);
}

struct field_set *field_set_subtract(struct arena *arena, const struct field_set *a,
                                     const struct field_set *b)
{
    return combined(arena, FIELDS_SUBTRACT, a, b);
}

struct field_set *field_set_subtract_below(struct arena *arena, const struct field_set *a,
                                           const struct field_set *b)
{
    return combined(arena, FIELDS_SUBTRACT_BELOW, a, b);
}

/* Whether every member of A is one of B. */
static bool is_subset(const struct field_set *a, const struct field_set *b)
{
    for (size_t i = 0; a && i < a->length; i++) {
        const struct field_node *node = &a->nodes[i], *other = field_set_find(b, node->element);
        if (node->member && !(other && other->member))
            return false;
        if (!is_subset(node->below, other ? other->below : NULL))
            return false;
    }
    return true;
}

bool field_set_equal(const struct field_set *a, const struct field_set *b)
{
    return is_subset(a, b) && is_subset(b, a);
}

static void list_member(struct arena *arena, const struct field_path *path, field_texts *out)
{
    cleanup_buf struct buf text = BUF_INIT(64 << 10);
    field_path_format(&text, path);
    vec_push(out, arena_span(arena, buf_span(&text)));
}

/* The members of each level before what is below it. */
static void list_below(struct arena *arena, const struct field_set *set, const struct field_path *up,
                       field_texts *out)
{
    for (size_t i = 0; set && i < set->length; i++) {
        if (set->nodes[i].member)
            list_member(arena, &(struct field_path){ up, set->nodes[i].element }, out);
    }
    for (size_t i = 0; set && i < set->length; i++)
        list_below(arena, set->nodes[i].below, &(struct field_path){ up, set->nodes[i].element }, out);
}

void field_set_list(struct arena *arena, const struct field_set *set, field_texts *out)
{
    list_below(arena, set, NULL, out);
}
