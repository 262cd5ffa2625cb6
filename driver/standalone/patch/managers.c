/* SPDX-License-Identifier: Apache-2.0 */
/*
 * managedFields to managers and back.
 */

#include "driver/standalone/patch/managers.h"

#include <stdlib.h>

enum { MAX_UPDATE_MANAGERS = 10 };

static const char ANCIENT[] = "ancient-changes";

static struct manager *push(struct managers *managers, struct manager manager)
{
    if (managers->length == managers->room) {
        size_t room = managers->room ? managers->room * 2 : 4;
        struct manager *items = arena_make_array(managers->arena, struct manager, room);
        if (managers->length)
            memcpy(items, managers->items, managers->length * sizeof(*items));
        managers->items = items;
        managers->room = room;
    }
    managers->items[managers->length] = manager;
    return &managers->items[managers->length++];
}

static bool is_same(const struct manager *a, const struct manager *b)
{
    return a->applies == b->applies && strcmp(a->name, b->name) == 0 &&
           strcmp(a->subresource, b->subresource) == 0 &&
           (a->applies || strcmp(a->api_version, b->api_version) == 0);
}

static struct manager *find(const struct managers *managers, const struct manager *like)
{
    for (size_t i = 0; i < managers->length; i++) {
        if (is_same(&managers->items[i], like))
            return &managers->items[i];
    }
    return NULL;
}

static const char *text_or_empty(const struct value *entry, const char *name)
{
    const char *text = value_string(value_get(entry, name));
    return text ? text : "";
}

static struct error *decode_entry(struct managers *managers, const struct value *entry)
{
    const char *operation = text_or_empty(entry, "operation");
    struct manager manager = {
        .name = text_or_empty(entry, "manager"),
        .applies = strcmp(operation, "Apply") == 0,
        .api_version = text_or_empty(entry, "apiVersion"),
        .subresource = text_or_empty(entry, "subresource"),
        .time = text_or_empty(entry, "time"),
        .fields = field_set_new(managers->arena),
    };
    if (!manager.applies && strcmp(operation, "Update") != 0)
        return error_invalid("operation: Invalid value: \"%.40s\": must be `Apply` or `Update`", operation);
    if (strcmp(text_or_empty(entry, "fieldsType"), "FieldsV1") != 0)
        return error_invalid("fieldsType: Invalid value: must be `FieldsV1`");
    if (value_get(entry, "fieldsV1"))
        TRY(field_set_decode(managers->arena, value_get(entry, "fieldsV1"), &manager.fields));
    struct manager *same = find(managers, &manager);
    if (same)
        same->fields = field_set_union(managers->arena, same->fields, manager.fields);
    else
        push(managers, manager);
    return NULL;
}

struct error *managers_decode(struct managers *managers, const struct value *metadata)
{
    struct managers decoded = managers_copy(managers);
    size_t index = 0;
    value_each (value_get(metadata, "managedFields"), entry) {
        TRY(error_wrap(decode_entry(&decoded, entry), "metadata.managedFields[%zu]", index));
        index++;
    }
    *managers = decoded;
    return NULL;
}

static int manager_order(const void *left, const void *right)
{
    const struct manager *a = left, *b = right;
    if (a->applies != b->applies)
        return a->applies ? -1 : 1;
    int order = strcmp(a->time, b->time); /* RFC 3339 in UTC sorts as text */
    if (!order)
        order = strcmp(a->name, b->name);
    if (!order)
        order = strcmp(a->api_version, b->api_version);
    return order ? order : strcmp(a->subresource, b->subresource);
}

static struct value *encode_entry(struct arena *arena, const struct manager *manager)
{
    struct value *entry = value_object(arena);
    value_set_text(arena, entry, "manager", manager->name);
    value_set_text(arena, entry, "operation", manager->applies ? "Apply" : "Update");
    value_set_text(arena, entry, "apiVersion", manager->api_version);
    if (*manager->time)
        value_set_text(arena, entry, "time", manager->time);
    value_set_text(arena, entry, "fieldsType", "FieldsV1");
    value_set(arena, entry, "fieldsV1", field_set_encode(arena, manager->fields));
    if (*manager->subresource)
        value_set_text(arena, entry, "subresource", manager->subresource);
    return entry;
}

