/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost rules once more, with the largest sizes that operands may have, and what that means for results.
 */

#include "selector/estimate_parts.h"

#include <math.h>

static const double text_factor = 0.1, pattern_factor = 0.25;
enum { CALL = 1, INCLUDES_ITEMS = 48, FORMAT_SIZE = 64, FORMAT_PATTERN = 128, LONGEST_ADDRESS = 16 };

struct range range_of(uint64_t size)
{
    return (struct range){ size, size };
}

struct range range_unknown(void)
{
    return (struct range){ 0, UINT64_MAX };
}

struct range range_union(struct range a, struct range b)
{
    return (struct range){ a.min < b.min ? a.min : b.min, a.max > b.max ? a.max : b.max };
}

uint64_t bounded_sum(uint64_t a, uint64_t b)
{
    uint64_t result;
    return __builtin_add_overflow(a, b, &result) ? UINT64_MAX : result;
}

uint64_t bounded_product(uint64_t a, uint64_t b)
{
    uint64_t result;
    return __builtin_mul_overflow(a, b, &result) ? UINT64_MAX : result;
}

uint64_t bounded_scale(uint64_t size, double factor)
{
    double result = ceil((double)size * factor);
    return result >= 0x1p64 ? UINT64_MAX : (uint64_t)result;
}

struct range range_add(struct range a, struct range b)
{
    return (struct range){ bounded_sum(a.min, b.min), bounded_sum(a.max, b.max) };
}

struct range range_multiply(struct range a, struct range b)
{
    return (struct range){ bounded_product(a.min, b.min), bounded_product(a.max, b.max) };
}

static bool is_text_type(const struct type *type)
{
    return type->kind == TYPE_STRING || type->kind == TYPE_BYTES;
}

static uint64_t constant_or(const struct node *node, uint64_t fallback)
{
    if (node->kind != NODE_LITERAL || node->literal.kind != DATUM_INT)
        return fallback;
    return node->literal.integer < 0 ? 0 : node->literal.natural;
}

