/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions. A constant pattern is compiled with the program, see emit; others are compiled when
 * they are met, which is the one place where evaluating takes heap memory.
 */

#include "api/base/compiler.h"
#include "api/base/utf8.h"
#include "selector/container.h"
#include "selector/function.h"
#include "selector/machine.h"
#include "selector/regex.h"

/* The program's regex for PATTERN, or a new one; *OWNED tells which. */
static struct error *pattern_of(struct machine *machine, const struct datum *pattern,
                                const struct regex **out, struct regex **owned)
{
    *owned = NULL;
    const struct selector *program = machine->program;
    for (uint32_t i = 0; i < program->n_patterns; i++)
        if (span_equal(program->patterns[i].text, datum_span(pattern))) {
            *out = program->patterns[i].regex;
            return NULL;
        }
    TRY(regex_new(datum_span(pattern), owned));
    *out = *owned;
    return NULL;
}

static struct datum body_matches(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    if (args[0].kind != DATUM_STRING || args[1].kind != DATUM_STRING)
        return fail_no_overload();
    const struct regex *regex;
    struct regex *owned;
    struct error *err = pattern_of(machine, &args[1], &regex, &owned);
    if (err)
        return fail_error(machine, err);
    struct span match;
    bool found = regex_find(regex, datum_span(&args[0]), 0, &match);
    regex_free(owned);
    return datum_bool(found);
}

static struct datum body_find(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    const struct regex *regex;
    struct regex *owned;
    struct error *err = pattern_of(machine, &args[1], &regex, &owned);
    if (err)
        return fail_error(machine, err);
    struct span match = SPAN("");
    regex_find(regex, datum_span(&args[0]), 0, &match);
    regex_free(owned);
    return datum_text(match);
}

/* Up to LIMIT matches, all if it is negative. An empty one does not count where the last match ended. */
static struct datum find_all(struct machine *machine, const struct regex *regex, struct span text,
                             int64_t limit)
{
    struct datum matches = list_of(NULL, 0);
    const char *last_end = NULL;
    size_t from = 0;
    struct span match;
    while (matches.kind == DATUM_LIST && (limit < 0 || matches.size < limit) && from <= text.length &&
           regex_find(regex, text, from, &match)) {
        const char *end = match.data + match.length;
        if (match.length || match.data != last_end)
            matches = list_append(machine, matches, datum_text(match));
        last_end = end;
        from = (size_t)(end - text.data);
        if (!match.length) {
            size_t length = 1;
            if (from < text.length)
                utf8_decode(span_skip(text, from), &length);
            from += length;
        }
    }
    return matches;
}

static struct datum body_find_all(struct machine *machine, const struct datum *args, unsigned n_args)
{
    const struct regex *regex;
    struct regex *owned;
    struct error *err = pattern_of(machine, &args[1], &regex, &owned);
    if (err)
        return fail_error(machine, err);
    struct datum matches = find_all(machine, regex, datum_span(&args[0]), n_args > 2 ? args[2].integer : -1);
    regex_free(owned);
    return matches;
}

#define BY_NAME FUNCTION_COST_BY_NAME

static const struct function_row rows[] = {
    { "matches", "string.(string) -> bool", body_matches, COST_PATTERN, FUNCTION_TOTAL, 0, 0 },
    { "matches", "(string, string) -> bool", body_matches, COST_ONE, FUNCTION_TOTAL, 0, SNAPSHOT_1_37 },
    { "matches", "(string, string) -> bool", body_matches, COST_PATTERN, FUNCTION_TOTAL, RELEASE_1_37, 0 },
    { "find", "string.(string) -> string", body_find, COST_PATTERN, BY_NAME, 0, 0 },
    { "findAll", "string.(string) -> list(string)", body_find_all, COST_PATTERN, BY_NAME, 0, 0 },
    { "findAll", "string.(string, int) -> list(string)", body_find_all, COST_PATTERN, BY_NAME, 0, 0 },
};

const struct library library_regex = LIBRARY(rows);