struct value *managers_encode(const struct managers *managers)
{
    struct managers sorted = managers_copy(managers);
    if (sorted.length)
        qsort(sorted.items, sorted.length, sizeof(*sorted.items), manager_order);
    struct value *list = value_list(sorted.arena);
    for (size_t i = 0; i < sorted.length; i++) {
        if (!field_set_is_empty(sorted.items[i].fields))
            value_append(sorted.arena, list, encode_entry(sorted.arena, &sorted.items[i]));
    }
    return value_length(list) ? list : NULL;
}

struct managers managers_copy(const struct managers *managers)
{
    struct managers copy = { .arena = managers->arena };
    for (size_t i = 0; i < managers->length; i++)
        push(&copy, managers->items[i]);
    return copy;
}

struct manager *managers_take(struct managers *managers, const struct field_writer *writer, bool applies)
{
    struct manager wanted = {
        .name = arena_strdup(managers->arena, writer->manager),
        .applies = applies,
        .api_version = arena_strdup(managers->arena, writer->api_version),
        .subresource = arena_strdup(managers->arena, writer->subresource ? writer->subresource : ""),
        .time = arena_strdup(managers->arena, writer->time ? writer->time : ""),
    };
    struct manager *manager = find(managers, &wanted);
    if (!manager) {
        wanted.fields = field_set_new(managers->arena);
        manager = push(managers, wanted);
    }
    return manager;
}

static bool has_all_of(const struct managers *a, const struct managers *b)
{
    for (size_t i = 0; i < a->length; i++) {
        const struct manager *other = find(b, &a->items[i]);
        if (!field_set_equal(a->items[i].fields, other ? other->fields : NULL))
            return false;
        if (other && strcmp(a->items[i].api_version, other->api_version) != 0)
            return false;
    }
    return true;
}

bool managers_equal(const struct managers *a, const struct managers *b)
{
    return has_all_of(a, b) && has_all_of(b, a);
}

/* The oldest entry of an update that is not the lump itself; NULL if none is left to lump. */
static struct manager *oldest_update(const struct managers *managers)
{
    struct manager *oldest = NULL;
    for (size_t i = 0; i < managers->length; i++) {
        struct manager *manager = &managers->items[i];
        if (!manager->applies && strcmp(manager->name, ANCIENT) != 0 &&
            (!oldest || strcmp(manager->time, oldest->time) < 0))
            oldest = manager;
    }
    return oldest;
}

static size_t n_updates(const struct managers *managers)
{
    size_t n = 0;
    for (size_t i = 0; i < managers->length; i++)
        n += !managers->items[i].applies && !field_set_is_empty(managers->items[i].fields);
    return n;
}

void managers_cap(struct managers *managers)
{
    struct manager *oldest;
    while (n_updates(managers) > MAX_UPDATE_MANAGERS && (oldest = oldest_update(managers))) {
        struct manager lump = *oldest;
        lump.name = ANCIENT;
        lump.subresource = "";
        struct manager *ancient = find(managers, &lump);
        if (!ancient) {
            *oldest = lump;
            continue;
        }
        ancient->fields = field_set_union(managers->arena, ancient->fields, oldest->fields);
        ancient->time = oldest->time;
        *oldest = managers->items[--managers->length];
    }
}

char *manager_describe(struct arena *arena, const struct manager *manager)
{
    cleanup_buf struct buf text = BUF_INIT(4096);
    buf_printf(&text, "\"%s\"", manager->name);
    if (*manager->subresource)
        buf_printf(&text, " with subresource \"%s\"", manager->subresource);
    if (!manager->applies)
        buf_printf(&text, " using %s", manager->api_version);
    return arena_strdup(arena, buf_text(&text));
}
