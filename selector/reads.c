/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instructions say it all: those that read one thing name it, and the one that takes the whole device in
 * its hand (to walk over its maps, or to look up names that come from values) may see everything.
 */

#include "selector/reads.h"

static void add_keys(struct selector *sel, bool capacity, const symbol **out, uint32_t *n_out)
{
    symbol *keys = arena_make_array(sel->arena, symbol, sel->n_reads);
    uint32_t n = 0;
    for (uint32_t i = 0; i < sel->n_reads; i++)
        if (sel->reads[i].capacity == capacity)
            keys[n++] = sel->reads[i].key;
    *out = keys;
    *n_out = n;
}

void find_reads(struct selector *sel)
{
    struct selector_reads *reads = &sel->visible;
    add_keys(sel, false, &reads->attributes, &reads->n_attributes);
    add_keys(sel, true, &reads->capacities, &reads->n_capacities);
    for (uint32_t i = 0; i < sel->n_code; i++) {
        reads->driver |= sel->code[i].op == OP_DRIVER;
        reads->allow_multiple |= sel->code[i].op == OP_ALLOW_MULTIPLE;
        reads->everything |= sel->code[i].op == OP_DEVICE;
    }
}

const struct selector_reads *selector_reads(const struct selector *sel)
{
    return &sel->visible;
}

/* Whether the device can be looked at, the driver, whether it is shared; then one for each name. */
enum { COMMON_PARTS = 3 };

uint32_t selector_combination_length(const struct selector *sel)
{
    const struct selector_reads *reads = &sel->visible;
    return reads->everything ? 0 : COMMON_PARTS + reads->n_attributes + reads->n_capacities;
}

static symbol *add_ids(const struct view_table *table, const symbol *keys, uint32_t n_keys, symbol *out)
{
    for (uint32_t i = 0; i < n_keys; i++) {
        const struct view_entry *entry = view_find(table, keys[i]);
        *out++ = entry ? entry->value_id : 0;
    }
    return out;
}

void selector_combination(const struct selector *sel, const struct device_view *view, symbol *out)
{
    const struct selector_reads *reads = &sel->visible;
    if (reads->everything)
        return;
    *out++ = view->error || (view->list_error && !sel->env->allows_lists);
    *out++ = reads->driver ? view->driver_symbol : 0;
    *out++ = reads->allow_multiple && view->allow_multiple;
    out = add_ids(&view->attributes, reads->attributes, reads->n_attributes, out);
    add_ids(&view->capacity, reads->capacities, reads->n_capacities, out);
}
