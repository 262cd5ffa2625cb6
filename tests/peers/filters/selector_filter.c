/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device selectors, as a filter: a case a line in, {"name", "match", "cost", "estimate"} or an error a line
 * out. Everything is as release 1.37.2 has it, since that is what the other side is built of; a case's
 * "world" says for which expressions (new or stored) and with which gates.
 */

#include "api/base/symbols.h"
#include "api/value/json.h"
#include "controller/kubectl/cases.h"
#include "selector/selector.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_ANSWER_BYTES = 1 << 20 };

static struct error *world_decode(const struct value *world, struct environment_options *out)
{
    TRY(environment_version_parse("1.37.2", out));
    out->new_expressions = value_true(value_get(world, "new"));
    out->list_attributes = value_true(value_get(world, "listAttributes"));
    out->no_shared_capacity = world && !value_true(value_get(world, "consumableCapacity"));
    return NULL;
}

/* Figures beyond those that the answer for people has; as text, since it may be the largest there is. */
static void add_estimate(struct arena *arena, const char *expression,
                         const struct environment_options *options, struct value *answer)
{
    cleanup_environment struct environment *env = environment_new_device(options);
    cleanup_selector struct selector *sel = NULL;
    cleanup_error struct error *err = selector_compile(expression, env, &sel);
    if (!err)
        value_set_text(arena, answer, "estimate",
                       arena_printf(arena, "%llu", (unsigned long long)selector_estimate(sel)));
}

static struct error *answer_line(struct span line, struct symbols *symbols, struct buf *out)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *row, *answer;
    struct environment_options options = { .symbols = symbols };
    TRY(json_parse(arena, line, 0, &row));
    TRY(world_decode(value_get(row, "world"), &options));
    TRY(selector_case_answer(arena, row, &options, &answer));
    add_estimate(arena, value_string(value_get(row, "expr")), &options, answer);
    json_write(out, answer);
    return buf_check(out);
}

int main(void)
{
    struct symbols symbols = { 0 };
    cleanup_free char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        cleanup_buf struct buf out = BUF_INIT(MAX_ANSWER_BYTES);
        cleanup_error struct error *err = answer_line((struct span){ line, (size_t)length }, &symbols, &out);
        if (err) {
            fprintf(stderr, "%s\n", err->text);
            return 1;
        }
        puts(buf_text(&out));
    }
    symbols_done(&symbols);
    return 0;
}
