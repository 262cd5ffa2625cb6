/* SPDX-License-Identifier: Apache-2.0 */

#include "selector/view.h"

#include "api/base/vec.h"
#include "api/resource/device.h"
#include "selector/container.h"
#include "selector/quantity_datum.h"

struct view_maker {
    struct arena *arena;
    struct symbols *symbols;
    struct device_view *view;
};

/* "name" or "domain/name" of a driver, taken apart. */
struct qualified {
    struct span domain, name;
};

static struct qualified qualify(const char *driver, const char *name)
{
    struct qualified qualified;
    struct span text = span_of(name);
    qualified.domain = span_split(text, '/', &qualified.name);
    if (!qualified.name.data) {
        qualified.name = text;
        qualified.domain = span_of(driver);
    }
    return qualified;
}

static symbol intern_parts(struct symbols *symbols, struct span first, char between, struct span second)
{
    cleanup_buf struct buf text = BUF_INIT(first.length + second.length + 2);
    buf_add_span(&text, first);
    buf_add_char(&text, between);
    buf_add_span(&text, second);
    return symbols_intern(symbols, buf_span(&text));
}

symbol view_key(struct symbols *symbols, const char *driver, const char *name)
{
    struct qualified qualified = qualify(driver, name);
    return intern_parts(symbols, qualified.domain, '/', qualified.name);
}

/* Values */

/* A value's identity is the symbol of its text behind a letter for its type. */
static symbol text_id(struct view_maker *maker, char type, struct span text)
{
    return intern_parts(maker->symbols, SPAN("="), type, text);
}

static symbol integer_id(struct view_maker *maker, char type, int64_t integer)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%lld", (long long)integer);
    return text_id(maker, type, (struct span){ text, (size_t)length });
}

static void note_bad_value(struct view_maker *maker, const char *name, const char *reason)
{
    if (!maker->view->error)
        maker->view->error = arena_printf(maker->arena, "attribute %s: %s", name, reason);
}

static struct datum version_of(struct view_maker *maker, const char *name, const char *text)
{
    struct semver *version = arena_make(maker->arena, struct semver);
    cleanup_error struct error *err =
        semver_parse(span_of(arena_strdup(maker->arena, text ? text : "")), version);
    if (err)
        note_bad_value(maker, name, arena_printf(maker->arena, "parse semantic version: %s", err->text));
    return datum_semver(version);
}

static struct datum string_of(struct view_maker *maker, const char *text)
{
    return datum_measured(span_of(arena_strdup(maker->arena, text ? text : "")));
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
        return string_of(maker, attribute->strings[index]);
    return version_of(maker, attribute->name, attribute->strings[index]);
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
        return string_of(maker, attribute->string);
    case ATTRIBUTE_VERSION:
        *id = text_id(maker, 'v', span_of(attribute->string));
        return version_of(maker, attribute->name, attribute->string);
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: return list_of_attribute(maker, attribute, id);
    }
    return (struct datum){ .kind = DATUM_NULL };
}

static struct datum value_of_capacity(struct view_maker *maker, const struct capacity *capacity, symbol *id)
{
    cleanup_buf struct buf text = BUF_INIT(2 * QUANTITY_MAX_TEXT);
    quantity_format_text(&capacity->value, &text);
    /* The spelling decides how it behaves (isInteger), so the spelling is its identity. */
    *id = text_id(maker, 'q', buf_span(&text));
    struct quantity *copy = arena_make(maker->arena, struct quantity);
    *copy = capacity->value;
    if (copy->text)
        copy->text = arena_strndup(maker->arena, copy->text, copy->text_length);
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

static void name_entry(struct view_maker *maker, const char *driver, const char *name,
                       struct view_entry *entry)
{
    struct qualified qualified = qualify(driver, name);
    entry->domain = symbols_intern(maker->symbols, qualified.domain);
    entry->key = intern_parts(maker->symbols, qualified.domain, '/', qualified.name);
    entry->name = arena_span(maker->arena, qualified.name);
}

static void fill_domains(struct view_maker *maker, struct view_table *table)
{
    struct view_domain *domains = arena_make_array(maker->arena, struct view_domain, table->n_entries);
    for (uint32_t i = 0; i < table->n_entries; i++) {
        symbol domain = table->entries[i].domain;
        if (!table->n_domains || domains[table->n_domains - 1].name != domain)
            domains[table->n_domains++] =
                (struct view_domain){ domain, symbols_text(maker->symbols, domain), i, 0 };
        domains[table->n_domains - 1].count++;
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

/* Sorts ENTRIES and drops all but the last of those with the same key ("x" and "driver/x"). */
static void fill_table(struct view_maker *maker, struct view_entry *entries, uint32_t count,
                       struct view_table *table)
{
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
    struct view_maker maker = { arena, symbols, view };
    view->driver = span_of(arena_strdup(arena, driver));
    view->driver_value = datum_measured(view->driver);
    view->driver_symbol = symbols_intern(symbols, view->driver);
    view->allow_multiple = device->has_allow_multiple_allocations && device->allow_multiple_allocations;

    uint32_t n = bounded(device->n_attributes);
    struct view_entry *entries = arena_make_array(arena, struct view_entry, n);
    for (uint32_t i = 0; i < n; i++) {
        name_entry(&maker, driver, device->attributes[i].name, &entries[i]);
        entries[i].value = value_of_attribute(&maker, &device->attributes[i], &entries[i].value_id);
    }
    fill_table(&maker, entries, n, &view->attributes);

    n = bounded(device->n_capacities);
    entries = arena_make_array(arena, struct view_entry, n);
    for (uint32_t i = 0; i < n; i++) {
        name_entry(&maker, driver, device->capacities[i].name, &entries[i]);
        entries[i].value = value_of_capacity(&maker, &device->capacities[i], &entries[i].value_id);
    }
    fill_table(&maker, entries, n, &view->capacity);
    return view;
}
