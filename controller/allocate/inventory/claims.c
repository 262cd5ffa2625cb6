/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which claims hold which devices. A claim's word is the allocation that the API shows, and, until that word
 * is confirmed or forgotten, the one that was assumed; a device that both name is held once.
 *
 *     put_claim ──► observed ─┐
 *                             ├─► holdings on device uses ──► n_dedicated, n_shared, consumed
 *     assume ─────► assumed ──┘
 *
 * A use's sums are made anew from its holdings whenever one changes, so that nothing can drift.
 */

#include "controller/allocate/inventory/index.h"

/* Copying what of an allocation counts here */

static const struct named_quantity *quantities_copy(struct arena *arena, const struct named_quantity *from,
                                                    size_t count)
{
    struct named_quantity *to = arena_make_array(arena, struct named_quantity, count);
    for (size_t i = 0; i < count; i++)
        to[i] = (struct named_quantity){ arena_strdup(arena, from[i].name), from[i].value };
    for (size_t i = 0; i < count; i++)
        to[i].value.text = arena_strdup(arena, from[i].value.text);
    return to;
}

static const struct allocation *allocation_copy(struct arena *arena, const struct allocation *from)
{
    struct allocation *to = arena_make(arena, struct allocation);
    to->results = arena_make_array(arena, struct allocation_result, from->n_results);
    for (size_t i = 0; i < from->n_results; i++) {
        const struct allocation_result *result = &from->results[i];
        if (result->admin_access)
            continue;
        to->results[to->n_results++] = (struct allocation_result){
            .driver = arena_strdup(arena, result->driver ? result->driver : ""),
            .pool = arena_strdup(arena, result->pool ? result->pool : ""),
            .device = arena_strdup(arena, result->device ? result->device : ""),
            .share_id = arena_strdup(arena, result->share_id),
            .consumed = (struct named_quantity *)quantities_copy(arena, result->consumed, result->n_consumed),
            .n_consumed = result->n_consumed,
        };
    }
    return to;
}

/* Sums */

static void use_consume(struct device_use *use, const struct named_quantity *amount)
{
    vec_each (&use->consumed, sum) {
        if (strcmp(sum->name, amount->name) == 0) {
            quantity_add(&sum->value, &amount->value);
            return;
        }
    }
    vec_push(&use->consumed, *amount);
}

static void use_list_held(struct device_use *use)
{
    struct pool_record *pool = use->pool;
    pool->charges++;
    if (use->holdings.length && !use->place_held) {
        vec_push(&pool->held, use);
        use->place_held = (uint32_t)pool->held.length;
    } else if (!use->holdings.length && use->place_held) {
        struct device_use *last = vec_pop(&pool->held);
        pool->held.items[use->place_held - 1] = last;
        last->place_held = use->place_held;
        use->place_held = 0;
    }
}

static void use_recount(struct inventory *inventory, struct device_use *use)
{
    inventory->version++;
    use->n_dedicated = use->n_shared = 0;
    vec_clear(&use->consumed);
    vec_each (&use->holdings, holding) {
        if (!holding->result->share_id) {
            use->n_dedicated++;
            continue;
        }
        use->n_shared++;
        for (size_t i = 0; i < holding->result->n_consumed; i++)
            use_consume(use, &holding->result->consumed[i]);
    }
    use_count(inventory, use);
    use_list_held(use);
}

/* Holding and letting go */

static void result_hold(struct inventory *inventory, struct claim_record *claim,
                        const struct allocation_result *result)
{
    struct device_use *use = use_make(pool_make(inventory, result->driver, result->pool), result->device);
    vec_push(&use->holdings, (struct holding){ claim, result });
    use_recount(inventory, use);
}

/* A freed device gives back its counters as well, which any other device of the pool may want. */
static void use_mark_freed(struct inventory *inventory, struct device_use *use)
{
    use_mark_changed(inventory, use);
    if (use->pool->n_counter_slices)
        pool_mark_changed(inventory, use->pool);
}

static bool text_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool quantities_equal(const struct allocation_result *a, const struct allocation_result *b)
{
    bool equal = a->n_consumed == b->n_consumed;
    for (size_t i = 0; i < a->n_consumed && equal; i++)
        equal = text_equal(a->consumed[i].name, b->consumed[i].name) &&
                quantity_compare(&a->consumed[i].value, &b->consumed[i].value) == 0;
    return equal;
}

/* Whether the claim goes on holding as much of the device as RESULT says. */
static bool use_is_held_by(const struct device_use *use, const struct claim_record *claim,
                           const struct allocation_result *result)
{
    for (size_t i = 0; i < use->holdings.length; i++) {
        const struct holding *holding = &use->holdings.items[i];
        if (holding->claim == claim && quantities_equal(holding->result, result))
            return true;
    }
    return false;
}

