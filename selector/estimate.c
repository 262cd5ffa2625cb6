/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second walk over the checked tree, after cel-go's checker/cost.go: costs add up, branches count as the
 * dearer one, a loop as often as its range may be long. Where nothing bounds a size the sum becomes
 * unbounded.
 */

#include "selector/estimate.h"

#include "api/base/utf8.h"
#include "api/base/vec.h"
#include "selector/estimate_parts.h"
#include "selector/selector.h"

struct known_local {
    const struct local *local;
    struct guess guess;
};

struct known_node {
    const struct node *node;
    struct guess guess;
};

struct estimator {
    const struct selector *program;
    VEC(struct known_local) locals;
    VEC(struct known_node) shared; /* nodes that a macro uses twice are looked at once */
};

static struct guess guess_node(struct estimator *estimator, const struct node *node);

/* Places */

static const struct {
    uint64_t size;
    enum place items, keys;
} places[] = {
#define PLACE(name, size, items, keys) { size, PLACE_##items, PLACE_##keys },
    PLACES(PLACE)
#undef PLACE
};

static bool is_scalar(const struct type *type)
{
    if (type->kind == TYPE_OPTIONAL)
        return is_scalar(type->of[0]);
    return type->kind == TYPE_BOOL || type->kind == TYPE_INT || type->kind == TYPE_UINT ||
           type->kind == TYPE_DOUBLE || type->kind == TYPE_TIMESTAMP || type->kind == TYPE_DURATION;
}

/* The size that a value at PLACE, of TYPE, can have; *KNOWN false if nothing says. */
static struct range declared_size(enum place place, const struct type *type, bool *known)
{
    *known = true;
    if (place != PLACE_NOWHERE)
        return (struct range){ 0, places[place].size };
    if (type && is_scalar(type))
        return range_of(1);
    *known = false;
    return range_unknown();
}

static struct range size_or_unknown(const struct guess *guess)
{
    return guess->has_size ? guess->size : range_unknown();
}

/* Completes GUESS with what NODE's place and type say. */
static struct guess with_size(struct guess guess, const struct node *node)
{
    if (!guess.has_size)
        guess.size = declared_size(guess.place, node->type, &guess.has_size);
    return guess;
}

/* Names and selections */

static const struct guess *find_local(const struct estimator *estimator, const struct local *local)
{
    for (size_t i = estimator->locals.length; i-- > 0;)
        if (estimator->locals.items[i].local == local)
            return &estimator->locals.items[i].guess;
    return NULL;
}

static void push_local(struct estimator *estimator, const struct local *local, struct guess guess)
{
    vec_push(&estimator->locals, (struct known_local){ local, guess });
}

static struct guess guess_name(struct estimator *estimator, const struct node *node)
{
    struct guess guess = { .cost = 1 };
    const struct guess *known = node->name.local ? find_local(estimator, node->name.local) : NULL;
    if (known) {
        guess = *known;
        guess.cost = 1;
    } else if (estimator->program->env->is_device && !node->name.constant) {
        guess.place = PLACE_DEVICE;
    }
    return with_size(guess, node);
}

static enum place place_of_field(enum place place, struct span field)
{
    if (place == PLACE_DEVICE) {
        if (span_is(field, "driver"))
            return PLACE_DRIVER;
        if (span_is(field, "attributes"))
            return PLACE_DOMAINS;
        return span_is(field, "capacity") ? PLACE_CAPACITY_DOMAINS : PLACE_NOWHERE;
    }
    return place == PLACE_NAMES ? PLACE_ATTRIBUTE : PLACE_NOWHERE;
}

static struct guess guess_select(struct estimator *estimator, const struct node *node)
{
    struct guess operand = guess_node(estimator, node->select.operand);
    struct guess guess = { .cost = operand.cost };
    if (node->select.test) /* a presence test itself is free */
        return with_size(guess, node);
    if (node->select.optional) {
        guess.cost = bounded_sum(guess.cost, 1);
        return with_size(guess, node);
    }
    enum type_kind kind = node->select.operand->type->kind;
    if (kind == TYPE_MAP || kind == TYPE_DEVICE)
        guess.cost = bounded_sum(guess.cost, 1);
    guess.place = place_of_field(operand.place, node->select.field);
    return with_size(guess, node);
}

