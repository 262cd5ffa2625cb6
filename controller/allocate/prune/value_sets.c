/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value's key is its type and its bytes: values of different types are never equal. Without
 * ListTypeAttributes a list, and an attribute of no known type, has no value to compare, and a
 * distinctAttribute takes one such device at most, the first of all: they all count as one value that nobody
 * else has.
 */

#include "controller/allocate/prune/value_sets.h"

#include "api/base/buf.h"

#include <string.h>

void value_sets_done(struct value_sets *sets)
{
    map_done(&sets->numbers);
    vec_done(&sets->values);
    vec_done(&sets->starts);
}

static void set_add(struct value_sets *sets, char type, const void *bytes, size_t length)
{
    cleanup_buf struct buf key = BUF_INIT(SIZE_MAX / 2);
    buf_add_char(&key, type);
    buf_append(&key, bytes, length);
    uintptr_t number = (uintptr_t)map_find(&sets->numbers, buf_span(&key));
    if (!number) {
        number = sets->numbers.length + 1;
        map_set(&sets->numbers, buf_span(&key), (void *)number);
    }
    if (!value_set_has(sets, (uint32_t)sets->starts.length - 1, (uint32_t)(number - 1)))
        vec_push(&sets->values, (uint32_t)(number - 1));
}

static void set_add_text(struct value_sets *sets, char type, const char *text)
{
    set_add(sets, type, text, strlen(text));
}

static void set_add_odd(struct value_sets *sets)
{
    if (sets->lists)
        return;
    sets->has_odd = true;
    set_add(sets, 'o', "", 0);
}

static void set_add_list(struct value_sets *sets, const struct attribute *attribute)
{
    for (size_t i = 0; sets->lists && i < attribute->n_items; i++) {
        if (attribute->type == ATTRIBUTE_INTS)
            set_add(sets, 'i', &attribute->integers[i], sizeof(attribute->integers[i]));
        else if (attribute->type == ATTRIBUTE_BOOLS)
            set_add(sets, 'b', &attribute->booleans[i], sizeof(attribute->booleans[i]));
        else
            set_add_text(sets, attribute->type == ATTRIBUTE_STRINGS ? 's' : 'v', attribute->strings[i]);
    }
    set_add_odd(sets);
}

static void set_fill(struct value_sets *sets, const struct attribute *attribute)
{
    switch (attribute->type) {
    case ATTRIBUTE_NONE: set_add_odd(sets); return;
    case ATTRIBUTE_INT: set_add(sets, 'i', &attribute->integer, sizeof(attribute->integer)); return;
    case ATTRIBUTE_BOOL: set_add(sets, 'b', &attribute->boolean, sizeof(attribute->boolean)); return;
    case ATTRIBUTE_STRING: set_add_text(sets, 's', attribute->string); return;
    case ATTRIBUTE_VERSION: set_add_text(sets, 'v', attribute->string); return;
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: set_add_list(sets, attribute); return;
    }
}

uint32_t value_sets_add(struct value_sets *sets, const struct attribute *attribute)
{
    vec_push(&sets->starts, sets->values.length);
    if (attribute)
        set_fill(sets, attribute);
    return (uint32_t)sets->starts.length - 1;
}