/* A device that is held as before by the claim's other word is not freed. */
static void result_drop(struct inventory *inventory, const struct claim_record *claim,
                        const struct allocation_result *result)
{
    struct device_use *use = use_find(inventory, result->driver, result->pool, result->device);
    if (!use)
        return;
    for (size_t i = 0; i < use->holdings.length; i++) {
        if (use->holdings.items[i].result == result) {
            vec_remove(&use->holdings, i);
            break;
        }
    }
    use_recount(inventory, use);
    if (!use_is_held_by(use, claim, result))
        use_mark_freed(inventory, use);
    use_release(inventory, use);
}

static bool allocation_names(const struct allocation *allocation, const struct allocation_result *result)
{
    for (size_t i = 0; allocation && i < allocation->n_results; i++) {
        const struct allocation_result *own = &allocation->results[i];
        if (text_equal(own->device, result->device) && text_equal(own->pool, result->pool) &&
            text_equal(own->driver, result->driver) && text_equal(own->share_id, result->share_id))
            return true;
    }
    return false;
}

static void claim_hold(struct inventory *inventory, struct claim_record *claim)
{
    for (size_t i = 0; claim->observed && i < claim->observed->n_results; i++)
        result_hold(inventory, claim, &claim->observed->results[i]);
    for (size_t i = 0; claim->assumed && i < claim->assumed->n_results; i++) {
        if (!allocation_names(claim->observed, &claim->assumed->results[i]))
            result_hold(inventory, claim, &claim->assumed->results[i]);
    }
}

/* Lets go of what CLAIM held by these two words. */
static void claim_drop(struct inventory *inventory, const struct claim_record *claim,
                       const struct allocation *observed, const struct allocation *assumed)
{
    for (size_t i = 0; observed && i < observed->n_results; i++)
        result_drop(inventory, claim, &observed->results[i]);
    for (size_t i = 0; assumed && i < assumed->n_results; i++) {
        if (!allocation_names(observed, &assumed->results[i]))
            result_drop(inventory, claim, &assumed->results[i]);
    }
}

/* Whether two words hold the same: most updates of a claim leave its allocation as it was. */
static bool allocations_equal(const struct allocation *a, const struct allocation *b)
{
    bool equal = (!a && !b) || (a && b && a->n_results == b->n_results);
    for (size_t i = 0; a && equal && i < a->n_results; i++) {
        const struct allocation_result *x = &a->results[i], *y = &b->results[i];
        equal = text_equal(x->device, y->device) && text_equal(x->pool, y->pool) &&
                text_equal(x->driver, y->driver) && text_equal(x->share_id, y->share_id) &&
                quantities_equal(x, y);
    }
    return equal;
}

/* Records */

static struct span claim_key(const struct inventory *inventory, const char *namespace, const char *name)
{
    return inventory_key(inventory, namespace ? namespace : "", '/', name);
}

static struct claim_record *claim_find(const struct inventory *inventory, const char *namespace,
                                       const char *name)
{
    return map_find(&inventory->claims, claim_key(inventory, namespace, name));
}

static struct claim_record *claim_make(struct inventory *inventory, const char *namespace, const char *name)
{
    struct claim_record *record = claim_find(inventory, namespace, name);
    if (record)
        return record;
    record = NEW(struct claim_record);
    record->namespace = mem_strdup(namespace ? namespace : "");
    record->name = mem_strdup(name);
    map_set(&inventory->claims, claim_key(inventory, namespace, name), record);
    return record;
}

void claim_record_free(struct claim_record *record)
{
    arena_free(record->observed_arena);
    arena_free(record->assumed_arena);
    free(record->namespace);
    free(record->name);
    free(record);
}

static void claim_forget_if_idle(struct inventory *inventory, struct claim_record *record)
{
    if (record->observed || record->assumed)
        return;
    map_remove(&inventory->claims, claim_key(inventory, record->namespace, record->name));
    claim_record_free(record);
}

/* Replaces one of the claim's two words; ALLOCATION is copied, NULL takes it away. */
static void claim_say(struct inventory *inventory, struct claim_record *record, struct arena **arena,
                      const struct allocation **word, const struct allocation *allocation)
{
    struct arena *copy_arena = allocation ? arena_new() : NULL;
    const struct allocation *copy = allocation ? allocation_copy(copy_arena, allocation) : NULL;
    if (allocations_equal(copy, *word)) {
        arena_free(copy_arena);
        claim_forget_if_idle(inventory, record);
        return;
    }
    /* The new words take hold before the old ones let go, so that a device that stays held never looks free.
     */
    struct claim_record before = *record;
    struct arena *arena_before = *arena;
    *arena = copy_arena;
    *word = copy;
    claim_hold(inventory, record);
    claim_drop(inventory, record, before.observed, before.assumed);
    arena_free(arena_before);
    claim_forget_if_idle(inventory, record);
}

