/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain maps keep their entries in the order in which they came; past a few entries a table of hashes finds
 * them. Lists and maps grow in place while an accumulator is their only owner, doubling as they go.
 */

#include "selector/container.h"

#include "api/value/value.h"
#include "selector/compare.h"
#include "selector/selector.h"

struct dict_entry {
    struct datum key, value;
};

struct dict {
    struct dict_entry *entries;
    uint32_t *slots; /* entry + 1, 0 is free; NULL for few entries */
    uint32_t room, slot_mask;
};

enum { SMALL_DICT = 8, FIRST_ROOM = 8 };

/* JSON */

struct datum datum_of_value(const struct value *value)
{
    if (!value)
        return (struct datum){ .kind = DATUM_NULL };
    switch (value->type) {
    case VALUE_NULL: return (struct datum){ .kind = DATUM_NULL };
    case VALUE_BOOL: return datum_bool(value->boolean);
    case VALUE_INT: return datum_int(value->integer);
    case VALUE_DOUBLE: return datum_double(value->number);
    case VALUE_STRING: return datum_text(value->string);
    case VALUE_LIST:
        return (struct datum){
            .kind = DATUM_LIST, .form = LIST_JSON, .size = value->list.n_items, .object = value
        };
    case VALUE_OBJECT:
        return (struct datum){
            .kind = DATUM_MAP, .form = DICT_JSON, .size = value->object.n_members, .object = value
        };
    }
    return (struct datum){ .kind = DATUM_NULL };
}

/* Lists */

struct datum list_at(const struct datum *list, uint32_t index)
{
    if (list->form == LIST_PLAIN)
        return list->items[index];
    const struct value *value = list->object;
    return datum_of_value(value->list.items[index]);
}

struct datum *list_new(struct machine *machine, uint32_t count)
{
    return machine_memory(machine, count, sizeof(struct datum));
}

struct datum list_of(const struct datum *items, uint32_t count)
{
    return (struct datum){ .kind = DATUM_LIST, .form = LIST_PLAIN, .size = count, .items = items };
}

/* Growing lists have room for the next power of two of items, from FIRST_ROOM up. */
static bool is_full(uint32_t count)
{
    return count == 0 || (count >= FIRST_ROOM && (count & (count - 1)) == 0);
}

struct datum list_append(struct machine *machine, struct datum list, struct datum item)
{
    struct datum *items = (struct datum *)list.items;
    if (is_full(list.size)) {
        items = list_new(machine, list.size ? list.size * 2 : FIRST_ROOM);
        if (!items)
            return fail_memory();
        if (list.size)
            memcpy(items, list.items, list.size * sizeof(*items));
    }
    items[list.size] = item;
    return list_of(items, list.size + 1);
}

bool list_contains(struct machine *machine, const struct datum *list, const struct datum *item)
{
    for (uint32_t i = 0; i < list->size; i++) {
        struct datum other = list_at(list, i);
        if (datum_same(machine, &other, item))
            return true;
    }
    return false;
}

/* Maps */

struct datum dict_empty(void)
{
    return (struct datum){ .kind = DATUM_MAP, .form = DICT_PLAIN };
}

static struct datum text_datum(const char *text)
{
    return datum_text(span_of(text));
}

static struct datum domain_map(const struct view_table *table, const struct view_domain *domain)
{
    return (struct datum){
        .kind = DATUM_MAP, .form = DICT_NAMES, .size = domain->count, .object = &table->entries[domain->first]
    };
}

static struct datum domains_map(const struct view_table *table)
{
    return (
        struct datum){ .kind = DATUM_MAP, .form = DICT_DOMAINS, .size = table->n_domains, .object = table };
}

static const char *const device_fields[] = { "driver", "attributes", "capacity", "allowMultipleAllocations" };

struct datum dict_of_device(const struct device_view *view)
{
    return (struct datum){
        .kind = DATUM_MAP, .form = DICT_DEVICE, .size = ARRAY_LEN(device_fields), .object = view
    };
}

static struct datum device_field(const struct device_view *view, uint32_t index)
{
    switch (index) {
    case 0: return view->driver_value;
    case 1: return domains_map(&view->attributes);
    case 2: return domains_map(&view->capacity);
    }
    return datum_bool(view->allow_multiple);
}

