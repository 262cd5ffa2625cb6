/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/publish/diff.h"

#include "driver/publish/compare.h"

enum { INDEX_DIGITS = 5 };

char *slice_name_prefix(struct arena *arena, size_t place, const char *driver, const char *owner)
{
    return arena_printf(arena, "%0*zx-%s-%s-", INDEX_DIGITS, place, driver, owner ? owner : "cluster");
}

/* The place that a slice's name says, or -1. */
static int64_t place_in_name(const char *name)
{
    int64_t place = 0;
    for (int i = 0; i < INDEX_DIGITS; i++) {
        char c = name[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        place = place * 16 + digit;
    }
    return name[INDEX_DIGITS] == '-' ? place : -1;
}

static int64_t highest_generation(const struct published_slice *published, size_t n_published)
{
    int64_t highest = 0;
    for (size_t i = 0; i < n_published; i++)
        if (published[i].generation > highest)
            highest = published[i].generation;
    return highest;
}

static bool says_what_we_want(const struct value *want, const struct published_slice *slice, size_t count,
                              const struct slice_memory *memory)
{
    if (value_integer(value_path(slice->spec, "pool.resourceSliceCount"), 0) != (int64_t)count)
        return false;
    if (slice_spec_matches(want, slice->spec))
        return true;
    return memory && memory->sent && slice_spec_matches(want, memory->sent) &&
           slice_spec_matches(memory->stored, slice->spec);
}

/* Times that the server gave to taints stay as they are as long as the taint does. */
static void keep_taint_times(struct arena *arena, struct value *spec, const struct value *before)
{
    value_each (value_get(spec, "devices"), device) {
        const struct value *same = NULL;
        value_each (value_get(before, "devices"), other)
            if (value_equal(value_get(other, "name"), value_get(device, "name")))
                same = other;
        value_each (value_get(device, "taints"), taint) {
            value_each (value_get(same, "taints"), old) {
                bool equal = value_equal(value_get(old, "key"), value_get(taint, "key")) &&
                             value_equal(value_get(old, "effect"), value_get(taint, "effect"));
                if (equal && !value_get(taint, "timeAdded"))
                    value_set_text(arena, taint, "timeAdded", value_path_string(old, "timeAdded"));
            }
        }
    }
}

static struct value *complete_spec(struct arena *arena, const struct value *want, int64_t generation,
                                   size_t count)
{
    struct value *spec = value_copy(arena, want);
    struct value *pool = value_child(arena, spec, "pool");
    value_set_int(arena, pool, "generation", generation);
    value_set_int(arena, pool, "resourceSliceCount", (int64_t)count);
    return spec;
}

static void add_change(struct slice_plan *plan, struct slice_change change)
{
    plan->changes[plan->n_changes++] = change;
}

/* Gives each place its slice; the rest is obsolete and is deleted first. */
static const struct published_slice **match_places(struct arena *arena, size_t count,
                                                   const struct published_slice *published,
                                                   size_t n_published, int64_t generation,
                                                   struct slice_plan *plan)
{
    const struct published_slice **places = arena_make_array(arena, const struct published_slice *, count);
    for (size_t i = 0; i < n_published; i++) {
        int64_t place = place_in_name(published[i].name);
        bool current = published[i].generation == generation && place >= 0 && place < (int64_t)count;
        if (current && !places[place])
            places[place] = &published[i];
        else
            add_change(plan, (struct slice_change){ CHANGE_DELETE, &published[i], NULL, 0 });
    }
    return places;
}

void slices_diff(struct arena *arena, const struct value *specs, const struct published_slice *published,
                 size_t n_published, const struct slice_memory *memory, struct slice_plan *out)
{
    size_t count = value_length(specs);
    int64_t highest = highest_generation(published, n_published);
    struct slice_plan plan = { arena_make_array(arena, struct slice_change, count + n_published), 0,
                               highest };
    const struct published_slice **places =
        match_places(arena, count, published, n_published, highest, &plan);

    bool *changed = arena_make_array(arena, bool, count);
    size_t n_changed = 0, n_missing = 0;
    for (size_t i = 0; i < count; i++) {
        n_missing += !places[i];
        changed[i] =
            places[i] && !says_what_we_want(value_at(specs, i), places[i], count, memory ? &memory[i] : NULL);
        n_changed += changed[i];
    }
    bool raise = highest == 0 || n_missing > 0 || n_changed > 1;
    if (raise)
        plan.generation = highest + 1;

    for (size_t i = 0; i < count; i++) {
        if (!places[i] || (!raise && !changed[i]))
            continue;
        struct value *spec = complete_spec(arena, value_at(specs, i), plan.generation, count);
        keep_taint_times(arena, spec, places[i]->spec);
        add_change(&plan, (struct slice_change){ CHANGE_UPDATE, places[i], spec, i });
    }
    for (size_t i = 0; i < count; i++)
        if (!places[i])
            add_change(&plan, (struct slice_change){
                                  CHANGE_CREATE, NULL,
                                  complete_spec(arena, value_at(specs, i), plan.generation, count), i });
    *out = plan;
}
