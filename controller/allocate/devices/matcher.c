/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     expression ──► program ──► outlook, one for each kind of device ──► memo: value numbers to a verdict
 *                                  which values of such devices it reads
 *
 * Everything else that a program can see (driver, capacities, allowMultipleAllocations) is the kind's. Only
 * for a combination never seen before is there a device to restore, a view to make and an expression to run.
 */

#include "controller/allocate/devices/matcher.h"

#include "controller/allocate/devices/derived.h"
#include "controller/allocate/devices/describe.h"
#include "controller/allocate/devices/memo.h"
#include "selector/selector.h"

enum { MAX_PROGRAMS = 4096, MAX_SYMBOLS = 1 << 18, MAX_DERIVED = 1 << 16 };

/* Values that a kind's devices do not have count as 0. */
struct outlook {
    uint32_t *places; /* of the values that the program reads; NULL: nobody has asked yet */
    struct memo memo; /* as wide as there are places */
};

struct program {
    struct selector *selector;    /* NULL: it does not compile */
    char *message;                /* why */
    bool derives;                 /* an attribute, no verdict */
    VEC(struct outlook) outlooks; /* by kind */
    uint64_t epoch;               /* of the catalog, in which the outlooks were made */
};

struct matcher {
    const struct catalog *catalog;
    struct symbols symbols;
    struct environment *environment, *derived_environment;
    struct scratch *scratch;
    struct map programs, derivations; /* expression to struct program */
    struct derived derived;
    VEC(uint32_t) combination;
};

/* Programs */

static void program_forget(struct program *program)
{
    vec_each (&program->outlooks, outlook) {
        free(outlook->places);
        memo_clear(&outlook->memo);
    }
    vec_clear(&program->outlooks);
}

static void program_free(struct program *program)
{
    program_forget(program);
    vec_done(&program->outlooks);
    selector_free(program->selector);
    free(program->message);
    free(program);
}

static struct program *program_find(struct map *programs, const struct environment *environment,
                                    const char *expression)
{
    struct program *program = map_get(programs, expression);
    if (program)
        return program;
    program = NEW(struct program);
    cleanup_error struct error *err = selector_compile(expression, environment, &program->selector);
    if (err)
        program->message = take(err->text);
    map_put(programs, expression, program);
    return program;
}

struct program *matcher_program(struct matcher *matcher, const char *expression)
{
    return program_find(&matcher->programs, matcher->environment, expression);
}

struct program *matcher_derivation(struct matcher *matcher, const char *expression)
{
    struct program *program = program_find(&matcher->derivations, matcher->derived_environment, expression);
    program->derives = true;
    return program;
}

/* Life */

static void matcher_start(struct matcher *matcher)
{
    matcher->environment =
        environment_new_device(&(struct environment_options){ .symbols = &matcher->symbols });
    matcher->derived_environment = environment_new_device(
        &(struct environment_options){ .symbols = &matcher->symbols, .derived = true });
}

static void programs_free(struct map *programs)
{
    map_each (programs, entry)
        program_free(entry->value);
    map_done(programs);
}

static void matcher_stop(struct matcher *matcher)
{
    programs_free(&matcher->programs);
    programs_free(&matcher->derivations);
    derived_done(&matcher->derived);
    environment_free(matcher->environment);
    environment_free(matcher->derived_environment);
    symbols_done(&matcher->symbols);
}

struct matcher *matcher_new(const struct catalog *catalog)
{
    struct matcher *matcher = NEW(struct matcher);
    matcher->catalog = catalog;
    matcher->scratch = scratch_new();
    matcher_start(matcher);
    return matcher;
}

void matcher_tidy(struct matcher *matcher)
{
    if (matcher->programs.length + matcher->derivations.length < MAX_PROGRAMS &&
        matcher->symbols.texts.length < MAX_SYMBOLS && matcher->derived.attributes.length < MAX_DERIVED)
        return;
    matcher_stop(matcher);
    matcher_start(matcher);
}

void matcher_free(struct matcher *matcher)
{
    if (!matcher)
        return;
    matcher_stop(matcher);
    scratch_free(matcher->scratch);
    vec_done(&matcher->combination);
    free(matcher);
}

/* Outlooks */

static uint32_t program_width(const struct program *program, const struct kind *kind)
{
    const struct selector_reads *reads = selector_reads(program->selector);
    return reads->everything ? kind->common.n_attributes : reads->n_attributes;
}