struct datum dict_key(const struct datum *map, uint32_t index)
{
    switch ((enum dict_form)map->form) {
    case DICT_PLAIN: return ((const struct dict *)map->object)->entries[index].key;
    case DICT_JSON: return datum_text(((const struct value *)map->object)->object.members[index].name);
    case DICT_DOMAINS: return text_datum(((const struct view_table *)map->object)->domains[index].text);
    case DICT_NAMES: return text_datum(((const struct view_entry *)map->object)[index].name);
    case DICT_DEVICE: return text_datum(device_fields[index]);
    }
    return fail_no_overload();
}

struct datum dict_value(const struct datum *map, uint32_t index)
{
    const struct view_table *table = map->object;
    switch ((enum dict_form)map->form) {
    case DICT_PLAIN: return ((const struct dict *)map->object)->entries[index].value;
    case DICT_JSON: return datum_of_value(((const struct value *)map->object)->object.members[index].value);
    case DICT_DOMAINS: return domain_map(table, &table->domains[index]);
    case DICT_NAMES: return ((const struct view_entry *)map->object)[index].value;
    case DICT_DEVICE: return device_field(map->object, index);
    }
    return fail_no_overload();
}

static bool find_linear(struct machine *machine, const struct datum *map, const struct datum *key,
                        uint32_t *out)
{
    for (uint32_t i = 0; i < map->size; i++) {
        struct datum other = dict_key(map, i);
        if (datum_same(machine, &other, key)) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool find_entry(struct machine *machine, const struct datum *map, const struct datum *key,
                       uint32_t *out)
{
    const struct dict *dict = map->object;
    if (map->form != DICT_PLAIN || !map->size || !dict->slots)
        return find_linear(machine, map, key, out);
    for (uint32_t at = (uint32_t)datum_hash(key) & dict->slot_mask; dict->slots[at];
         at = (at + 1) & dict->slot_mask) {
        *out = dict->slots[at] - 1;
        if (datum_same(machine, &dict->entries[*out].key, key))
            return true;
    }
    return false;
}

bool dict_get(struct machine *machine, const struct datum *map, const struct datum *key, struct datum *out)
{
    uint32_t at;
    if (!find_entry(machine, map, key, &at))
        return false;
    *out = dict_value(map, at);
    return true;
}

static void fill_slots(struct dict *dict, uint32_t count)
{
    memset(dict->slots, 0, (dict->slot_mask + 1) * sizeof(*dict->slots));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)datum_hash(&dict->entries[i].key) & dict->slot_mask;
        while (dict->slots[at])
            at = (at + 1) & dict->slot_mask;
        dict->slots[at] = i + 1;
    }
}

/* A dict with twice the room of MAP's, holding the same. */
static struct dict *grow(struct machine *machine, const struct datum *map)
{
    const struct dict *old = map->object;
    uint32_t room = old ? old->room * 2 : SMALL_DICT;
    struct dict *dict = machine_memory(machine, 1, sizeof(*dict));
    struct dict_entry *entries = machine_memory(machine, room, sizeof(*entries));
    uint32_t *slots = room > SMALL_DICT ? machine_memory(machine, (size_t)room * 2, sizeof(*slots)) : NULL;
    if (!dict || !entries || (room > SMALL_DICT && !slots))
        return NULL;
    if (old)
        memcpy(entries, old->entries, map->size * sizeof(*entries));
    *dict = (struct dict){ entries, slots, room, room * 2 - 1 };
    if (slots)
        fill_slots(dict, map->size);
    return dict;
}

struct datum dict_put(struct machine *machine, struct datum map, struct datum key, struct datum value,
                      bool *replaced)
{
    struct dict *dict = (struct dict *)map.object;
    uint32_t at;
    bool found = find_entry(machine, &map, &key, &at);
    if (replaced)
        *replaced = found;
    if (found) {
        dict->entries[at].value = value;
        return map;
    }
    if (!dict || map.size == dict->room) {
        dict = grow(machine, &map);
        if (!dict)
            return fail_memory();
        map.object = dict;
    }
    dict->entries[map.size] = (struct dict_entry){ key, value };
    if (dict->slots) {
        uint32_t slot = (uint32_t)datum_hash(&key) & dict->slot_mask;
        while (dict->slots[slot])
            slot = (slot + 1) & dict->slot_mask;
        dict->slots[slot] = map.size + 1;
    }
    map.size++;
    return map;
}

