/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of values: what is hashed are a value's bytes and its type. A value that nobody refers to
 * stays, since drivers publish the same again and again, until there are as many idle ones as others; then
 * they go all at once.
 */

#include "controller/allocate/devices/values.h"

#include "api/base/map.h"
#include "api/resource/semver.h"

enum { MAX_IDLE = 1024 };

/* Hashes */

static void key_add_text(struct buf *key, const char *text)
{
    buf_add(key, text ? text : "");
    buf_add_char(key, '\0');
}

static void key_add_value(struct buf *key, const struct attribute *attribute)
{
    switch (attribute->type) {
    case ATTRIBUTE_NONE: break;
    case ATTRIBUTE_INT: buf_append(key, &attribute->integer, sizeof(attribute->integer)); break;
    case ATTRIBUTE_BOOL: buf_append(key, &attribute->boolean, sizeof(attribute->boolean)); break;
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: key_add_text(key, attribute->string); break;
    case ATTRIBUTE_INTS:
        buf_append(key, attribute->integers, attribute->n_items * sizeof(*attribute->integers));
        break;
    case ATTRIBUTE_BOOLS:
        buf_append(key, attribute->booleans, attribute->n_items * sizeof(*attribute->booleans));
        break;
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS:
        for (uint32_t i = 0; i < attribute->n_items; i++)
            key_add_text(key, attribute->strings[i]);
        break;
    }
    buf_add_char(key, (char)attribute->type);
}

/* Never 0. */
static uint32_t value_hash(struct value_store *store, const struct attribute *attribute)
{
    store->key.max = SIZE_MAX / 2;
    buf_clear(&store->key);
    key_add_value(&store->key, attribute);
    return (uint32_t)hash_bytes(store->key.data, store->key.length) | 1;
}

static bool texts_equal(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool items_equal(const struct attribute *a, const struct attribute *b)
{
    for (uint32_t i = 0; i < a->n_items; i++) {
        bool equal = a->type == ATTRIBUTE_INTS    ? a->integers[i] == b->integers[i]
                     : a->type == ATTRIBUTE_BOOLS ? a->booleans[i] == b->booleans[i]
                                                  : texts_equal(a->strings[i], b->strings[i]);
        if (!equal)
            return false;
    }
    return true;
}

static bool values_equal(const struct attribute *a, const struct attribute *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case ATTRIBUTE_NONE: return true;
    case ATTRIBUTE_INT: return a->integer == b->integer;
    case ATTRIBUTE_BOOL: return a->boolean == b->boolean;
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: return texts_equal(a->string, b->string);
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: return a->n_items == b->n_items && items_equal(a, b);
    }
    return false;
}

/* Entries */

static void *items_copy(const void *items, size_t count, size_t size)
{
    void *copy = mem_new(count, size);
    return count ? memcpy(copy, items, count * size) : copy;
}

/* The pointers and, behind them, the texts: one block of memory. */
static const char **texts_copy(const char *const *texts, uint32_t count)
{
    size_t size = count * sizeof(*texts);
    for (uint32_t i = 0; i < count; i++)
        size += strlen(texts[i] ? texts[i] : "") + 1;
    const char **copy = mem_new(size, 1);
    char *text = (char *)(copy + count);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = text;
        text = stpcpy(text, texts[i] ? texts[i] : "") + 1;
    }
    return copy;
}

static struct attribute value_copy_of(const struct attribute *attribute)
{
    struct attribute copy = *attribute;
    uint32_t count = attribute->n_items;
    copy.name = NULL;
    switch (attribute->type) {
    case ATTRIBUTE_NONE:
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL: break;
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: copy.string = mem_strdup(attribute->string ? attribute->string : ""); break;
    case ATTRIBUTE_INTS: copy.integers = items_copy(attribute->integers, count, sizeof(int64_t)); break;
    case ATTRIBUTE_BOOLS: copy.booleans = items_copy(attribute->booleans, count, sizeof(bool)); break;
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: copy.strings = texts_copy(attribute->strings, count); break;
    }
    return copy;
}

