/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The little language of inventories: text with placeholders, and conditions.
 *
 *     ${name}                        a variable; a dollar sign itself is $$
 *     ${attributes.model}            a member of one
 *     ${capacity[example.com/cpu]}   a member whose name has dots
 *     ${name|strip:gpu-|ident|upper} passed through filters, whose argument may name a variable
 *
 *     upper, lower     letters
 *     ident            runs of anything but letters and digits become one "_"
 *     strip:TEXT       without TEXT in front
 *     append:TEXT      with TEXT behind
 *     default:TEXT     TEXT where there is no such variable
 *     text             as text, where a lone placeholder would keep the variable's type
 *     quantity         a quantity in its canonical form
 *     integer          a quantity as a plain decimal number, rounded up
 *     div:NUMBER       a quantity divided, rounded down to a whole number
 *     uuid             32 hexadecimal digits in groups, always the same ones for the same text
 *
 * A condition is VARIABLE, !VARIABLE, VARIABLE == TEXT, VARIABLE != TEXT or VARIABLE > NUMBER, several joined
 * by &&. An absent variable, false, "" and 0 are false.
 *
 * In a tree, an object with the member `when` is left out where the condition is false; with `then` beside it
 * that value stands in its place, whatever its type.
 */

#include "api/value/value.h"

enum { TEMPLATE_MAX_OUTPUT = 64 * 1024, TEMPLATE_MAX_FILTERS = 8 };

/* Variables; a name is looked for here, then further up. */
struct scope {
    const struct scope *up;
    const struct value *variables; /* an object */
};

/* "attributes.model" and the like; NULL if there is no such thing. */
const struct value *scope_find(const struct scope *scope, struct span path);

/* ERROR_INVALID for an unknown filter, an absent variable, bad syntax. */
nodiscard struct error *template_expand(struct arena *arena, struct span text, const struct scope *scope,
                                        const char **out);
nodiscard struct error *condition_holds(struct span text, const struct scope *scope, bool *out);

/* *OUT becomes NULL where TREE is left out. Errors begin with "FILE:LINE:COLUMN: " of what is wrong. */
nodiscard struct error *tree_expand(struct arena *arena, const char *file, const struct value *tree,
                                    const struct scope *scope, struct value **out);

/* Whether all templates and conditions in TREE can be read; variables are not looked up. */
nodiscard struct error *tree_check(const char *file, const struct value *tree);

/* ERROR_INVALID "FILE:LINE:COLUMN: ..." about VALUE. */
nodiscard struct error *error_at(const char *file, const struct value *value, const char *format, ...)
    format_printf(3, 4);
/* Puts that place in front of ERR. NULL stays NULL. */
nodiscard struct error *error_place(struct error *err, const char *file, const struct value *value);
