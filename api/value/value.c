/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree itself. Containers are plain arrays in the arena that double when they are full; members are
 * found by walking, which beats hashing for the handful that API objects have. Only where a hostile document
 * could make walking quadratic (comparing two huge objects) does a map help out.
 */

#include "api/value/value.h"

#include "api/base/map.h"
#include "api/base/memory.h"

#include <assert.h>
#include <math.h>

enum { FIRST_ROOM = 4, WALKED_MEMBERS = 32 };

static struct value *make(struct arena *arena, enum value_type type)
{
    struct value *value = arena_make(arena, struct value);
    value->type = type;
    return value;
}

struct value *value_null(struct arena *arena)
{
    return make(arena, VALUE_NULL);
}

struct value *value_bool(struct arena *arena, bool boolean)
{
    struct value *value = make(arena, VALUE_BOOL);
    value->boolean = boolean;
    return value;
}

struct value *value_int(struct arena *arena, int64_t integer)
{
    struct value *value = make(arena, VALUE_INT);
    value->integer = integer;
    return value;
}

struct value *value_double(struct arena *arena, double number)
{
    assert(isfinite(number));
    struct value *value = make(arena, VALUE_DOUBLE);
    value->number = number;
    return value;
}

static struct span copy_text(struct arena *arena, struct span text)
{
    return (struct span){ arena_strndup(arena, text.data ? text.data : "", text.length), text.length };
}

struct value *value_span(struct arena *arena, struct span text)
{
    struct value *value = make(arena, VALUE_STRING);
    value->string = copy_text(arena, text);
    return value;
}

struct value *value_text(struct arena *arena, const char *text)
{
    return text ? value_span(arena, span_of(text)) : NULL;
}

struct value *value_list(struct arena *arena)
{
    return make(arena, VALUE_LIST);
}

struct value *value_object(struct arena *arena)
{
    return make(arena, VALUE_OBJECT);
}

struct value *value_copy(struct arena *arena, const struct value *value)
{
    if (!value)
        return NULL;
    struct value *copy = arena_make(arena, struct value);
    *copy = *value;
    switch (value->type) {
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE: break;
    case VALUE_STRING: copy->string = copy_text(arena, value->string); break;
    case VALUE_LIST:
        copy->list.room = value->list.n_items;
        copy->list.items = arena_make_array(arena, struct value *, value->list.n_items);
        for (uint32_t i = 0; i < value->list.n_items; i++)
            copy->list.items[i] = value_copy(arena, value->list.items[i]);
        break;
    case VALUE_OBJECT:
        copy->object.room = value->object.n_members;
        copy->object.members = arena_make_array(arena, struct value_member, value->object.n_members);
        for (uint32_t i = 0; i < value->object.n_members; i++) {
            const struct value_member *member = &value->object.members[i];
            copy->object.members[i] =
                (struct value_member){ copy_text(arena, member->name), value_copy(arena, member->value) };
        }
        break;
    }
    return copy;
}

/* A larger array with the COUNT items of OLD; *ROOM is what it holds. */
static void *grow(struct arena *arena, const void *old, uint32_t count, size_t size, uint32_t *room)
{
    assert(*room < UINT32_MAX / 2);
    *room = *room ? *room * 2 : FIRST_ROOM;
    void *larger = arena_array(arena, *room, size);
    if (count)
        memcpy(larger, old, count * size);
    return larger;
}

void value_insert(struct arena *arena, struct value *list, uint32_t index, struct value *value)
{
    assert(list->type == VALUE_LIST && index <= list->list.n_items);
    if (!value)
        return;
    if (list->list.n_items == list->list.room)
        list->list.items = grow(arena, list->list.items, list->list.n_items, sizeof(value), &list->list.room);
    struct value **at = list->list.items + index;
    memmove(at + 1, at, (list->list.n_items - index) * sizeof(value));
    *at = value;
    list->list.n_items++;
}

void value_append(struct arena *arena, struct value *list, struct value *value)
{
    value_insert(arena, list, list->list.n_items, value);
}

void value_delete_item(struct value *list, uint32_t index)
{
    assert(list->type == VALUE_LIST && index < list->list.n_items);
    struct value **at = list->list.items + index;
    memmove(at, at + 1, (list->list.n_items - index - 1) * sizeof(*at));
    list->list.n_items--;
}

static struct value_member *find_member(const struct value *object, struct span name)
{
    value_each_member (object, member)
        if (span_equal(member->name, name))
            return member;
    return NULL;
}

void value_add_member(struct arena *arena, struct value *object, struct span name, struct value *value)
{
    if (object->object.n_members == object->object.room)
        object->object.members = grow(arena, object->object.members, object->object.n_members,
                                      sizeof(struct value_member), &object->object.room);
    object->object.members[object->object.n_members++] = (struct value_member){ name, value };
}

void value_set_span(struct arena *arena, struct value *object, struct span name, struct value *value)
{
    assert(object->type == VALUE_OBJECT);
    if (!value)
        return;
    struct value_member *there = find_member(object, name);
    if (there)
        there->value = value;
    else
        value_add_member(arena, object, copy_text(arena, name), value);
}

void value_set(struct arena *arena, struct value *object, const char *name, struct value *value)
{
    value_set_span(arena, object, span_of(name), value);
}

void value_set_text(struct arena *arena, struct value *object, const char *name, const char *text)
{
    value_set(arena, object, name, value_text(arena, text));
}

void value_set_int(struct arena *arena, struct value *object, const char *name, int64_t integer)
{
    value_set(arena, object, name, value_int(arena, integer));
}

void value_set_bool(struct arena *arena, struct value *object, const char *name, bool boolean)
{
    value_set(arena, object, name, value_bool(arena, boolean));
}

