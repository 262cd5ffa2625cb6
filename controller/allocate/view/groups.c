/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set's state is its first member and a mask over that member's groups, those that all later members name
 * too. It only ever shrinks, whoever joins: a device that is refused once is refused as long as the others
 * stay. A first member without groups admits only its like.
 *
 * What is allocated already joins whether it gets along or not, since it is there: where it does not, nothing
 * else is admitted.
 */

#include "controller/allocate/view/groups.h"

enum { MAX_GROUPS = 64 }; /* of one device on one set: the bits of a mask; the API allows 2 */

/* Groups of devices */

static const struct device *entry_device(const struct device_entry *entry)
{
    return &entry->card.kind->common;
}

static bool device_has_groups(const struct device *device)
{
    for (size_t i = 0; i < device->n_consumes; i++) {
        if (device->consumes[i].n_compatibility_groups)
            return true;
    }
    return false;
}

bool slice_has_groups(const struct slice_record *slice)
{
    for (size_t i = 0; i < slice->n_devices; i++) {
        if (device_has_groups(entry_device(&slice->entries[i])))
            return true;
    }
    return false;
}

static uint64_t groups_all(const struct counter_consumption *of)
{
    size_t count = of->n_compatibility_groups;
    return count == MAX_GROUPS ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static bool groups_have(const struct counter_consumption *of, const char *group)
{
    for (size_t i = 0; i < of->n_compatibility_groups; i++) {
        if (strcmp(of->compatibility_groups[i], group) == 0)
            return true;
    }
    return false;
}

/* The groups of A that B names too, as a mask over A's. */
static uint64_t groups_shared(const struct counter_consumption *a, const struct counter_consumption *b)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < a->n_compatibility_groups; i++) {
        if (groups_have(b, a->compatibility_groups[i]))
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

/* Sets */

static struct group_set *set_find(const struct pool_view *pool, const char *counter_set)
{
    for (size_t i = 0; i < pool->n_group_sets; i++) {
        if (strcmp(pool->group_sets[i].counter_set, counter_set) == 0)
            return &pool->group_sets[i];
    }
    return NULL;
}

static bool set_admits(const struct group_set *set, const struct counter_consumption *newcomer)
{
    if (!set->first)
        return true;
    if (!set->first->n_compatibility_groups)
        return !newcomer->n_compatibility_groups;
    return set->common & groups_shared(set->first, newcomer);
}

static void set_include(struct group_set *set, const struct counter_consumption *newcomer)
{
    if (!set->first) {
        set->first = newcomer;
        set->common = groups_all(newcomer);
    } else if (newcomer->n_compatibility_groups) {
        set->common &= groups_shared(set->first, newcomer);
    }
}

/* Gathering: where one device of the pool names a group, all sets and all their members count. */

static bool slice_defines_counters(const struct slice_record *slice)
{
    return slice->n_shared_counters;
}

static size_t slices_count_consumptions(const slice_list *slices, bool *has_groups)
{
    size_t count = 0;
    for (size_t i = 0; i < slices->length; i++) {
        const struct slice_record *slice = slices->items[i];
        if (slice_defines_counters(slice))
            continue;
        for (size_t d = 0; d < slice->n_devices; d++)
            count += entry_device(&slice->entries[d])->n_consumes;
        *has_groups = *has_groups || slice_has_groups(slice);
    }
    return count;
}

static bool device_gather(struct pool_view *pool, const struct device_entry *entry, struct arena *arena)
{
    const struct device *device = entry_device(entry);
    for (size_t i = 0; i < device->n_consumes; i++) {
        const struct counter_consumption *consumption = &device->consumes[i];
        struct group_set *set = set_find(pool, consumption->counter_set);
        if (consumption->n_compatibility_groups > MAX_GROUPS) {
            pool->invalid_reason = arena_printf(arena, "device %s names more than %d compatibility groups",
                                                entry->use->name, MAX_GROUPS);
            return false;
        }
        if (!set) {
            set = &pool->group_sets[pool->n_group_sets++];
            set->counter_set = consumption->counter_set;
        }
        if (entry->use->holdings)
            set_include(set, consumption);
    }
    return true;
}

bool groups_gather(struct pool_view *pool, struct arena *arena)
{
    const slice_list *lists[] = { &pool->slices, &pool->other_slices };
    bool has_groups = false;
    size_t count = 0;
    for (size_t l = 0; pool->record->n_counter_slices && l < ARRAY_LEN(lists); l++)
        count += slices_count_consumptions(lists[l], &has_groups);
    if (!has_groups)
        return true;
    pool->group_sets = arena_make_array(arena, struct group_set, count);
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        for (size_t i = 0; i < lists[l]->length; i++) {
            const struct slice_record *slice = lists[l]->items[i];
            for (size_t d = 0; !slice_defines_counters(slice) && d < slice->n_devices; d++) {
                if (!device_gather(pool, &slice->entries[d], arena))
                    return false;
            }
        }
    }
    return true;
}

/* Joining */

const struct group_set *groups_join(const struct candidate *candidate, struct undo_log *undo)
{
    size_t mark = undo_mark(undo);
    for (size_t i = 0; candidate->pool->n_group_sets && i < candidate->common->n_consumes; i++) {
        const struct counter_consumption *consumption = &candidate->common->consumes[i];
        struct group_set *set = set_find(candidate->pool, consumption->counter_set);
        if (!set_admits(set, consumption)) {
            undo_to(undo, mark);
            return set;
        }
        undo_save(undo, set, sizeof(*set));
        set_include(set, consumption);
    }
    return NULL;
}
