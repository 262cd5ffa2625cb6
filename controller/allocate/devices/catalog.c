/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kind's key is the driver and, by the device's table, everything but the device's name and the values of
 * its attributes. Kinds that no device is of any more stay for a while, like values (values.c), and leave
 * with the same change of epoch, since their numbers are remembered in the same places.
 */

#include "controller/allocate/devices/catalog.h"

#include "api/resource/tables.h"
#include "api/resource/typed.h"

enum { MAX_IDLE_KINDS = 256 };

/* Kinds */

static void kind_key(struct buf *key, const char *driver, const struct device *device, bool is_flawed)
{
    struct device nameless = *device;
    nameless.name = NULL;
    buf_add_char(key, is_flawed ? '!' : ' ');
    buf_append(key, driver, strlen(driver) + 1);
    schema_key(&device_schema, &nameless, key);
}

static void kind_free(struct kind *kind)
{
    if (kind)
        arena_free(kind->arena);
}

static uint32_t kind_number(struct catalog *catalog)
{
    if (catalog->unused.length)
        return vec_pop(&catalog->unused);
    vec_push(&catalog->numbered, NULL);
    return (uint32_t)catalog->numbered.length - 1;
}

static struct attribute *names_only(struct attribute *attributes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        attributes[i] = (struct attribute){ .name = attributes[i].name };
    return attributes;
}

static bool capacities_are_plain(const struct device *device)
{
    for (uint32_t i = 0; i < device->n_capacities; i++) {
        if (device->capacities[i].policy || quantity_sign(&device->capacities[i].value) < 0)
            return false;
    }
    return true;
}

static struct kind *kind_new(const char *driver, const struct device *device, uint32_t number)
{
    struct arena *arena = arena_new();
    struct kind *kind = arena_make(arena, struct kind);
    kind->arena = arena;
    kind->number = number;
    kind->driver = arena_strdup(arena, driver);
    schema_copy(arena, &device_schema, device, &kind->common);
    kind->common.name = NULL;
    kind->is_plain = capacities_are_plain(device);
    names_only(kind->common.attributes, kind->common.n_attributes);
    return kind;
}

static struct kind *kind_add(struct catalog *catalog, struct span key, const char *driver,
                             const struct device *device, bool is_flawed)
{
    struct kind *kind = kind_new(driver, device, kind_number(catalog));
    kind->is_flawed = is_flawed;
    catalog->numbered.items[kind->number] = kind;
    map_set(&catalog->kinds, key, kind);
    catalog->n_idle++;
    return kind;
}

static struct kind *kind_ref(struct catalog *catalog, const char *driver, const struct device *device,
                             bool is_flawed)
{
    cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
    kind_key(&key, driver, device, is_flawed);
    struct kind *kind = map_find(&catalog->kinds, buf_span(&key));
    if (!kind)
        kind = kind_add(catalog, buf_span(&key), driver, device, is_flawed);
    if (!kind->references++)
        catalog->n_idle--;
    return kind;
}

uint32_t kind_find_attribute(const struct kind *kind, const char *name)
{
    const struct attribute *found = device_attribute(&kind->common, name);
    const char *slash = found ? NULL : strchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) : 0;
    if (slash && strlen(kind->driver) == length && memcmp(kind->driver, name, length) == 0)
        found = device_attribute(&kind->common, slash + 1);
    return found ? (uint32_t)(found - kind->common.attributes) : KIND_NO_ATTRIBUTE;
}

/* Epochs */

static void kinds_forget_idle(struct catalog *catalog)
{
    for (size_t i = catalog->kinds.length; i-- > 0;) {
        const struct map_entry *known = &catalog->kinds.entries[i];
        struct kind *kind = known->value;
        if (kind->references)
            continue;
        catalog->numbered.items[kind->number] = NULL;
        vec_push(&catalog->unused, kind->number);
        map_remove(&catalog->kinds, (struct span){ known->key, known->key_length });
        kind_free(kind);
    }
    catalog->n_idle = 0;
}

static void catalog_tidy(struct catalog *catalog)
{
    bool are_kinds_stale = catalog->n_idle > MAX_IDLE_KINDS && catalog->n_idle > catalog->kinds.length / 2;
    if (!are_kinds_stale && !values_are_stale(&catalog->values))
        return;
    kinds_forget_idle(catalog);
    values_forget_idle(&catalog->values);
    catalog->epoch++;
}

/* Cards */

void catalog_add(struct catalog *catalog, const char *driver, const struct device *device, struct card *card)
{
    bool is_flawed = false;
    catalog_tidy(catalog);
    for (uint32_t i = 0; i < device->n_attributes; i++) {
        card->values[i] = value_ref(&catalog->values, &device->attributes[i]);
        is_flawed = is_flawed || value_entry(&catalog->values, card->values[i])->is_flawed;
    }
    card->kind = kind_ref(catalog, driver, device, is_flawed);
}

void catalog_drop(struct catalog *catalog, struct card *card)
{
    for (uint32_t i = 0; i < card->kind->common.n_attributes; i++)
        value_unref(&catalog->values, card->values[i]);
    if (!--card->kind->references)
        catalog->n_idle++;
}

struct device *catalog_restore(const struct catalog *catalog, const struct card *card, const char *name,
                               struct arena *arena)
{
    struct device *device = arena_make(arena, struct device);
    *device = card->kind->common;
    device->name = name;
    device->attributes = arena_make_array(arena, struct attribute, device->n_attributes);
    for (uint32_t i = 0; i < device->n_attributes; i++) {
        device->attributes[i] = value_entry(&catalog->values, card->values[i])->attribute;
        device->attributes[i].name = card->kind->common.attributes[i].name;
    }
    return device;
}

void catalog_done(struct catalog *catalog)
{
    vec_each (&catalog->numbered, kind)
        kind_free(*kind);
    vec_done(&catalog->numbered);
    vec_done(&catalog->unused);
    map_done(&catalog->kinds);
    value_store_done(&catalog->values);
}
