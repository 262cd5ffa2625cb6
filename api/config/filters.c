/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small functions from text to text, in a table.
 */

#include "api/config/filters.h"

#include "api/resource/quantity.h"

#include <ctype.h>

static char *map_letters(struct arena *arena, const char *text, int (*letter)(int))
{
    char *copy = arena_strdup(arena, text);
    for (char *c = copy; *c; c++)
        *c = (char)letter((unsigned char)*c);
    return copy;
}

static struct error *filter_upper(struct arena *arena, const char *argument, const char *text,
                                  const char **out)
{
    (void)argument;
    *out = map_letters(arena, text, toupper);
    return NULL;
}

static struct error *filter_lower(struct arena *arena, const char *argument, const char *text,
                                  const char **out)
{
    (void)argument;
    *out = map_letters(arena, text, tolower);
    return NULL;
}

static struct error *filter_ident(struct arena *arena, const char *argument, const char *text,
                                  const char **out)
{
    char *copy = arena_strdup(arena, text), *to = copy;
    (void)argument;
    for (const char *c = text; *c; c++)
        if (isalnum((unsigned char)*c))
            *to++ = *c;
        else if (to == copy || to[-1] != '_')
            *to++ = '_';
    *to = '\0';
    *out = copy;
    return NULL;
}

static struct error *filter_strip(struct arena *arena, const char *argument, const char *text,
                                  const char **out)
{
    size_t length = strlen(argument);
    (void)arena;
    *out = strncmp(text, argument, length) == 0 ? text + length : text;
    return NULL;
}

static struct error *filter_append(struct arena *arena, const char *argument, const char *text,
                                   const char **out)
{
    *out = arena_printf(arena, "%s%s", text, argument);
    return NULL;
}

static struct error *filter_text(struct arena *arena, const char *argument, const char *text,
                                 const char **out)
{
    (void)arena;
    (void)argument;
    *out = text;
    return NULL;
}

static const char *quantity_text(struct arena *arena, const struct quantity *quantity)
{
    cleanup_buf struct buf text = BUF_INIT(2 * QUANTITY_MAX_TEXT);
    quantity_format_canonical(quantity, &text);
    return arena_strdup(arena, buf_text(&text));
}

static struct error *filter_quantity(struct arena *arena, const char *argument, const char *text,
                                     const char **out)
{
    struct quantity quantity;
    (void)argument;
    TRY(quantity_parse(span_of(text), &quantity));
    *out = quantity_text(arena, &quantity);
    return NULL;
}

static struct error *filter_integer(struct arena *arena, const char *argument, const char *text,
                                    const char **out)
{
    struct quantity quantity;
    (void)argument;
    TRY(quantity_parse(span_of(text), &quantity));
    *out = arena_printf(arena, "%lld", (long long)quantity_value(&quantity));
    return NULL;
}

static struct error *filter_div(struct arena *arena, const char *argument, const char *text, const char **out)
{
    struct quantity quantity, divisor;
    TRY(quantity_parse(span_of(text), &quantity));
    TRY(quantity_parse(span_of(argument), &divisor));
    int64_t number = quantity_value(&divisor);
    if (number <= 0)
        return error_invalid("division by %s", argument);
    quantity = quantity_of_int(quantity_value(&quantity) / number, (enum quantity_format)quantity.format);
    *out = quantity_text(arena, &quantity);
    return NULL;
}

/* FNV-1a, and a last mixing so that similar texts differ in every digit. */
static uint64_t stable_hash(const char *text, uint64_t seed)
{
    uint64_t hash = 14695981039346656037u ^ seed;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    return hash ^ (hash >> 31);
}

static struct error *filter_uuid(struct arena *arena, const char *argument, const char *text,
                                 const char **out)
{
    uint64_t high = stable_hash(text, 0), low = stable_hash(text, 0x9e3779b97f4a7c15u);
    (void)argument;
    *out = arena_printf(arena, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
                        (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xffff, (unsigned)(low >> 48),
                        (unsigned long long)low & 0xffffffffffff);
    return NULL;
}

static const struct filter {
    const char *name;
    bool has_argument;
    struct error *(*apply)(struct arena *arena, const char *argument, const char *text, const char **out);
} filters[] = {
    { "upper", false, filter_upper },     { "lower", false, filter_lower },
    { "ident", false, filter_ident },     { "strip", true, filter_strip },
    { "append", true, filter_append },    { "default", true, filter_text },
    { "text", false, filter_text },       { "quantity", false, filter_quantity },
    { "integer", false, filter_integer }, { "div", true, filter_div },
    { "uuid", false, filter_uuid },
};

static const struct filter *filter_find(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        if (span_is(name, filters[i].name))
            return &filters[i];
    return NULL;
}

struct error *filter_check(struct span name, bool has_argument)
{
    const struct filter *filter = filter_find(name);
    if (!filter)
        return error_hint(error_invalid("there is no filter \"" SPAN_FMT "\"", SPAN_ARG(name)),
                          "filters are upper, lower, ident, strip:TEXT, append:TEXT, default:TEXT, text, "
                          "quantity, integer, div:NUMBER, uuid");
    if (filter->has_argument != has_argument)
        return error_invalid("the filter \"%s\" %s", filter->name,
                             filter->has_argument ? "needs an argument, as in \"strip:gpu-\""
                                                  : "takes no argument");
    return NULL;
}

struct error *filter_apply(struct arena *arena, struct span name, const char *argument, const char *text,
                           const char **out)
{
    TRY(filter_check(name, argument != NULL));
    if (!text && !span_is(name, "default"))
        return error_invalid("there is no such variable");
    if (!text) {
        *out = argument;
        return NULL;
    }
    return error_wrap(filter_find(name)->apply(arena, argument, text, out), SPAN_FMT, SPAN_ARG(name));
}
