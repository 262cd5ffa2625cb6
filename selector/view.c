/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and texts are symbols anyway, and symbols keep their text for as long as there are views: a view
 * borrows it there, and copies nothing but what has no symbol.
 */

#include "selector/view.h"

#include "api/base/memory.h"
#include "api/resource/device.h"
#include "selector/container.h"
#include "selector/quantity_datum.h"

struct view_maker {
    struct arena *arena;
    struct symbols *symbols;
    struct device_view *view;
    struct span driver;
};

/* "name" or "domain/name" of a driver, taken apart. */
struct qualified {
    struct span domain, name;
};

static struct qualified qualify(struct span driver, const char *name)
{
    struct qualified qualified;
    struct span text = span_of(name);
    qualified.domain = span_split(text, '/', &qualified.name);
    if (!qualified.name.data) {
        qualified.name = text;
        qualified.domain = driver;
    }
    return qualified;
}

/* What the API admits is short and needs no heap. */
static symbol intern_parts(struct symbols *symbols, struct span first, char between, struct span second)
{
    char few[512];
    size_t length = first.length + 1 + second.length;
    cleanup_free char *many = length > sizeof(few) ? mem_new(length, 1) : NULL;
    char *text = many ? many : few;
    memcpy(text, first.data, first.length);
    text[first.length] = between;
    if (second.length)
        memcpy(text + first.length + 1, second.data, second.length);
    return symbols_intern(symbols, (struct span){ text, length });
}

symbol view_key(struct symbols *symbols, const char *driver, const char *name)
{
    struct qualified qualified = qualify(span_of(driver), name);
    return intern_parts(symbols, qualified.domain, '/', qualified.name);
}

/* Values */

/* A value's identity is the symbol of its text, or its bytes, behind a letter for its type: "=sA100". */
static symbol text_id(struct view_maker *maker, char type, struct span text)
{
    return intern_parts(maker->symbols, SPAN("="), type, text);
}

static struct span text_of_id(const struct view_maker *maker, symbol id)
{
    return span_of(symbols_text(maker->symbols, id) + strlen("=s"));
}

static symbol integer_id(struct view_maker *maker, char type, int64_t integer)
{
    return text_id(maker, type, (struct span){ (const char *)&integer, sizeof(integer) });
}

static void note_bad_value(struct view_maker *maker, const char *name, const char *reason)
{
    if (!maker->view->error)
        maker->view->error = arena_printf(maker->arena, "attribute %s: %s", name, reason);
}

static struct datum version_of(struct view_maker *maker, const char *name, symbol id)
{
    struct semver *version = arena_make(maker->arena, struct semver);
    cleanup_error struct error *err = semver_parse(text_of_id(maker, id), version);
    if (err)
        note_bad_value(maker, name, arena_printf(maker->arena, "parse semantic version: %s", err->text));
    return datum_semver(version);
}

static struct datum item_of(struct view_maker *maker, const struct attribute *attribute, size_t index,
                            symbol *id)
{
    switch (attribute->type) {
    case ATTRIBUTE_INTS: *id = integer_id(maker, 'i', attribute->integers[index]); break;
    case ATTRIBUTE_BOOLS: *id = integer_id(maker, 'b', attribute->booleans[index]); break;
    case ATTRIBUTE_STRINGS: *id = text_id(maker, 's', span_of(attribute->strings[index])); break;
    case ATTRIBUTE_VERSIONS: *id = text_id(maker, 'v', span_of(attribute->strings[index])); break;
    case ATTRIBUTE_NONE:
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: break;
    }
    if (attribute->type == ATTRIBUTE_INTS)
        return datum_int(attribute->integers[index]);
    if (attribute->type == ATTRIBUTE_BOOLS)
        return datum_bool(attribute->booleans[index]);
    if (attribute->type == ATTRIBUTE_STRINGS)
        return datum_measured(text_of_id(maker, *id));
    return version_of(maker, attribute->name, *id);
}

static struct datum list_of_attribute(struct view_maker *maker, const struct attribute *attribute, symbol *id)
{
    struct datum *items = arena_make_array(maker->arena, struct datum, attribute->n_items);
    symbol *ids = arena_make_array(maker->arena, symbol, attribute->n_items);
    for (size_t i = 0; i < attribute->n_items; i++)
        items[i] = item_of(maker, attribute, i, &ids[i]);
    *id = text_id(maker, 'l', (struct span){ (const char *)ids, attribute->n_items * sizeof(symbol) });
    if (!maker->view->list_error)
        maker->view->list_error =
            arena_printf(maker->arena, "attribute %s: unsupported attribute value", attribute->name);
    return list_of(items, (uint32_t)attribute->n_items);
}

static struct datum value_of_attribute(struct view_maker *maker, const struct attribute *attribute,
                                       symbol *id)
{
    *id = text_id(maker, '?', SPAN(""));
    switch (attribute->type) {
    case ATTRIBUTE_NONE: note_bad_value(maker, attribute->name, "unsupported attribute value"); break;
    case ATTRIBUTE_INT:
        *id = integer_id(maker, 'i', attribute->integer);
        return datum_int(attribute->integer);
    case ATTRIBUTE_BOOL:
        *id = integer_id(maker, 'b', attribute->boolean);
        return datum_bool(attribute->boolean);
    case ATTRIBUTE_STRING:
        *id = text_id(maker, 's', span_of(attribute->string));
        return datum_measured(text_of_id(maker, *id));
    case ATTRIBUTE_VERSION:
        *id = text_id(maker, 'v', span_of(attribute->string));
        return version_of(maker, attribute->name, *id);
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: return list_of_attribute(maker, attribute, id);
    }
    return (struct datum){ .kind = DATUM_NULL };
}