/* Calls */

/* Of lists the items count, too; null is one of the values of some types. */
static bool may_be(const struct type *type, const struct type *parameter)
{
    uint8_t kind = type_datum_kind(type), wanted = type_datum_kind(parameter);
    if (kind == ANY_KIND || wanted == ANY_KIND)
        return true;
    if (kind == DATUM_NULL && type_is_nullable(parameter))
        return true;
    return kind == wanted && (kind != DATUM_LIST || may_be(type->of[0], parameter->of[0]));
}

static bool may_take(const struct overload *overload, bool method, const struct operand_guess *args,
                     unsigned n_args)
{
    if (overload->method != method || overload->n_parameters != n_args)
        return false;
    for (unsigned i = 0; i < n_args; i++)
        if (!may_be(args[i].node->type, overload->parameters[i]))
            return false;
    return true;
}

/* The dearest of the overloads that the call may turn out to be. */
static void add_overloads(const struct node *node, const struct operand_guess *args, unsigned n_args,
                          struct guess *guess)
{
    const struct function *function = node->call.resolved;
    uint64_t dearest = 0;
    for (size_t i = 0; i < function->n_overloads; i++) {
        const struct overload *overload = &function->overloads[i];
        if (node->call.only ? overload != node->call.only
                            : !may_take(overload, node->call.target != NULL, args, n_args))
            continue;
        struct range size = range_unknown();
        bool has_size = false;
        uint64_t cost = guess_call(overload, args, n_args, &size, &has_size);
        if (cost > dearest)
            dearest = cost;
        if (has_size)
            guess->size = guess->has_size ? range_union(guess->size, size) : size;
        guess->has_size |= has_size;
    }
    guess->cost = bounded_sum(guess->cost, dearest);
}

static bool is_call_of(const struct node *node, const char *function)
{
    return span_is(node->call.function, function);
}

/* Lists that are joined hold what either did. */
static void join_items(struct guess *guess, const struct guess *a, const struct guess *b)
{
    guess->has_items = a->has_items && b->has_items;
    guess->is_list = a->is_list;
    guess->items = range_union(a->items, b->items);
    guess->keys = range_union(a->keys, b->keys);
}

/* Of a function's operand only what is declared counts, even where a literal's items are known. */
static struct range declared_items(const struct guess *guess)
{
    bool known;
    return declared_size(places[guess->place].items, NULL, &known);
}

static struct guess guess_call_node(struct estimator *estimator, const struct node *node)
{
    const struct node *nodes[1 + MAX_PARAMETERS];
    struct guess guesses[1 + MAX_PARAMETERS];
    struct operand_guess args[1 + MAX_PARAMETERS];
    struct guess guess = { 0 };
    unsigned n_args = 0;
    if (!node->call.resolved)
        return guess;
    if (node->call.target)
        nodes[n_args++] = node->call.target;
    for (uint32_t i = 0; i < node->n_items && n_args < ARRAY_LEN(nodes); i++)
        nodes[n_args++] = node->items[i];
    for (unsigned i = 0; i < n_args; i++) {
        guesses[i] = guess_node(estimator, nodes[i]);
        args[i] =
            (struct operand_guess){ nodes[i], size_or_unknown(&guesses[i]), declared_items(&guesses[i]) };
        guess.cost = bounded_sum(guess.cost, guesses[i].cost);
    }
    if (is_call_of(node, "dyn") && n_args == 1) {
        guesses[0].cost = bounded_sum(guesses[0].cost, 1);
        guesses[0].place = PLACE_NOWHERE; /* sizes are kept, where they come from is not */
        return guesses[0];
    }
    add_overloads(node, args, n_args, &guess);
    if (is_call_of(node, "_[_]")) {
        guess.place = places[guesses[0].place].items;
        guess.has_size = guesses[0].has_items;
        guess.size = guesses[0].items;
    } else if (is_call_of(node, "_+_") && n_args == 2 && node->type->kind == TYPE_LIST) {
        guess.size = range_add(args[0].size, args[1].size);
        guess.has_size = true;
        join_items(&guess, &guesses[0], &guesses[1]);
    }
    return with_size(guess, node);
}

