/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With the switch ListTypeAttributes every attribute is a set of values. What all devices of a matchAttribute
 * share can only be values of the first device, so the running intersection is a mask over those; what a
 * distinctAttribute has seen is the list of attributes themselves.
 */

#include "controller/allocate/state/constraint.h"

#include <string.h>

const struct attribute *constraint_attribute(struct constraint *constraint, const struct catalog *catalog,
                                             const struct card *card)
{
    struct sight *sight = constraint->sight;
    if (sight->kind != card->kind) {
        sight->kind = card->kind;
        sight->place = kind_find_attribute(card->kind, sight->attribute);
    }
    value_id id = card_value(card, sight->place);
    return id ? &value_entry(&catalog->values, id)->attribute : NULL;
}

static bool is_named(const struct device_constraint *source, const char *request, const char *alternative)
{
    size_t length = strlen(request);
    for (size_t i = 0; i < source->n_requests; i++) {
        const char *name = source->requests[i];
        if (!name || strncmp(name, request, length) != 0)
            continue;
        if (!name[length])
            return true;
        if (alternative && name[length] == '/' && strcmp(name + length + 1, alternative) == 0)
            return true;
    }
    return false;
}

bool constraint_covers(const struct device_constraint *source, const char *request, const char *alternative)
{
    return !source->n_requests || is_named(source, request, alternative);
}

/* Values */

static bool is_list(const struct attribute *attribute)
{
    return attribute->type >= ATTRIBUTE_INTS;
}

static enum attribute_type element_type(const struct attribute *attribute)
{
    switch (attribute->type) {
    case ATTRIBUTE_INTS: return ATTRIBUTE_INT;
    case ATTRIBUTE_BOOLS: return ATTRIBUTE_BOOL;
    case ATTRIBUTE_STRINGS: return ATTRIBUTE_STRING;
    case ATTRIBUTE_VERSIONS: return ATTRIBUTE_VERSION;
    case ATTRIBUTE_NONE:
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION: return attribute->type;
    }
    return ATTRIBUTE_NONE;
}

static size_t count_values(const struct attribute *attribute)
{
    if (attribute->type == ATTRIBUTE_NONE)
        return 0;
    return is_list(attribute) ? attribute->n_items : 1;
}

/* Value I of A equals value J of B; both have the same element type. */
static bool values_equal(const struct attribute *a, size_t i, const struct attribute *b, size_t j)
{
    switch (element_type(a)) {
    case ATTRIBUTE_INT:
        return (is_list(a) ? a->integers[i] : a->integer) == (is_list(b) ? b->integers[j] : b->integer);
    case ATTRIBUTE_BOOL:
        return (is_list(a) ? a->booleans[i] : a->boolean) == (is_list(b) ? b->booleans[j] : b->boolean);
    case ATTRIBUTE_STRING:
    case ATTRIBUTE_VERSION:
        return strcmp(is_list(a) ? a->strings[i] : a->string, is_list(b) ? b->strings[j] : b->string) == 0;
    case ATTRIBUTE_NONE:
    case ATTRIBUTE_INTS:
    case ATTRIBUTE_BOOLS:
    case ATTRIBUTE_STRINGS:
    case ATTRIBUTE_VERSIONS: break;
    }
    return false;
}

/* The values of A that B has too, as a mask over A's. */
static uint64_t common_values(const struct attribute *a, const struct attribute *b)
{
    uint64_t mask = 0;
    if (element_type(a) != element_type(b))
        return 0;
    for (size_t i = 0; i < count_values(a); i++) {
        for (size_t j = 0; j < count_values(b); j++) {
            if (values_equal(a, i, b, j))
                mask |= UINT64_C(1) << i;
        }
    }
    return mask;
}

/* Rules */

static bool match_accepts(const struct constraint *constraint, const struct attribute *attribute,
                          uint64_t *mask)
{
    *mask = constraint->mask;
    if (!constraint->list_attributes)
        return !constraint->n_devices ||
               (!is_list(attribute) && common_values(constraint->devices[0], attribute) &&
                !is_list(constraint->devices[0]));
    if (!constraint->n_devices) {
        size_t count = count_values(attribute);
        *mask = count == 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    } else {
        *mask &= common_values(constraint->devices[0], attribute);
    }
    return *mask;
}

static bool distinct_accepts(const struct constraint *constraint, const struct attribute *attribute)
{
    if (constraint->list_attributes && !count_values(attribute))
        return false;
    if (!constraint->list_attributes && (is_list(attribute) || !count_values(attribute)))
        return !constraint->n_devices;
    for (uint32_t i = 0; i < constraint->n_devices; i++) {
        const struct attribute *seen = constraint->devices[i];
        if ((constraint->list_attributes || !is_list(seen)) && common_values(seen, attribute))
            return false;
    }
    return true;
}

struct error *constraint_add(struct constraint *constraint, const struct attribute *attribute,
                             struct undo_log *undo, bool *out)
{
    uint64_t mask = 0;
    *out = false;
    if (!attribute)
        return NULL;
    if (count_values(attribute) > CONSTRAINT_MAX_VALUES)
        return error_invalid("attribute %s has more than %d values", constraint->attribute,
                             CONSTRAINT_MAX_VALUES);
    if (constraint->is_match ? !match_accepts(constraint, attribute, &mask)
                             : !distinct_accepts(constraint, attribute))
        return NULL;
    const struct attribute **place = &constraint->devices[constraint->is_match ? 0 : constraint->n_devices];
    undo_save(undo, &constraint->n_devices, sizeof(constraint->n_devices));
    undo_save(undo, &constraint->mask, sizeof(constraint->mask));
    undo_save(undo, place, sizeof(*place));
    if (!constraint->is_match || !constraint->n_devices)
        *place = attribute;
    constraint->mask = mask;
    constraint->n_devices++;
    *out = true;
    return NULL;
}