static void entry_done(struct value_entry *entry)
{
    switch (entry->attribute.type) {
    case ATTRIBUTE_NONE:
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL: break;
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: free((char *)entry->attribute.string); break;
    case ATTRIBUTE_INTS: free(entry->attribute.integers); break;
    case ATTRIBUTE_BOOLS: free(entry->attribute.booleans); break;
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: free(entry->attribute.strings); break;
    }
    *entry = (struct value_entry){ 0 };
}

static bool is_version(const char *text)
{
    struct semver version;
    struct error *err = semver_parse(span_of(text), &version);
    error_free(err);
    return !err;
}

static bool is_flawed(const struct attribute *attribute)
{
    if (attribute->type == ATTRIBUTE_VERSION)
        return !is_version(attribute->string);
    for (uint32_t i = 0; attribute->type == ATTRIBUTE_VERSIONS && i < attribute->n_items; i++) {
        if (!is_version(attribute->strings[i]))
            return true;
    }
    return attribute->type == ATTRIBUTE_NONE;
}

/* The table */

/* The slot of the value, or the free one where it belongs. */
static size_t find_slot(const struct value_store *store, uint32_t hash, const struct attribute *attribute)
{
    size_t mask = store->n_slots - 1, slot = hash >> 1 & mask;
    for (; store->slots[slot]; slot = (slot + 1) & mask) {
        const struct value_entry *entry = value_entry(store, store->slots[slot]);
        if (entry->hash == hash && values_equal(&entry->attribute, attribute))
            break;
    }
    return slot;
}

static void table_build(struct value_store *store, size_t n_slots)
{
    free(store->slots);
    store->slots = mem_new(n_slots, sizeof(*store->slots));
    store->n_slots = n_slots;
    for (value_id id = 1; id <= store->entries.length; id++) {
        const struct value_entry *entry = value_entry(store, id);
        if (entry->hash)
            store->slots[find_slot(store, entry->hash, &entry->attribute)] = id;
    }
}

static size_t count_known(const struct value_store *store)
{
    return store->entries.length - store->unused.length;
}

bool values_are_stale(const struct value_store *store)
{
    return store->n_idle > MAX_IDLE && store->n_idle > count_known(store) / 2;
}

void values_forget_idle(struct value_store *store)
{
    for (value_id id = 1; id <= store->entries.length; id++) {
        struct value_entry *entry = &store->entries.items[id - 1];
        if (!entry->hash || entry->references)
            continue;
        entry_done(entry);
        vec_push(&store->unused, id);
    }
    store->n_idle = 0;
    if (store->n_slots)
        table_build(store, store->n_slots);
}

static value_id value_add(struct value_store *store, uint32_t hash, const struct attribute *attribute)
{
    value_id id;
    if (store->unused.length) {
        id = vec_pop(&store->unused);
    } else {
        vec_push(&store->entries, (struct value_entry){ 0 });
        id = (value_id)store->entries.length;
    }
    struct value_entry *entry = &store->entries.items[id - 1];
    entry->attribute = value_copy_of(attribute);
    entry->hash = hash;
    entry->is_flawed = is_flawed(&entry->attribute);
    store->n_idle++;
    return id;
}

value_id value_ref(struct value_store *store, const struct attribute *attribute)
{
    uint32_t hash = value_hash(store, attribute);
    if (count_known(store) * 4 >= store->n_slots * 3)
        table_build(store, store->n_slots ? store->n_slots * 2 : 64);
    value_id *slot = &store->slots[find_slot(store, hash, attribute)];
    if (!*slot)
        *slot = value_add(store, hash, attribute);
    if (!store->entries.items[*slot - 1].references++)
        store->n_idle--;
    return *slot;
}

void value_unref(struct value_store *store, value_id id)
{
    if (!--store->entries.items[id - 1].references)
        store->n_idle++;
}

void value_store_done(struct value_store *store)
{
    vec_each (&store->entries, entry)
        entry_done(entry);
    vec_done(&store->entries);
    vec_done(&store->unused);
    free(store->slots);
    buf_done(&store->key);
}