struct datum dict_freeze(struct arena *arena, struct datum map)
{
    const struct dict *old = map.object;
    if (!old)
        return map;
    struct dict *dict = arena_make(arena, struct dict);
    *dict = *old;
    dict->entries = arena_make_array(arena, struct dict_entry, map.size);
    memcpy(dict->entries, old->entries, map.size * sizeof(*dict->entries));
    if (old->slots) {
        size_t n_slots = (size_t)old->slot_mask + 1;
        dict->slots = arena_make_array(arena, uint32_t, n_slots);
        memcpy(dict->slots, old->slots, n_slots * sizeof(*dict->slots));
    }
    map.object = dict;
    return map;
}

/* Looking into something */

enum outcome {
    FOUND,
    ABSENT, /* an empty optional, or an error for those who insist */
    WRONG,  /* an error in any case */
};

static enum outcome absent(struct machine *machine, const struct datum *key, struct datum *out)
{
    *out = fail_no_key(machine, key);
    return ABSENT;
}

/* An index as a position: WRONG, with an error in *OUT, if it cannot be one. */
static enum outcome list_position(struct machine *machine, const struct datum *key, int64_t *position,
                                  struct datum *out)
{
    if (key->kind == DATUM_INT) {
        *position = key->integer;
    } else if (key->kind == DATUM_UINT) {
        *position = key->natural > INT64_MAX ? INT64_MAX : (int64_t)key->natural;
    } else if (key->kind == DATUM_DOUBLE) {
        bool whole = key->number == __builtin_trunc(key->number) && __builtin_fabs(key->number) < 0x1p62;
        if (!whole) {
            *out = failf(machine, "unsupported index value %g in list", key->number);
            return WRONG;
        }
        *position = (int64_t)key->number;
    } else {
        *out = failf(machine, "unsupported index type '%s' in list", datum_type_name(key));
        return WRONG;
    }
    return FOUND;
}

static enum outcome list_item(struct machine *machine, const struct datum *list, const struct datum *key,
                              struct datum *out)
{
    int64_t position;
    if (list_position(machine, key, &position, out) == WRONG)
        return WRONG;
    if (position >= 0 && position < (int64_t)list->size) {
        *out = list_at(list, (uint32_t)position);
        return FOUND;
    }
    *out = failf(machine, "index out of bounds: %lld", (long long)position);
    return ABSENT;
}

static enum outcome find(struct machine *machine, const struct datum *from, const struct datum *key,
                         struct datum *out)
{
    if (from->kind == DATUM_LIST)
        return list_item(machine, from, key, out);
    if (from->kind != DATUM_MAP)
        return absent(machine, key, out);
    if (dict_get(machine, from, key, out))
        return FOUND;
    if (from->form != DICT_DOMAINS)
        return absent(machine, key, out);
    *out = dict_empty(); /* any domain can be asked for */
    return FOUND;
}

bool is_key_kind(const struct datum *key)
{
    return key->kind == DATUM_STRING || key->kind == DATUM_INT || key->kind == DATUM_UINT ||
           key->kind == DATUM_DOUBLE || key->kind == DATUM_BOOL;
}

struct datum look_up(struct machine *machine, const struct datum *from, const struct datum *key,
                     enum look_up what)
{
    if (!is_key_kind(key))
        return failf(machine, "invalid qualifier type: %s", datum_type_name(key));
    struct datum value;
    enum outcome outcome = find(machine, from, key, &value);
    bool is_scalar = from->kind != DATUM_LIST && from->kind != DATUM_MAP;
    if (outcome == WRONG || (is_scalar && machine->program->env->options.plain))
        return value;
    switch (what) {
    case LOOK_UP_VALUE: return value;
    case LOOK_UP_OPTIONAL: return outcome == FOUND ? datum_some(machine, value) : datum_none();
    case LOOK_UP_PRESENCE: return datum_bool(outcome == FOUND);
    }
    return value;
}