/* Logic, literals */

static struct guess guess_terms(struct estimator *estimator, const struct node *node)
{
    struct guess guess = { 0 };
    for (uint32_t i = 0; i < node->n_items; i++)
        guess.cost = bounded_sum(guess.cost, guess_node(estimator, node->items[i]).cost);
    return with_size(guess, node);
}

static struct guess guess_choice(struct estimator *estimator, const struct node *node)
{
    struct guess condition = guess_node(estimator, node->items[0]);
    struct guess yes = guess_node(estimator, node->items[1]), no = guess_node(estimator, node->items[2]);
    struct guess guess = { .cost = bounded_sum(condition.cost, yes.cost > no.cost ? yes.cost : no.cost) };
    guess.size = range_union(size_or_unknown(&yes), size_or_unknown(&no));
    guess.has_size = true;
    join_items(&guess, &yes, &no);
    return guess;
}

static struct guess guess_literal(const struct node *node)
{
    struct guess guess = { .has_size = true, .size = range_of(cost_size(&node->literal)) };
    return guess;
}

/* A list has items; a map has keys and items in turn. */
static struct guess guess_aggregate(struct estimator *estimator, const struct node *node)
{
    bool map = node->kind == NODE_MAP;
    struct guess guess = { .cost = map ? COST_MAP : COST_LIST, .has_size = true, .has_items = true };
    guess.size = range_of(map ? node->n_items / 2 : node->n_items);
    guess.keys = range_of(1);
    guess.is_list = !map;
    for (uint32_t i = 0; i < node->n_items; i++) {
        struct guess item = guess_node(estimator, node->items[i]);
        struct range size = size_or_unknown(&item);
        struct range *into = map && i % 2 == 0 ? &guess.keys : &guess.items;
        *into = i < 1u + map ? size : range_union(*into, size);
        guess.cost = bounded_sum(guess.cost, item.cost);
    }
    return guess;
}

/* Loops */

static void push_variables(struct estimator *estimator, const struct node *node, const struct guess *range)
{
    bool list = range->has_items ? range->is_list : node->fold.range->type->kind == TYPE_LIST;
    struct guess value = { .place = places[range->place].items,
                           .has_size = range->has_items,
                           .size = range->items };
    struct guess key = { .place = list ? PLACE_NOWHERE : places[range->place].keys,
                         .has_size = range->has_items,
                         .size = range->keys };
    push_local(estimator, &node->fold.first, !node->fold.has_key && list ? value : key);
    push_local(estimator, &node->fold.second, value);
}

/* The loop's condition and step, once. */
static uint64_t guess_round(const struct node *node, uint64_t filter, uint64_t step)
{
    enum { NAME = 1 };
    switch (node->fold.fold) {
    case FOLD_ALL: return bounded_sum(step, 2 + NAME);
    case FOLD_EXISTS: return bounded_sum(step, 3 + NAME);
    case FOLD_EXISTS_ONE: return bounded_sum(step, NAME + 1);
    case FOLD_LIST: return bounded_sum(bounded_sum(filter, step), NAME + COST_LIST + 1);
    case FOLD_MAP: return bounded_sum(bounded_sum(filter, step), NAME + NAME + 1);
    case FOLD_ENTRIES: return bounded_sum(bounded_sum(filter, step), NAME + 1);
    }
    return UINT64_MAX;
}

/* What the accumulator costs before the loop, and the result after it. */
static uint64_t guess_frame(enum fold_kind fold)
{
    switch (fold) {
    case FOLD_ALL:
    case FOLD_EXISTS: return 1;
    case FOLD_EXISTS_ONE: return 2;
    case FOLD_LIST: return COST_LIST + 1;
    case FOLD_MAP:
    case FOLD_ENTRIES: return COST_MAP + 1;
    }
    return 0;
}

static struct guess guess_fold(struct estimator *estimator, const struct node *node)
{
    struct guess range = guess_node(estimator, node->fold.range);
    push_variables(estimator, node, &range);
    struct guess filter = { 0 };
    if (node->fold.filter)
        filter = guess_node(estimator, node->fold.filter);
    struct guess step = guess_node(estimator, node->fold.step);
    estimator->locals.length -= 2;

