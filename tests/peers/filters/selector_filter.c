/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device selectors, as a filter: a case a line in, {"name", "match", "cost", "estimate"} or an error a line
 * out. Everything is as release 1.37.2 has it, since that is what the other side is built of; a case's
 * "world" says for which expressions (new or stored) and with which gates.
 */

#include "api/base/symbols.h"
#include "api/resource/objects.h"
#include "api/value/json.h"
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

/* As text: it may be the largest number there is. */
static void add_number(struct arena *arena, struct value *answer, const char *name, uint64_t number)
{
    value_set_text(arena, answer, name, arena_printf(arena, "%llu", (unsigned long long)number));
}

static struct error *evaluate(struct arena *arena, const struct selector *sel, const struct device_view *view,
                              struct value *answer)
{
    cleanup_scratch struct scratch *scratch = scratch_new();
    bool accepted = false;
    uint64_t cost;
    cleanup_error struct error *err = selector_eval(sel, view, scratch, &accepted, &cost);
    if (err)
        value_set_text(arena, answer, "runtimeError", err->text);
    else
        value_set_bool(arena, answer, "match", accepted);
    add_number(arena, answer, "cost", cost);
    add_number(arena, answer, "estimate", selector_estimate(sel));
    return NULL;
}

static struct error *answer_row(struct arena *arena, const struct value *row, struct symbols *symbols,
                                struct value *answer)
{
    struct environment_options options = { .symbols = symbols };
    TRY(world_decode(value_get(row, "world"), &options));
    const struct value *tree = value_get(row, "device");
    const char *driver = value_string(value_get(tree, "driver")),
               *expression = value_string(value_get(row, "expr"));
    if (!driver || !expression)
        return error_invalid("a case has \"expr\" and \"device\", and that has \"driver\"");
    struct device device = { 0 };
    TRY(device_decode(arena, tree, &device));
    cleanup_environment struct environment *env = environment_new_device(&options);
    cleanup_selector struct selector *sel = NULL;
    cleanup_error struct error *err = selector_compile(expression, env, &sel);
    if (!err)
        return evaluate(arena, sel, device_view_new(arena, symbols, &device, driver), answer);
    value_set_text(arena, answer, "compileError", err->text);
    return NULL;
}

static struct error *answer_line(struct span line, struct symbols *symbols, struct buf *out)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *row, *answer = value_object(arena);
    TRY(json_parse(arena, line, 0, &row));
    value_set(arena, answer, "name", value_get(row, "name"));
    TRY(answer_row(arena, row, symbols, answer));
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
