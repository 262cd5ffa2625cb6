/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only two things differ in v1beta1: a request has the members of `exactly` in itself, and a device has all
 * but its name in `basic`. The containers on the way there are copied, one level each; the rest is shared.
 * What v1beta1 does not know in these two places must not turn into something that v1 knows, so it goes.
 */

#include "api/resource/convert.h"

#include <string.h>

#define GROUP_PREFIX RESOURCE_GROUP "/"

/* A copy of CONTAINER that shares its members or items. */
static struct value *copy_shallow(struct arena *arena, const struct value *container)
{
    struct value *copy = value_is(container, VALUE_LIST) ? value_list(arena) : value_object(arena);
    copy->line = container->line;
    copy->column = container->column;
    value_each (container, item)
        value_append(arena, copy, item);
    value_each_member (container, member)
        value_add_member(arena, copy, member->name, member->value);
    return copy;
}

/* A shallow copy of the container at NAME, put in its place; NULL if there is none of that type. */
static struct value *own_child(struct arena *arena, struct value *object, const char *name,
                               enum value_type type)
{
    struct value *child = value_get(object, name);
    if (!value_is(child, type))
        return NULL;
    child = copy_shallow(arena, child);
    value_set(arena, object, name, child);
    return child;
}

static bool is_zero(const struct value *value)
{
    return value_is(value, VALUE_NULL) || (value_is(value, VALUE_STRING) && !value->string.length) ||
           (value_is(value, VALUE_INT) && !value->integer) ||
           (value_is(value, VALUE_LIST) && !value->list.n_items);
}

static bool stays_in_request(struct span name)
{
    return span_is(name, "name") || span_is(name, "firstAvailable");
}

/* Whatever is set of the members of `exactly` moves there; nothing set makes no `exactly`. */
static struct value *request_up(struct arena *arena, struct value *request)
{
    struct value *up = value_object(arena), *exactly = value_object(arena);
    up->line = exactly->line = request->line;
    up->column = exactly->column = request->column;
    value_each_member (request, member) {
        if (stays_in_request(member->name))
            value_add_member(arena, up, member->name, member->value);
        else if (!span_is(member->name, "exactly") && !is_zero(member->value))
            value_add_member(arena, exactly, member->name, member->value);
    }
    if (value_length(exactly))
        value_set(arena, up, "exactly", exactly);
    return up;
}

static struct value *request_down(struct arena *arena, struct value *request)
{
    struct value *down = copy_shallow(arena, request);
    value_delete(down, "exactly");
    value_each_member (value_get(request, "exactly"), member)
        value_set_span(arena, down, member->name, member->value);
    return down;
}

static struct value *device_up(struct arena *arena, struct value *device)
{
    struct value *up = value_object(arena);
    up->line = device->line;
    up->column = device->column;
    value_set(arena, up, "name", value_get(device, "name"));
    value_each_member (value_get(device, "basic"), member)
        if (!span_is(member->name, "name"))
            value_add_member(arena, up, member->name, member->value);
    return up;
}

static struct value *device_down(struct arena *arena, struct value *device)
{
    struct value *down = value_object(arena), *basic = value_object(arena);
    down->line = device->line;
    down->column = device->column;
    value_each_member (device, member)
        value_add_member(arena, span_is(member->name, "name") ? down : basic, member->name, member->value);
    value_set(arena, down, "basic", basic);
    return down;
}

typedef struct value *convert_fn(struct arena *arena, struct value *item);

static void convert_items(struct arena *arena, struct value *object, const char *name, convert_fn *convert)
{
    struct value *list = own_child(arena, object, name, VALUE_LIST);
    for (size_t i = 0; i < value_length(list); i++)
        if (value_is(list->list.items[i], VALUE_OBJECT))
            list->list.items[i] = convert(arena, list->list.items[i]);
}

static void convert_claim_spec(struct arena *arena, struct value *owner, bool up)
{
    struct value *spec = own_child(arena, owner, "spec", VALUE_OBJECT);
    struct value *devices = spec ? own_child(arena, spec, "devices", VALUE_OBJECT) : NULL;
    if (devices)
        convert_items(arena, devices, "requests", up ? request_up : request_down);
}

/* v1beta1 cannot say "absent" of these two. */
static void drop_zero_members(struct value *spec)
{
    if (is_zero(value_get(spec, "nodeName")))
        value_delete(spec, "nodeName");
    if (value_is(value_get(spec, "allNodes"), VALUE_BOOL) && !value_true(value_get(spec, "allNodes")))
        value_delete(spec, "allNodes");
}

static void convert_slice(struct arena *arena, struct value *slice, bool up)
{
    struct value *spec = own_child(arena, slice, "spec", VALUE_OBJECT);
    if (!spec)
        return;
    drop_zero_members(spec);
    convert_items(arena, spec, "devices", up ? device_up : device_down);
}

static void convert_form(struct arena *arena, struct value *object, bool up)
{
    const char *kind = value_string(value_get(object, "kind"));
    if (!kind)
        return;
    if (!strcmp(kind, "ResourceSlice")) {
        convert_slice(arena, object, up);
    } else if (!strcmp(kind, "ResourceClaim")) {
        convert_claim_spec(arena, object, up);
    } else if (!strcmp(kind, "ResourceClaimTemplate")) {
        struct value *spec = own_child(arena, object, "spec", VALUE_OBJECT);
        if (spec)
            convert_claim_spec(arena, spec, up);
    }
}

struct value *resource_convert(struct arena *arena, struct value *tree, const char *version)
{
    const char *api_version = value_string(value_get(tree, "apiVersion"));
    if (!api_version || strncmp(api_version, GROUP_PREFIX, strlen(GROUP_PREFIX)) != 0)
        return tree;
    const char *from = api_version + strlen(GROUP_PREFIX);
    if (!strcmp(from, version))
        return tree;
    struct value *converted = copy_shallow(arena, tree);
    value_set(arena, converted, "apiVersion",
              value_text(arena, arena_printf(arena, GROUP_PREFIX "%s", version)));
    bool was_flat = !strcmp(from, "v1beta1"), is_flat = !strcmp(version, "v1beta1");
    if (was_flat != is_flat)
        convert_form(arena, converted, was_flat);
    return converted;
}