/* Upstream takes a negative limit for a very large one. */
static uint64_t limit_or(const struct node *node, uint64_t fallback)
{
    bool known = node->kind == NODE_LITERAL && node->literal.kind == DATUM_INT;
    return known ? node->literal.natural : fallback;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t guess_equal(const struct operand_guess *a, const struct operand_guess *b)
{
    enum type_kind kind = a->node->type->kind;
    if (kind == b->node->type->kind) {
        if (kind == TYPE_QUANTITY || kind == TYPE_SEMVER || kind == TYPE_IP || kind == TYPE_CIDR)
            return 1;
        if (kind == TYPE_URL)
            return b->size.max == UINT64_MAX ? 1 : bounded_scale(b->size.max, text_factor);
        if (kind == TYPE_FORMAT)
            return bounded_scale(FORMAT_SIZE, text_factor);
    }
    return bounded_scale(smaller(a->size.max, b->size.max), text_factor);
}

/* Texts by their length, lists by their items; includes() takes anything, and what it knows nothing of for a
 * list. */
static uint64_t guess_traversal(const char *function, const struct operand_guess *a)
{
    const struct type *type = a->node->type;
    if (!type_n_parameters(type))
        return strcmp(function, "includes") == 0 ? a->size.max : bounded_scale(a->size.max, text_factor);
    uint64_t each = is_text_type(type->of[0]) ? bounded_sum(1, bounded_scale(a->items.max, text_factor)) : 1;
    return bounded_product(a->size.max, each);
}

static struct range size_of_join(const struct operand_guess *args, unsigned n_args)
{
    struct range size = range_of(0);
    if (args[0].node->type->kind == TYPE_LIST)
        size = range_multiply(args[0].size, args[0].items);
    if (n_args < 2)
        return size;
    struct range list = args[0].size;
    struct range between = { list.min ? list.min - 1 : 0, list.max ? list.max - 1 : 0 };
    return range_add(size, range_multiply(args[1].size, between));
}

/* How often LENGTH fits, at most, when what is replaced is at least LEAST long. */
static uint64_t parts(uint64_t length, uint64_t least)
{
    return bounded_scale(length, 1.0 / (double)least);
}

static struct range size_of_replace(const struct operand_guess *args)
{
    struct range text = args[0].size, old = args[1].size, by = args[2].size, count = { 0, 0 },
                 kept = { 0, 0 };
    if (old.min == 0) {
        count.max = bounded_sum(text.max, 1);
        kept.max = text.max;
    } else if (by.max <= old.min) {
        kept.max = text.max;
    } else {
        count.max = parts(text.max, old.min);
    }
    if (old.max == 0) {
        count.min = bounded_sum(text.min, 1);
        kept.min = text.min;
    } else if (old.max <= by.min) {
        kept.min = text.min;
    } else {
        count.min = parts(text.min, old.max);
    }
    return range_add(range_multiply(count, by), kept);
}

/* The size of what FUNCTION makes, for those that say so. */
static bool result_size(const char *function, const struct operand_guess *args, unsigned n_args,
                        struct range *out)
{
    static const char *const as_long_as_text[] = { "lowerAscii", "upperAscii", "substring", "trim", "url" };
    for (size_t i = 0; i < ARRAY_LEN(as_long_as_text); i++)
        if (strcmp(function, as_long_as_text[i]) == 0) {
            *out = args[0].size;
            return true;
        }
    if (strcmp(function, "bytes") == 0)
        *out = (struct range){ args[0].size.min, bounded_product(args[0].size.max, 4) };
    else if (strcmp(function, "string") == 0)
        *out = (struct range){ args[0].size.min / 4, args[0].size.max };
    else if (strcmp(function, "strings.quote") == 0)
        *out = (struct range){ bounded_sum(args[0].size.min, 2),
                               bounded_sum(bounded_product(args[0].size.max, 2), 2) };
    else if (strcmp(function, "replace") == 0)
        *out = size_of_replace(args);
    else if (strcmp(function, "split") == 0)
        *out = (struct range){ 0, n_args > 2 ? limit_or(args[2].node, args[0].size.max) : args[0].size.max };
    else if (strcmp(function, "join") == 0)
        *out = size_of_join(args, n_args);
    else if (strcmp(function, "find") == 0 || strcmp(function, "findAll") == 0)
        *out = (struct range){ 0, args[0].size.max };
    else
        return false;
    return true;
}

/* A function that makes a list of COUNT items, each of which takes FACTOR. */
static uint64_t guess_list(struct range count, double factor, struct range *size, bool *has_size)
{
    *size = count;
    *has_size = true;
    return bounded_sum(bounded_sum(bounded_scale(count.max, factor), CALL), COST_LIST);
}

static uint64_t guess_new_list(const char *function, const struct operand_guess *args, struct range *size,
                               bool *has_size)
{
    struct range count = args[0].size;
    if (strcmp(function, "slice") == 0) {
        uint64_t from = constant_or(args[1].node, 0), to = constant_or(args[2].node, args[0].size.max);
        count = range_of(to - from);
    } else if (strcmp(function, "lists.range") == 0) {
        count = range_of(constant_or(args[0].node, UINT64_MAX));
    }
    return guess_list(count, 1, size, has_size);
}

/* KEYS decide by their order, which takes longer for texts; or by equality, if TYPE is NULL. */
static uint64_t guess_sort(const struct operand_guess *keys, const struct type *type, struct range *size,
                           bool *has_size)
{
    bool texts = type && type->kind == TYPE_LIST && is_text_type(type->of[0]);
    return guess_list(range_multiply(keys->size, keys->size), texts ? 2 + text_factor : 2, size, has_size);
}

/* What is estimated is not always what is charged: before the release of 1.37 these two differed. */
static uint64_t guess_text(const char *function, const struct operand_guess *args)
{
    bool by_argument = strcmp(function, "startsWith") == 0 || strcmp(function, "endsWith") == 0;
    return bounded_scale(args[by_argument].size.max, text_factor);
}

static uint64_t longest_ip(void)
{
    return bounded_scale(2 * LONGEST_ADDRESS, text_factor);
}

static uint64_t longest_cidr(void)
{
    return longest_ip() + bounded_scale(LONGEST_ADDRESS, text_factor) + 1;
}

uint64_t guess_call(const struct overload *overload, const struct operand_guess *args, unsigned n_args,
                    struct range *size, bool *has_size)
{
    const char *function = overload->row->name;
    enum cost_rule rule = overload->row->cost;
    const struct operand_guess *a = &args[0], *b = &args[n_args > 1];
    if (strcmp(function, "includes") == 0 && rule == COST_ONE)
        return INCLUDES_ITEMS;
    if (rule != COST_ONE)
        *has_size = result_size(function, args, n_args, size);
    switch (rule) {
    case COST_ONE: return 1;
    case COST_NOTHING: return 1; /* or(), orValue() */
    case COST_TEXT: return guess_text(function, args);
    case COST_TEXT_TWICE: return bounded_scale(a->size.max, 2 * text_factor);
    case COST_ARGUMENT: return bounded_scale(b->size.max, text_factor);
    case COST_EQUAL: return guess_equal(a, b);
    case COST_NOT_EQUAL:
    case COST_ORDER: return bounded_scale(smaller(a->size.max, b->size.max), text_factor);
    case COST_JOINED:
        *size = range_add(a->size, b->size);
        *has_size = true;
        return bounded_scale(size->max, text_factor);
    case COST_CONTAINER: return b->size.max;
    case COST_CONTAINS:
        return bounded_product(bounded_scale(a->size.max, text_factor),
                               bounded_scale(b->size.max, text_factor));
    case COST_PATTERN:
        return bounded_product(bounded_scale(bounded_sum(a->size.max, 1), text_factor),
                               bounded_scale(b->size.max, pattern_factor));
    case COST_RESULT_TWICE: return bounded_scale(size->max, text_factor);
    case COST_TRAVERSAL: return guess_traversal(function, a);
    case COST_SETS: return bounded_sum(bounded_product(a->size.max, b->size.max), CALL);
    case COST_SETS_TWICE:
        return bounded_sum(bounded_scale(bounded_product(a->size.max, b->size.max), 2), CALL);
    case COST_NEW_LIST: return guess_new_list(function, args, size, has_size);
    case COST_FLATTEN:
        return guess_list(a->size, n_args > 1 ? (double)constant_or(b->node, UINT64_MAX) : 1, size, has_size);
    case COST_SORT: {
        bool by_order = strcmp(function, "sort") == 0;
        return guess_sort(a, by_order ? overload->parameters[0] : NULL, size, has_size);
    }
    case COST_SORT_KEYS: return guess_sort(b, overload->parameters[1], size, has_size);
    case COST_CONTAINS_IP: return longest_ip();
    case COST_CONTAINS_IP_TEXT: return bounded_sum(longest_ip(), bounded_scale(b->size.max, text_factor));
    case COST_CONTAINS_CIDR: return longest_cidr();
    case COST_CONTAINS_CIDR_TEXT: return bounded_sum(longest_cidr(), bounded_scale(b->size.max, text_factor));
    case COST_VALIDATE:
        return bounded_scale(bounded_scale(b->size.max, text_factor), FORMAT_PATTERN * pattern_factor);
    }
    return 1;
}
