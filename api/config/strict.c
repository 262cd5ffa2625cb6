/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict reading by small tables of members.
 */

#include "api/config/strict.h"

#include <stdio.h>

static unsigned type_flag(const struct value *value)
{
    switch (value->type) {
    case VALUE_STRING: return MEMBER_TEXT;
    case VALUE_INT: return MEMBER_INTEGER;
    case VALUE_BOOL: return MEMBER_BOOL;
    case VALUE_LIST: return MEMBER_LIST;
    case VALUE_OBJECT: return MEMBER_OBJECT;
    case VALUE_NULL:
    case VALUE_DOUBLE: return 0;
    }
    return 0;
}

static const char *type_names(unsigned types)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = { { MEMBER_TEXT, "a string" },
                  { MEMBER_INTEGER, "an integer" },
                  { MEMBER_BOOL, "a boolean" },
                  { MEMBER_LIST, "a list" },
                  { MEMBER_OBJECT, "an object" } };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (types & names[i].flag)
            return names[i].name;
    return "nothing";
}

/* How many single-byte edits lie between A and B, up to 3. */
static size_t edit_distance(struct span a, struct span b)
{
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1];
    if (a.length > LONGEST || b.length > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= b.length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t cost = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = cost < step ? cost : step;
        }
    }
    return row[b.length];
}

static struct error *unknown_member(const char *file, const struct value_member *member, const char *what,
                                    const struct member_rule *rules)
{
    const char *nearest = NULL;
    size_t best = 3;
    for (const struct member_rule *rule = rules; rule->name; rule++) {
        size_t distance = edit_distance(member->name, span_of(rule->name));
        if (distance < best) {
            best = distance;
            nearest = rule->name;
        }
    }
    struct error *err = error_at(file, member->value, "unknown field \"%s%s" SPAN_FMT "\"", what,
                                 *what ? "." : "", SPAN_ARG(member->name));
    return nearest ? error_hint(err, "did you mean \"%s\"?", nearest) : err;
}

static struct error *member_check(const char *file, const struct value_member *member, const char *what,
                                  const struct member_rule *rules)
{
    const struct member_rule *rule = rules;
    while (rule->name && !span_is(member->name, rule->name))
        rule++;
    if (!rule->name)
        return unknown_member(file, member, what, rules);
    bool placeholder = value_is(member->value, VALUE_STRING) &&
                       memmem(member->value->string.data, member->value->string.length, "${", 2);
    bool fits = (rule->types & MEMBER_ANY) == MEMBER_ANY || (rule->types & type_flag(member->value));
    if (fits || placeholder)
        return NULL;
    return error_at(file, member->value, "%s%s%s: %s is needed, not %s", what, *what ? "." : "", rule->name,
                    type_names(rule->types), value_type_name(member->value->type));
}

struct error *members_check(const char *file, const struct value *object, const char *what,
                            const struct member_rule *rules)
{
    if (!value_is(object, VALUE_OBJECT))
        return error_at(file, object, "%s: an object is needed", what);
    value_each_member (object, member)
        TRY(member_check(file, member, what, rules));
    for (const struct member_rule *rule = rules; rule->name; rule++)
        if ((rule->types & MEMBER_REQUIRED) && !value_get(object, rule->name))
            return error_at(file, object, "%s%s%s is required", what, *what ? "." : "", rule->name);
    return NULL;
}

struct error *items_check(const char *file, const struct value *list, const char *what,
                          const struct member_rule *rules)
{
    for (size_t i = 0; i < value_length(list); i++) {
        char where[256];
        snprintf(where, sizeof(where), "%s[%zu]", what, i);
        TRY(members_check(file, value_at(list, i), where, rules));
    }
    return NULL;
}

struct error *texts_read(struct arena *arena, const char *file, const struct value *object, const char *name,
                         const char ***out, size_t *n_out)
{
    const struct value *list = value_get(object, name);
    size_t n_texts = value_length(list);
    const char **texts = arena_make_array(arena, const char *, n_texts);
    for (size_t i = 0; i < n_texts; i++) {
        texts[i] = value_string(value_at(list, i));
        if (!texts[i])
            return error_at(file, value_at(list, i), "%s[%zu]: a string is needed", name, i);
    }
    *out = texts;
    *n_out = n_texts;
    return NULL;
}