/* The spelling decides how it behaves (isInteger), so the spelling is its identity. */
static symbol quantity_id(struct view_maker *maker, const struct quantity *quantity)
{
    if (quantity->text && !quantity->respell)
        return text_id(maker, 'q', (struct span){ quantity->text, quantity->text_length });
    cleanup_buf struct buf text = BUF_INIT(2 * QUANTITY_MAX_TEXT);
    quantity_format_text(quantity, &text);
    return text_id(maker, 'q', buf_span(&text));
}

static struct datum value_of_capacity(struct view_maker *maker, const struct capacity *capacity, symbol *id)
{
    *id = quantity_id(maker, &capacity->value);
    struct quantity *copy = arena_make(maker->arena, struct quantity);
    *copy = capacity->value;
    if (copy->text)
        copy->text = copy->respell ? arena_strndup(maker->arena, copy->text, copy->text_length)
                                   : text_of_id(maker, *id).data;
    return datum_quantity(copy, QUANTITY_READ);
}

/* Tables */

static int by_domain_and_name(const void *a, const void *b, void *symbols)
{
    const struct view_entry *left = a, *right = b;
    if (left->domain != right->domain)
        return strcmp(symbols_text(symbols, left->domain), symbols_text(symbols, right->domain));
    return strcmp(left->name, right->name);
}

static void name_entry(struct view_maker *maker, const char *name, struct view_entry *entry)
{
    struct qualified qualified = qualify(maker->driver, name);
    entry->domain = span_equal(qualified.domain, maker->driver)
                        ? maker->view->driver_symbol
                        : symbols_intern(maker->symbols, qualified.domain);
    entry->key = intern_parts(maker->symbols, qualified.domain, '/', qualified.name);
    entry->name = symbols_text(maker->symbols, entry->key) + qualified.domain.length + 1;
}

static bool begins_domain(const struct view_table *table, uint32_t index)
{
    return index == 0 || table->entries[index].domain != table->entries[index - 1].domain;
}

static void fill_domains(struct view_maker *maker, struct view_table *table)
{
    for (uint32_t i = 0; i < table->n_entries; i++)
        table->n_domains += begins_domain(table, i);
    struct view_domain *domains = arena_make_array(maker->arena, struct view_domain, table->n_domains);
    struct view_domain *next = domains;
    for (uint32_t i = 0; i < table->n_entries; i++) {
        symbol domain = table->entries[i].domain;
        if (begins_domain(table, i))
            *next++ = (struct view_domain){ domain, symbols_text(maker->symbols, domain), i, 0 };
        next[-1].count++;
    }
    table->domains = domains;
}

static void fill_slots(struct view_maker *maker, struct view_table *table)
{
    uint32_t n_slots = 4;
    while (n_slots < 2 * table->n_entries)
        n_slots *= 2;
    uint16_t *slots = arena_make_array(maker->arena, uint16_t, n_slots);
    table->slot_mask = n_slots - 1;
    for (uint32_t i = 0; i < table->n_entries; i++) {
        uint32_t at = view_hash(table->entries[i].key);
        while (slots[at & table->slot_mask])
            at++;
        slots[at & table->slot_mask] = (uint16_t)(i + 1);
    }
    table->slots = slots;
}

/* As they are if they came from the API server, which writes names in order. */
static bool are_sorted(const struct view_entry *entries, uint32_t count, struct symbols *symbols)
{
    for (uint32_t i = 1; i < count; i++)
        if (by_domain_and_name(&entries[i - 1], &entries[i], symbols) > 0)
            return false;
    return true;
}

/* Sorts ENTRIES and drops all but the last of those with the same key ("x" and "driver/x"). */
static void fill_table(struct view_maker *maker, struct view_entry *entries, uint32_t count,
                       struct view_table *table)
{
    if (!are_sorted(entries, count, maker->symbols))
        qsort_r(entries, count, sizeof(*entries), by_domain_and_name, maker->symbols);
    for (uint32_t i = 0; i < count; i++)
        if (table->n_entries && entries[table->n_entries - 1].key == entries[i].key)
            entries[table->n_entries - 1] = entries[i];
        else
            entries[table->n_entries++] = entries[i];
    table->entries = entries;
    fill_domains(maker, table);
    fill_slots(maker, table);
}

static uint32_t bounded(size_t count)
{
    return count > VIEW_MAX_ENTRIES ? VIEW_MAX_ENTRIES : (uint32_t)count;
}

const struct device_view *device_view_new(struct arena *arena, struct symbols *symbols,
                                          const struct device *device, const char *driver)
{
    struct device_view *view = arena_make(arena, struct device_view);
    view->driver_symbol = symbols_intern(symbols, span_of(driver));
    view->driver = span_of(symbols_text(symbols, view->driver_symbol));
    view->driver_value = datum_measured(view->driver);
    struct view_maker maker = { arena, symbols, view, view->driver };
    view->allow_multiple = device->has_allow_multiple_allocations && device->allow_multiple_allocations;

    uint32_t n = bounded(device->n_attributes);
    struct view_entry *entries = arena_make_array(arena, struct view_entry, n);
    for (uint32_t i = 0; i < n; i++) {
        name_entry(&maker, device->attributes[i].name, &entries[i]);
        entries[i].value = value_of_attribute(&maker, &device->attributes[i], &entries[i].value_id);
    }
    fill_table(&maker, entries, n, &view->attributes);

    n = bounded(device->n_capacities);
    entries = arena_make_array(arena, struct view_entry, n);
    for (uint32_t i = 0; i < n; i++) {
        name_entry(&maker, device->capacities[i].name, &entries[i]);
        entries[i].value = value_of_capacity(&maker, &device->capacities[i], &entries[i].value_id);
    }
    fill_table(&maker, entries, n, &view->capacity);
    return view;
}