bool value_delete(struct value *object, const char *name)
{
    struct value_member *there = find_member(object, span_of(name));
    if (!there)
        return false;
    struct value_member *end = object->object.members + object->object.n_members;
    memmove(there, there + 1, (size_t)(end - there - 1) * sizeof(*there));
    object->object.n_members--;
    return true;
}

static struct value *child_of_type(struct arena *arena, struct value *object, const char *name,
                                   enum value_type type)
{
    struct value *child = value_get(object, name);
    if (!value_is(child, type)) {
        child = make(arena, type);
        value_set(arena, object, name, child);
    }
    return child;
}

struct value *value_child(struct arena *arena, struct value *object, const char *name)
{
    return child_of_type(arena, object, name, VALUE_OBJECT);
}

struct value *value_child_list(struct arena *arena, struct value *object, const char *name)
{
    return child_of_type(arena, object, name, VALUE_LIST);
}

struct value *value_find(const struct value *object, struct span name)
{
    const struct value_member *member = find_member(object, name);
    return member ? member->value : NULL;
}

struct value *value_get(const struct value *object, const char *name)
{
    return value_find(object, span_of(name));
}

struct value *value_at(const struct value *list, size_t index)
{
    return value_is(list, VALUE_LIST) && index < list->list.n_items ? list->list.items[index] : NULL;
}

size_t value_length(const struct value *value)
{
    if (value_is(value, VALUE_LIST))
        return value->list.n_items;
    return value_is(value, VALUE_OBJECT) ? value->object.n_members : 0;
}

const char *value_string(const struct value *value)
{
    return value_is(value, VALUE_STRING) ? value->string.data : NULL;
}

int64_t value_integer(const struct value *value, int64_t fallback)
{
    return value_is(value, VALUE_INT) ? value->integer : fallback;
}

bool value_true(const struct value *value)
{
    return value_is(value, VALUE_BOOL) && value->boolean;
}

bool value_is(const struct value *value, enum value_type type)
{
    return value && value->type == type;
}

struct value *value_path(const struct value *object, const char *path)
{
    struct span rest = span_of(path);
    while (rest.data && object)
        object = value_find(object, span_split(rest, '.', &rest));
    return (struct value *)object;
}

const char *value_path_string(const struct value *object, const char *path)
{
    return value_string(value_path(object, path));
}

static int by_name(const void *a, const void *b)
{
    const struct value_member *left = a, *right = b;
    return span_compare(left->name, right->name);
}

struct value_member *value_members_sorted(const struct value *object)
{
    uint32_t count = object->object.n_members;
    struct value_member *sorted = mem_new(count, sizeof(*sorted));
    if (count)
        memcpy(sorted, object->object.members, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_name);
    return sorted;
}

/* Whether every member of A has its equal in B; both have as many. */
static bool members_equal(const struct value *a, const struct value *b)
{
    cleanup_map struct map by_name = { 0 };
    bool walk = b->object.n_members <= WALKED_MEMBERS;
    if (!walk)
        value_each_member (b, member)
            map_set(&by_name, member->name, member->value);
    for (uint32_t i = 0; i < a->object.n_members; i++) {
        const struct value_member *mine = &a->object.members[i];
        const struct value_member *same_place = &b->object.members[i];
        const struct value *theirs = span_equal(mine->name, same_place->name) ? same_place->value
                                     : walk                                   ? value_find(b, mine->name)
                                            : map_find(&by_name, mine->name);
        if (!theirs || !value_equal(mine->value, theirs))
            return false;
    }
    return true;
}

static bool items_equal(const struct value *a, const struct value *b)
{
    for (uint32_t i = 0; i < a->list.n_items; i++)
        if (!value_equal(a->list.items[i], b->list.items[i]))
            return false;
    return true;
}

/* 2^53 and 2^53 + 1 are the same double, so the way back has to agree too. */
static bool int_equals_double(int64_t integer, double number)
{
    return (double)integer == number && number < 0x1p63 && (int64_t)number == integer;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (!a || !b)
        return a == b;
    if (a->type == VALUE_INT && b->type == VALUE_DOUBLE)
        return int_equals_double(a->integer, b->number);
    if (a->type == VALUE_DOUBLE && b->type == VALUE_INT)
        return int_equals_double(b->integer, a->number);
    if (a->type != b->type || value_length(a) != value_length(b))
        return false;
    switch (a->type) {
    case VALUE_NULL: return true;
    case VALUE_BOOL: return a->boolean == b->boolean;
    case VALUE_INT: return a->integer == b->integer;
    case VALUE_DOUBLE: return a->number == b->number;
    case VALUE_STRING: return span_equal(a->string, b->string);
    case VALUE_LIST: return items_equal(a, b);
    case VALUE_OBJECT: return members_equal(a, b);
    }
    return false;
}

const char *value_type_name(enum value_type type)
{
    switch (type) {
    case VALUE_NULL: return "null";
    case VALUE_BOOL: return "boolean";
    case VALUE_INT:
    case VALUE_DOUBLE: return "number";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "array";
    case VALUE_OBJECT: return "object";
    }
    return "?";
}

bool value_is_zero(const struct value *value)
{
    switch (value ? value->type : VALUE_NULL) {
    case VALUE_NULL: return true;
    case VALUE_BOOL: return !value->boolean;
    case VALUE_INT: return value->integer == 0;
    case VALUE_DOUBLE: return value->number == 0;
    case VALUE_STRING: return value->string.length == 0;
    case VALUE_LIST:
    case VALUE_OBJECT: return value_length(value) == 0;
    }
    return false;
}
