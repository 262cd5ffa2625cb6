/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/reasons/details.h"

static int claim_compare(const struct claim_record *a, const struct claim_record *b)
{
    int order = strcmp(a->namespace, b->namespace);
    return order ? order : strcmp(a->name, b->name);
}

void use_describe(const struct device_use *use, struct buf *detail)
{
    if (!use->holdings)
        return;
    const struct claim_record *claim = use->holdings->claim;
    size_t n_others = 0;
    for (const struct holding *holding = use->holdings->next; holding; holding = holding->next, n_others++) {
        if (claim_compare(holding->claim, claim) < 0)
            claim = holding->claim;
    }
    buf_printf(detail, "held by %s/%s", claim->namespace, claim->name);
    if (n_others)
        buf_printf(detail, " and %zu more", n_others);
}

void capacity_describe(const struct candidate *candidate, const struct demand *demand, const char *name,
                       struct capacity_rules rules, struct buf *detail)
{
    const struct capacity *capacity = device_capacity(candidate->common, name);
    if (!capacity) {
        buf_printf(detail, "it has no capacity %s", name);
        return;
    }
    struct quantity wanted = { 0 }, left = capacity->value;
    error_free(capacity_amount(capacity, demand->request, rules, &wanted));
    vec_each (&candidate->entry->use->consumed, sum) {
        if (strcmp(sum->name, name) == 0)
            quantity_sub(&left, &sum->value);
    }
    buf_printf(detail, "%s: wants ", name);
    quantity_format_canonical(&wanted, detail);
    buf_add(detail, ", has ");
    quantity_format_canonical(&left, detail);
    buf_add(detail, " left of ");
    quantity_format_canonical(&capacity->value, detail);
}

void counter_describe(const struct candidate *candidate, const struct counter *counter, struct buf *detail)
{
    buf_printf(detail, "counter %s of set %s has ", counter->name, counter->set);
    quantity_format_canonical(&counter->available, detail);
    buf_add(detail, " left");
    for (size_t i = 0; i < candidate->n_draws; i++) {
        if (candidate->draws[i].counter != counter)
            continue;
        buf_add(detail, ", it needs ");
        quantity_format_canonical(candidate->draws[i].amount, detail);
    }
}

void taint_describe(const struct taint *taint, struct buf *detail)
{
    buf_add(detail, taint->key ? taint->key : "");
    if (taint->value && *taint->value)
        buf_printf(detail, "=%s", taint->value);
    buf_printf(detail, ":%s", taint_effect_name(taint->effect));
}

static void groups_list(const struct counter_consumption *of, uint64_t mask, struct buf *out)
{
    const char *separator = "";
    for (size_t i = 0; i < of->n_compatibility_groups; i++) {
        if (!(mask >> i & 1))
            continue;
        buf_printf(out, "%s%s", separator, of->compatibility_groups[i]);
        separator = ", ";
    }
    if (!*separator)
        buf_add(out, "no group");
}

void groups_describe(const struct group_set *set, const struct device *device, struct buf *detail)
{
    buf_printf(detail, "set %s goes with ", set->counter_set);
    groups_list(set->first, set->common, detail);
    for (size_t i = 0; i < device->n_consumes; i++) {
        if (strcmp(device->consumes[i].counter_set, set->counter_set) != 0)
            continue;
        buf_add(detail, ", it with ");
        groups_list(&device->consumes[i], UINT64_MAX, detail);
        return;
    }
}
