/* SPDX-License-Identifier: Apache-2.0 */

#include "selector/type.h"

#include <ctype.h>

static const struct {
    const char *name, *long_name;
    bool nullable;
    uint8_t n_parameters, datum_kind;
} rows[N_TYPES] = {
#define TYPE(name, text, long_text, nullable, n_parameters, datum_kind)                                      \
    { text, long_text, nullable, n_parameters, datum_kind },
    TYPES(TYPE)
#undef TYPE
};

static const struct type basics[N_TYPES] = {
#define TYPE(name, ...) { .kind = TYPE_##name },
    TYPES(TYPE)
#undef TYPE
};

const struct type *type_basic(enum type_kind kind)
{
    return &basics[kind];
}

const struct type *type_make(struct arena *arena, enum type_kind kind, const struct type *first,
                             const struct type *second)
{
    struct type *type = arena_make(arena, struct type);
    *type = (struct type){ .kind = kind, .of = { first, second } };
    return type;
}

const struct type *type_variable(struct arena *arena, uint32_t variable)
{
    struct type *type = arena_make(arena, struct type);
    *type = (struct type){ .kind = TYPE_VARIABLE, .variable = variable };
    return type;
}

unsigned type_n_parameters(const struct type *type)
{
    return type->of[1] ? 2 : type->of[0] ? 1 : 0;
}

bool type_is_dynamic(const struct type *type)
{
    return type->kind == TYPE_DYN || type->kind == TYPE_ANY;
}

bool type_is_nullable(const struct type *type)
{
    return rows[type->kind].nullable;
}

bool type_equal(const struct type *a, const struct type *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->variable != b->variable || type_n_parameters(a) != type_n_parameters(b))
        return false;
    for (unsigned i = 0; i < type_n_parameters(a); i++)
        if (!type_equal(a->of[i], b->of[i]))
            return false;
    return true;
}

uint8_t type_datum_kind(const struct type *type)
{
    return rows[type->kind].datum_kind;
}

void type_format(const struct type *type, bool long_names, struct buf *out)
{
    buf_add(out, long_names ? rows[type->kind].long_name : rows[type->kind].name);
    if (type->kind == TYPE_VARIABLE)
        buf_printf(out, "%u", type->variable);
    unsigned n = type_n_parameters(type);
    for (unsigned i = 0; i < n; i++) {
        buf_add(out, i ? ", " : "(");
        type_format(type->of[i], long_names, out);
    }
    if (n)
        buf_add_char(out, ')');
}

static bool skip_text(const char **text, const char *expected)
{
    while (**text == ' ')
        (*text)++;
    size_t length = strlen(expected);
    if (strncmp(*text, expected, length) != 0)
        return false;
    *text += length;
    return true;
}

static bool find_kind(struct span name, enum type_kind *out)
{
    for (unsigned kind = 0; kind < N_TYPES; kind++)
        if (span_is(name, rows[kind].name) || span_is(name, rows[kind].long_name)) {
            *out = (enum type_kind)kind;
            return kind != TYPE_ERROR && kind != TYPE_VARIABLE;
        }
    return false;
}

const struct type *type_parse(struct arena *arena, const char **text)
{
    while (**text == ' ')
        (*text)++;
    struct span name = { *text, 0 };
    while (isalnum((unsigned char)**text) || **text == '_' || **text == '.') {
        if (**text == '.' && (*text)[1] == '(') /* the receiver's dot in "string.(int)" */
            break;
        (*text)++;
        name.length++;
    }
    if (name.length == 1 && isupper((unsigned char)name.data[0]))
        return type_variable(arena, (uint32_t)(name.data[0] - 'A'));
    enum type_kind kind;
    if (!find_kind(name, &kind))
        return NULL;
    if (!rows[kind].n_parameters || !skip_text(text, "("))
        return type_basic(kind);
    const struct type *of[2] = { 0 };
    for (unsigned i = 0; i < rows[kind].n_parameters; i++)
        if ((i && !skip_text(text, ",")) || !(of[i] = type_parse(arena, text)))
            return NULL;
    return skip_text(text, ")") ? type_make(arena, kind, of[0], of[1]) : NULL;
}