void inventory_put_claim(struct inventory *inventory, const struct resource_claim *claim)
{
    struct claim_record *record = claim_make(inventory, claim->meta.namespace, claim->meta.name);
    claim_say(inventory, record, &record->observed_arena, &record->observed, claim->allocation);
}

void inventory_remove_claim(struct inventory *inventory, const char *namespace, const char *name)
{
    struct claim_record *record = claim_find(inventory, namespace, name);
    if (record)
        claim_say(inventory, record, &record->observed_arena, &record->observed, NULL);
}

void inventory_assume(struct inventory *inventory, const char *namespace, const char *name,
                      const struct allocation *allocation)
{
    struct claim_record *record = claim_make(inventory, namespace, name);
    claim_say(inventory, record, &record->assumed_arena, &record->assumed, allocation);
}

void inventory_forget(struct inventory *inventory, const char *namespace, const char *name)
{
    struct claim_record *record = claim_find(inventory, namespace, name);
    if (record)
        claim_say(inventory, record, &record->assumed_arena, &record->assumed, NULL);
}

/* To confirm is to forget what was assumed: what the API shows stays. */
void inventory_confirm(struct inventory *inventory, const char *namespace, const char *name)
{
    inventory_forget(inventory, namespace, name);
}

bool inventory_is_assumed(const struct inventory *inventory, const char *namespace, const char *name)
{
    const struct claim_record *record = claim_find(inventory, namespace, name);
    return record && record->assumed;
}

/* Conflicts */

/* The most that any slice says there is of it: a node may still see an older generation than others. */
static const struct quantity *use_find_capacity(const struct device_use *use, const char *name)
{
    const slice_list *slices = &use->pool->slices;
    const struct quantity *most = NULL;
    for (size_t i = 0; use->n_entries && i < slices->length; i++) {
        const struct slice_record *slice = slices->items[i];
        for (size_t j = 0; j < slice->n_devices; j++) {
            const struct capacity *capacity =
                slice->entries[j].use == use ? device_capacity(&slice->entries[j].card.kind->common, name)
                                             : NULL;
            if (capacity && (!most || quantity_compare(&capacity->value, most) > 0))
                most = &capacity->value;
        }
    }
    return most;
}

/* The first capacity of the device of which shares consume more than there is, or NULL. */
static const char *use_exceeded_capacity(const struct device_use *use)
{
    for (size_t i = 0; i < use->consumed.length; i++) {
        const struct named_quantity *sum = &use->consumed.items[i];
        const struct quantity *most = use_find_capacity(use, sum->name);
        if (most && quantity_compare(&sum->value, most) > 0)
            return sum->name;
    }
    return NULL;
}

static bool use_find_conflict(const struct device_use *use, const struct claim_record *claim,
                              const struct allocation_result *result, struct inventory_conflict *out)
{
    const char *exceeded = result->share_id ? use_exceeded_capacity(use) : NULL;
    for (size_t i = 0; i < use->holdings.length; i++) {
        const struct holding *holding = &use->holdings.items[i];
        bool exclusive = !result->share_id || !holding->result->share_id;
        if (holding->claim == claim || (!exclusive && !exceeded))
            continue;
        *out = (struct inventory_conflict){
            use->pool->driver,         use->pool->name,      use->name,
            holding->claim->namespace, holding->claim->name, exclusive ? NULL : exceeded
        };
        return true;
    }
    return false;
}

bool inventory_find_conflict(const struct inventory *inventory, const char *namespace, const char *name,
                             struct inventory_conflict *out)
{
    const struct claim_record *claim = claim_find(inventory, namespace, name);
    const struct allocation *words[] = { claim ? claim->observed : NULL, claim ? claim->assumed : NULL };
    for (size_t w = 0; w < ARRAY_LEN(words); w++) {
        for (size_t i = 0; words[w] && i < words[w]->n_results; i++) {
            const struct allocation_result *result = &words[w]->results[i];
            const struct device_use *use = use_find(inventory, result->driver, result->pool, result->device);
            if (use && use_find_conflict(use, claim, result, out))
                return true;
        }
    }
    return false;
}

void inventory_each_holder(const struct inventory *inventory, const char *driver, const char *pool,
                           const char *device, void (*each)(void *context, const char *claim), void *context)
{
    const struct device_use *use = use_find(inventory, driver, pool, device);
    for (size_t i = 0; use && i < use->holdings.length; i++) {
        const struct claim_record *claim = use->holdings.items[i].claim;
        cleanup_buf struct buf name = BUF_INIT(SIZE_MAX / 2);
        buf_printf(&name, "%s/%s", claim->namespace, claim->name);
        each(context, buf_text(&name));
    }
}