    struct range rounds = size_or_unknown(&range);
    struct guess guess = { .has_size = true };
    guess.cost = bounded_sum(range.cost, guess_frame(node->fold.fold));
    guess.cost =
        bounded_sum(guess.cost, bounded_product(rounds.max, guess_round(node, filter.cost, step.cost)));
    bool aggregate = node->type->kind == TYPE_LIST || node->type->kind == TYPE_MAP;
    guess.size = aggregate ? rounds : range_of(1);
    guess.has_items = guess.is_list = node->fold.fold == FOLD_LIST;
    guess.keys = range_of(1);
    guess.items = (struct range){ 0, size_or_unknown(&step).max };
    return guess;
}

/*
 * Upstream asks for the size of a body that is just the bound NAME after the name is gone: it gets what an
 * outer name that is spelled the same has, or what is declared.
 */
static struct guess forget_local(const struct estimator *estimator, struct guess guess,
                                 const struct node *name)
{
    guess.has_size = guess.has_items = false;
    for (size_t i = estimator->locals.length; i-- > 0;) {
        const struct known_local *outer = &estimator->locals.items[i];
        if (!span_equal(outer->local->name, name->name.local->name))
            continue;
        uint64_t cost = guess.cost;
        guess = outer->guess;
        guess.cost = cost;
        if (guess.place != PLACE_NOWHERE || is_scalar(name->type))
            guess.has_size = false;
        break;
    }
    return with_size(guess, name);
}

static struct guess guess_bind(struct estimator *estimator, const struct node *node)
{
    struct guess init = guess_node(estimator, node->bind.init);
    push_local(estimator, &node->bind.local, init);
    struct guess guess = guess_node(estimator, node->bind.body);
    estimator->locals.length--;
    if (node->bind.body->kind == NODE_NAME && node->bind.body->name.local == &node->bind.local)
        guess = forget_local(estimator, guess, node->bind.body);
    guess.cost =
        bounded_sum(guess.cost, bounded_sum(init.cost, COST_LIST)); /* upstream's empty range counts */
    guess.place = PLACE_NOWHERE;
    return guess;
}

static struct guess guess_unshared(struct estimator *estimator, const struct node *node)
{
    switch (node->kind) {
    case NODE_LITERAL: return guess_literal(node);
    case NODE_NAME: return guess_name(estimator, node);
    case NODE_SELECT: return guess_select(estimator, node);
    case NODE_CALL: return guess_call_node(estimator, node);
    case NODE_AND:
    case NODE_OR: return guess_terms(estimator, node);
    case NODE_CHOICE: return guess_choice(estimator, node);
    case NODE_LIST:
    case NODE_MAP: return guess_aggregate(estimator, node);
    case NODE_FOLD: return guess_fold(estimator, node);
    case NODE_BIND: return guess_bind(estimator, node);
    case NODE_MESSAGE: break; /* did not pass the checker */
    }
    return (struct guess){ 0 };
}

static struct guess guess_node(struct estimator *estimator, const struct node *node)
{
    if (!node->shared)
        return guess_unshared(estimator, node);
    vec_each (&estimator->shared, known)
        if (known->node == node)
            return known->guess;
    struct guess guess = guess_unshared(estimator, node);
    vec_push(&estimator->shared, (struct known_node){ node, guess });
    return guess;
}

uint64_t estimate(const struct selector *sel)
{
    struct estimator estimator = { .program = sel };
    struct guess guess = guess_node(&estimator, sel->root);
    vec_done(&estimator.locals);
    vec_done(&estimator.shared);
    return guess.cost;
}

uint64_t selector_estimate(const struct selector *sel)
{
    return sel->estimate;
}

struct error *selector_admit(const char *text, const struct selector *sel)
{
    if (strlen(text) > SELECTOR_MAX_BYTES)
        return error_invalid("Too long: may not be more than %d bytes", SELECTOR_MAX_BYTES);
    if (sel->estimate > SELECTOR_COST_LIMIT)
        return error_new(ERROR_DENIED, "Forbidden: too complex, exceeds cost limit");
    return NULL;
}
