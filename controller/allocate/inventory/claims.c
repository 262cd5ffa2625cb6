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

/* Words: what of an allocation counts here, in one piece of memory, since there is one for each claim */

struct claim_word {
    struct holding *holdings;
    size_t n_holdings;
    struct named_quantity amounts[]; /* then holdings, then texts */
};

/* What is left of a word's memory while it is written. */
struct word_room {
    struct named_quantity *amounts;
    char *texts;
};

static bool result_counts(const struct allocation_result *result)
{
    return !result->admin_access;
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static struct claim_word *word_new(const struct allocation *allocation, struct word_room *room)
{
    size_t n_holdings = 0, n_amounts = 0, n_bytes = 0;
    for (size_t i = 0; i < allocation->n_results; i++) {
        const struct allocation_result *result = &allocation->results[i];
        if (!result_counts(result))
            continue;
        n_holdings++;
        n_amounts += result->n_consumed;
        n_bytes += text_size(result->share_id);
        for (size_t k = 0; k < result->n_consumed; k++)
            n_bytes += text_size(result->consumed[k].name) + result->consumed[k].value.text_length;
    }
    struct claim_word *word = mem_new(1, sizeof(*word) + n_amounts * sizeof(word->amounts[0]) +
                                             n_holdings * sizeof(word->holdings[0]) + n_bytes);
    room->amounts = word->amounts;
    word->holdings = (struct holding *)(void *)(word->amounts + n_amounts);
    room->texts = (char *)(word->holdings + n_holdings);
    return word;
}

static const char *text_keep(struct word_room *room, const char *text, size_t size)
{
    char *kept = room->texts;
    if (!text)
        return NULL;
    memcpy(kept, text, size);
    room->texts += size;
    return kept;
}

static void amount_keep(struct word_room *room, const struct named_quantity *from)
{
    struct named_quantity *to = room->amounts++;
    *to = *from;
    to->name = text_keep(room, from->name, text_size(from->name));
    to->value.text = text_keep(room, from->value.text, from->value.text_length);
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static struct claim_word *word_make(struct inventory *inventory, struct claim_record *claim,
                                    const struct allocation *allocation)
{
    struct word_room room;
    struct claim_word *word = word_new(allocation, &room);
    for (size_t i = 0; i < allocation->n_results; i++) {
        const struct allocation_result *result = &allocation->results[i];
        if (!result_counts(result))
            continue;
        struct pool_record *pool =
            pool_make(inventory, text_or_empty(result->driver), text_or_empty(result->pool));
        word->holdings[word->n_holdings++] = (struct holding){
            .claim = claim,
            .use = use_make(pool, text_or_empty(result->device)),
            .share_id = text_keep(&room, result->share_id, text_size(result->share_id)),
            .amounts = room.amounts,
            .n_amounts = result->n_consumed,
        };
        for (size_t k = 0; k < result->n_consumed; k++)
            amount_keep(&room, &result->consumed[k]);
    }
    return word;
}

#define word_each(word, holding)                                                                             \
    for (struct holding *holding = (word) ? (word)->holdings : NULL;                                         \
         holding && holding != (word)->holdings + (word)->n_holdings; holding++)

static bool text_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool amounts_equal(const struct holding *a, const struct holding *b)
{
    bool equal = a->n_amounts == b->n_amounts;
    for (size_t i = 0; i < a->n_amounts && equal; i++)
        equal = text_equal(a->amounts[i].name, b->amounts[i].name) &&
                quantity_compare(&a->amounts[i].value, &b->amounts[i].value) == 0;
    return equal;
}

static bool holdings_name_same(const struct holding *a, const struct holding *b)
{
    return a->use == b->use && text_equal(a->share_id, b->share_id);
}

/* Whether two words hold the same: most updates of a claim leave its allocation as it was. */
static bool words_equal(const struct claim_word *a, const struct claim_word *b)
{
    bool equal = (!a && !b) || (a && b && a->n_holdings == b->n_holdings);
    for (size_t i = 0; a && equal && i < a->n_holdings; i++)
        equal = holdings_name_same(&a->holdings[i], &b->holdings[i]) &&
                amounts_equal(&a->holdings[i], &b->holdings[i]);
    return equal;
}

static bool word_names(const struct claim_word *word, const struct holding *holding)
{
    for (size_t i = 0; word && i < word->n_holdings; i++) {
        if (holdings_name_same(&word->holdings[i], holding))
            return true;
    }
    return false;
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
    if (use->holdings && !use->place_held) {
        vec_push(&pool->held, use);
        use->place_held = (uint32_t)pool->held.length;
    } else if (!use->holdings && use->place_held) {
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
    for (const struct holding *holding = use->holdings; holding; holding = holding->next) {
        if (!holding->share_id) {
            use->n_dedicated++;
            continue;
        }
        use->n_shared++;
        for (size_t i = 0; i < holding->n_amounts; i++)
            use_consume(use, &holding->amounts[i]);
    }
    use_count(inventory, use);
    use_list_held(use);
}

/* Holding and letting go */

static struct holding **use_find_link(struct device_use *use, const struct holding *holding)
{
    struct holding **link = &use->holdings;
    while (*link != holding)
        link = &(*link)->next;
    return link;
}

static void holding_start(struct inventory *inventory, struct holding *holding)
{
    *use_find_link(holding->use, NULL) = holding;
    holding->is_held = true;
    use_recount(inventory, holding->use);
}

/* A freed device gives back its counters as well, which any other device of the pool may want. */
static void use_mark_freed(struct inventory *inventory, struct device_use *use)
{
    use_mark_changed(inventory, use);
    if (use->pool->n_counter_slices)
        pool_mark_changed(inventory, use->pool);
}

/* Whether the claim goes on holding as much of the device by its other word. */
static bool use_is_held_like(const struct device_use *use, const struct holding *gone)
{
    for (const struct holding *holding = use->holdings; holding; holding = holding->next) {
        if (holding->claim == gone->claim && amounts_equal(holding, gone))
            return true;
    }
    return false;
}

/* A device that is held as before is not freed. */
static void holding_stop(struct inventory *inventory, struct holding *holding)
{
    struct device_use *use = holding->use;
    *use_find_link(use, holding) = holding->next;
    holding->next = NULL;
    holding->is_held = false;
    use_recount(inventory, use);
    if (!use_is_held_like(use, holding))
        use_mark_freed(inventory, use);
    use_release(inventory, use);
}

/* Holds what the claim's words name, and no longer what only GONE, one of them before, did. What is new takes
 * hold before the old lets go, so that a device that stays held never looks free; and whatever a word names
 * is held by it or by the other one, so that its use is there. */
static void claim_settle(struct inventory *inventory, struct claim_record *claim, struct claim_word *gone)
{
    word_each(claim->observed, holding)
    {
        if (!holding->is_held)
            holding_start(inventory, holding);
    }
    word_each(claim->assumed, holding)
    {
        if (!holding->is_held && !word_names(claim->observed, holding))
            holding_start(inventory, holding);
    }
    word_each(gone, holding)
    {
        if (holding->is_held)
            holding_stop(inventory, holding);
    }
    word_each(claim->assumed, holding)
    {
        if (holding->is_held && word_names(claim->observed, holding))
            holding_stop(inventory, holding);
    }
}

/* Records */

static struct span claim_key(const struct inventory *inventory, const char *namespace, const char *name)
{
    return inventory_key(inventory, text_or_empty(namespace), '\0', name);
}

static struct claim_record *claim_find(const struct inventory *inventory, const char *namespace,
                                       const char *name)
{
    return map_find(&inventory->claims, claim_key(inventory, namespace, name));
}

static struct claim_record *claim_make(struct inventory *inventory, const char *namespace, const char *name)
{
    struct span key = claim_key(inventory, namespace, name);
    uint64_t hash = hash_bytes(key.data, key.length);
    struct claim_record *record = map_find_hashed(&inventory->claims, key, hash);
    if (record)
        return record;
    record = mem_new(1, sizeof(*record) + key.length + 1);
    memcpy(record->key, key.data, key.length);
    record->namespace = record->key;
    record->name = record->key + strlen(record->key) + 1;
    map_set_hashed(&inventory->claims, (struct span){ record->key, key.length }, hash, record);
    return record;
}

void claim_record_free(struct claim_record *record)
{
    free(record->observed);
    free(record->assumed);
    free(record);
}

static void claim_forget_if_idle(struct inventory *inventory, struct claim_record *record)
{
    if (record->observed || record->assumed)
        return;
    map_remove(&inventory->claims, claim_key(inventory, record->namespace, record->name));
    claim_record_free(record);
}

/* Replaces WORD, one of the claim's two; ALLOCATION is copied, NULL takes it away. */
static void claim_say(struct inventory *inventory, struct claim_record *record, struct claim_word **word,
                      const struct allocation *allocation)
{
    struct claim_word *before = *word;
    struct claim_word *after = allocation ? word_make(inventory, record, allocation) : NULL;
    if (words_equal(before, after)) {
        free(after);
    } else {
        *word = after;
        claim_settle(inventory, record, before);
        free(before);
    }
    claim_forget_if_idle(inventory, record);
}

void inventory_put_claim(struct inventory *inventory, const struct resource_claim *claim)
{
    struct claim_record *record = claim_make(inventory, claim->meta.namespace, claim->meta.name);
    claim_say(inventory, record, &record->observed, claim->allocation);
}

void inventory_remove_claim(struct inventory *inventory, const char *namespace, const char *name)
{
    struct claim_record *record = claim_find(inventory, namespace, name);
    if (record)
        claim_say(inventory, record, &record->observed, NULL);
}

void inventory_assume(struct inventory *inventory, const char *namespace, const char *name,
                      const struct allocation *allocation)
{
    struct claim_record *record = claim_make(inventory, namespace, name);
    claim_say(inventory, record, &record->assumed, allocation);
}

void inventory_forget(struct inventory *inventory, const char *namespace, const char *name)
{
    struct claim_record *record = claim_find(inventory, namespace, name);
    if (record)
        claim_say(inventory, record, &record->assumed, NULL);
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

static bool holding_find_conflict(const struct holding *own, struct inventory_conflict *out)
{
    const struct device_use *use = own->use;
    const char *exceeded = own->share_id ? use_exceeded_capacity(use) : NULL;
    for (const struct holding *other = use->holdings; other; other = other->next) {
        bool exclusive = !own->share_id || !other->share_id;
        if (other->claim == own->claim || (!exclusive && !exceeded))
            continue;
        *out = (struct inventory_conflict){ use->pool->driver,  use->pool->name,
                                            use->name,          other->claim->namespace,
                                            other->claim->name, exclusive ? NULL : exceeded };
        return true;
    }
    return false;
}

static bool word_find_conflict(struct claim_word *word, struct inventory_conflict *out)
{
    word_each(word, holding)
    {
        if (holding_find_conflict(holding, out))
            return true;
    }
    return false;
}

bool inventory_find_conflict(const struct inventory *inventory, const char *namespace, const char *name,
                             struct inventory_conflict *out)
{
    const struct claim_record *claim = claim_find(inventory, namespace, name);
    return claim && (word_find_conflict(claim->observed, out) || word_find_conflict(claim->assumed, out));
}

void inventory_each_holder(const struct inventory *inventory, const char *driver, const char *pool,
                           const char *device, void (*each)(void *context, const char *claim), void *context)
{
    const struct device_use *use = use_find(inventory, driver, pool, device);
    for (const struct holding *holding = use ? use->holdings : NULL; holding; holding = holding->next) {
        cleanup_buf struct buf name = BUF_INIT(SIZE_MAX / 2);
        buf_printf(&name, "%s/%s", holding->claim->namespace, holding->claim->name);
        each(context, buf_text(&name));
    }
}
