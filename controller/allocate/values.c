/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value's key is its bytes, then its type; texts and numbers of an entry are those of its key, where they
 * stand as C wants them. A value that nobody refers to stays, since drivers publish the same again and again,
 * until there are as many idle ones as others.
 */

#include "controller/allocate/values.h"

#include "api/base/buf.h"
#include "api/resource/semver.h"

enum { MAX_IDLE = 1024 };

/* Keys */

static void key_add_text(struct buf *key, const char *text)
{
    buf_add(key, text ? text : "");
    buf_add_char(key, '\0');
}

static void value_key(struct buf *key, const struct attribute *attribute)
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

/* Entries */

static const char **texts_of_key(const char *key, uint32_t count)
{
    const char **texts = mem_new(count, sizeof(*texts));
    for (uint32_t i = 0; i < count; i++, key += strlen(key) + 1)
        texts[i] = key;
    return texts;
}

/* ATTRIBUTE with its bytes taken from KEY, which stays where it is. */
static struct attribute attribute_of_key(const struct attribute *attribute, char *key)
{
    struct attribute kept = { .type = attribute->type, .n_items = attribute->n_items };
    switch (attribute->type) {
    case ATTRIBUTE_NONE: break;
    case ATTRIBUTE_INT: kept.integer = attribute->integer; break;
    case ATTRIBUTE_BOOL: kept.boolean = attribute->boolean; break;
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: kept.string = key; break;
    case ATTRIBUTE_INTS: kept.integers = (int64_t *)(void *)key; break;
    case ATTRIBUTE_BOOLS: kept.booleans = (bool *)key; break;
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: kept.strings = texts_of_key(key, attribute->n_items); break;
    }
    return kept;
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

static void entry_done(struct value_entry *entry)
{
    if (entry->attribute.type == ATTRIBUTE_STRINGS || entry->attribute.type == ATTRIBUTE_VERSIONS)
        free(entry->attribute.strings);
    *entry = (struct value_entry){ 0 };
}

/* Idle values */

static void value_forget(struct value_store *store, const struct map_entry *known)
{
    value_id id = (value_id)(uintptr_t)known->value;
    entry_done(&store->entries.items[id - 1]);
    vec_push(&store->unused, id);
    map_remove(&store->by_key, (struct span){ known->key, known->key_length });
}

bool values_are_stale(const struct value_store *store)
{
    return store->n_idle > MAX_IDLE && store->n_idle > store->by_key.length / 2;
}

void values_forget_idle(struct value_store *store)
{
    for (size_t i = store->by_key.length; i-- > 0;) {
        const struct map_entry *known = &store->by_key.entries[i];
        if (!value_entry(store, (value_id)(uintptr_t)known->value)->references)
            value_forget(store, known);
    }
    store->n_idle = 0;
}

/* Values */

static value_id value_number(struct value_store *store)
{
    if (store->unused.length)
        return vec_pop(&store->unused);
    vec_push(&store->entries, (struct value_entry){ 0 });
    return (value_id)store->entries.length;
}

static value_id value_add(struct value_store *store, struct span key, const struct attribute *attribute)
{
    value_id id = value_number(store);
    map_set(&store->by_key, key, (void *)(uintptr_t)id);
    const struct map_entry *kept = &store->by_key.entries[store->by_key.length - 1];
    struct value_entry *entry = &store->entries.items[id - 1];
    entry->attribute = attribute_of_key(attribute, kept->key);
    entry->flawed = is_flawed(&entry->attribute);
    store->n_idle++;
    return id;
}

value_id value_ref(struct value_store *store, const struct attribute *attribute)
{
    cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
    value_key(&key, attribute);
    value_id id = (value_id)(uintptr_t)map_find(&store->by_key, buf_span(&key));
    if (!id)
        id = value_add(store, buf_span(&key), attribute);
    if (!store->entries.items[id - 1].references++)
        store->n_idle--;
    return id;
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
    map_done(&store->by_key);
}