/* The last of those with the name: that is the one that selectors see. */
static uint32_t kind_find_symbol(struct matcher *matcher, const struct kind *kind, symbol key)
{
    uint32_t found = KIND_NO_ATTRIBUTE;
    for (uint32_t i = 0; i < kind->common.n_attributes; i++) {
        if (view_key(&matcher->symbols, kind->driver, kind->common.attributes[i].name) == key)
            found = i;
    }
    return found;
}

static void outlook_make(struct matcher *matcher, const struct program *program, const struct kind *kind,
                         struct outlook *outlook)
{
    const struct selector_reads *reads = selector_reads(program->selector);
    uint32_t width = program_width(program, kind);
    outlook->memo.width = width;
    outlook->places = mem_new(width + 1, sizeof(*outlook->places));
    for (uint32_t i = 0; i < width; i++)
        outlook->places[i] = reads->everything ? i : kind_find_symbol(matcher, kind, reads->attributes[i]);
    vec_clear(&matcher->combination);
    vec_reserve(&matcher->combination, width + 1);
}

static struct outlook *program_outlook(struct matcher *matcher, struct program *program,
                                       const struct kind *kind)
{
    if (program->epoch != matcher->catalog->epoch) {
        program_forget(program);
        program->epoch = matcher->catalog->epoch;
    }
    while (program->outlooks.length <= kind->number)
        vec_push(&program->outlooks, (struct outlook){ 0 });
    struct outlook *outlook = &program->outlooks.items[kind->number];
    if (!outlook->places)
        outlook_make(matcher, program, kind, outlook);
    return outlook;
}

/* Words: a verdict, or, of a program that derives, the value's number behind the last verdict */

static struct error *program_derive(struct matcher *matcher, const struct program *program,
                                    const struct device_view *view, uint32_t *word)
{
    struct datum value;
    uint32_t number = 0;
    TRY(selector_derive(program->selector, view, matcher->scratch, &value));
    TRY(derived_add(&matcher->derived, &value, &number));
    *word = VERDICT_FAILED + number;
    return NULL;
}

static struct error *program_judge(struct matcher *matcher, const struct program *program,
                                   const struct device_view *view, uint32_t *word)
{
    bool accepted = false;
    TRY(selector_eval(program->selector, view, matcher->scratch, &accepted, NULL));
    *word = accepted ? VERDICT_TRUE : VERDICT_FALSE;
    return NULL;
}

static struct error *program_run(struct matcher *matcher, const struct program *program,
                                 const struct card *card, uint32_t *word)
{
    cleanup_arena struct arena *arena = arena_new();
    const struct device *device = catalog_restore(matcher->catalog, card, "", arena);
    const struct device_view *view = device_view_new(arena, &matcher->symbols, device, card->kind->driver);
    *word = VERDICT_FAILED;
    return program->derives ? program_derive(matcher, program, view, word)
                            : program_judge(matcher, program, view, word);
}

static uint32_t program_word(struct matcher *matcher, struct program *program, const struct card *card)
{
    if (!program->selector)
        return VERDICT_NOT_COMPILED;
    if (card->kind->is_flawed)
        return VERDICT_FAILED;
    struct outlook *outlook = program_outlook(matcher, program, card->kind);
    uint32_t *combination = matcher->combination.items;
    for (uint32_t i = 0; i < outlook->memo.width; i++)
        combination[i] = card_value(card, outlook->places[i]);
    uint32_t word = memo_find(&outlook->memo, combination);
    if (word == VERDICT_UNKNOWN) {
        error_free(program_run(matcher, program, card, &word));
        memo_put(&outlook->memo, combination, word);
    }
    return word;
}

enum verdict matcher_test(struct matcher *matcher, struct program *program, const struct card *card)
{
    return (enum verdict)program_word(matcher, program, card);
}

const struct attribute *matcher_derive(struct matcher *matcher, struct program *program,
                                       const struct card *card)
{
    uint32_t word = program_word(matcher, program, card);
    return word > VERDICT_FAILED ? derived_get(&matcher->derived, word - VERDICT_FAILED) : NULL;
}

const char *matcher_complaint(struct matcher *matcher, const struct program *program, const struct card *card,
                              struct arena *arena)
{
    uint32_t word;
    if (!program->selector)
        return arena_strdup(arena, program->message);
    cleanup_error struct error *err = program_run(matcher, program, card, &word);
    return err ? arena_strdup(arena, err->text) : "";
}

void matcher_describe(const struct matcher *matcher, const struct program *program, const struct card *card,
                      struct buf *out)
{
    if (program->selector)
        card_describe(matcher->catalog, card, selector_reads(program->selector), &matcher->symbols, out);
}
