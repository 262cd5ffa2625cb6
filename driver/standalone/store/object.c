/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/standalone/store/object.h"

#include "api/base/memory.h"

#include <assert.h>
#include <inttypes.h>

static struct span string_of(const struct value *value)
{
    return value_is(value, VALUE_STRING) ? value->string : SPAN("");
}

struct object *object_new(const struct value *tree, int64_t version)
{
    struct object *object = NEW(struct object);
    object->references = 1;
    object->version = version;
    object->arena = arena_new();

    struct value *copy = value_copy(object->arena, tree);
    struct value *metadata = value_child(object->arena, copy, "metadata");
    value_set_text(object->arena, metadata, "resourceVersion",
                   arena_printf(object->arena, "%" PRId64, version));
    object->tree = copy;
    object->namespace = string_of(value_get(metadata, "namespace"));
    object->name = string_of(value_get(metadata, "name"));
    assert(object->name.length > 0);
    return object;
}

struct object *object_ref(struct object *object)
{
    object->references++;
    return object;
}

void object_unref(struct object *object)
{
    if (!object || --object->references > 0)
        return;
    arena_free(object->arena);
    free(object);
}

int object_compare(const struct object *object, struct span namespace, struct span name)
{
    int order = span_compare(object->namespace, namespace);
    return order ? order : span_compare(object->name, name);
}
