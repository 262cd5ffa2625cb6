/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/kubectl/cases.h"

#include "api/base/file.h"
#include "api/base/symbols.h"
#include "api/resource/objects.h"
#include "api/value/json.h"
#include "selector/selector.h"

enum { MAX_CASES_BYTES = 64 << 20, MAX_ANSWER_BYTES = 16 << 20 };

static struct error *evaluate(const struct selector *sel, const struct device_view *view, struct arena *arena,
                              struct value *answer)
{
    cleanup_scratch struct scratch *scratch = scratch_new();
    bool accepted = false;
    uint64_t cost;
    cleanup_error struct error *err = selector_eval(sel, view, scratch, &accepted, &cost);
    if (err) {
        value_set_text(arena, answer, "runtimeError", err->text);
        return NULL;
    }
    value_set_bool(arena, answer, "match", accepted);
    value_set_int(arena, answer, "cost", (int64_t)cost);
    return NULL;
}

struct error *selector_case_answer(struct arena *arena, const struct value *row,
                                   const struct environment_options *options, struct value **out)
{
    struct value *answer = value_object(arena);
    value_set(arena, answer, "name", value_get(row, "name"));
    const struct value *tree = value_get(row, "device");
    const char *expression = value_string(value_get(row, "expr"));
    if (!expression || !tree)
        return error_invalid("case %s has no \"expr\" or no \"device\"",
                             value_string(value_get(row, "name")));
    const char *driver = value_string(value_get(tree, "driver"));
    struct device device = { 0 };
    TRY(error_wrap(device_decode(arena, tree, &device), "device"));
    const struct device_view *view = device_view_new(arena, options->symbols, &device, driver ? driver : "");

    cleanup_environment struct environment *env = environment_new_device(options);
    cleanup_selector struct selector *sel = NULL;
    cleanup_error struct error *err = selector_compile(expression, env, &sel);
    *out = answer;
    if (!err)
        return evaluate(sel, view, arena, answer);
    value_set_text(arena, answer, "compileError", err->text);
    return NULL;
}

struct error *cases_print(const char *file, const struct environment_options *options, case_answer *answer)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(MAX_CASES_BYTES);
    TRY(error_wrap(file_read(file, &text), "read %s", file));
    struct value *rows;
    TRY(error_wrap(json_parse(arena, buf_span(&text), 0, &rows), "%s", file));
    value_each (rows, row) {
        cleanup_arena struct arena *row_arena = arena_new();
        cleanup_buf struct buf line = BUF_INIT(MAX_ANSWER_BYTES);
        struct value *made;
        TRY(error_wrap(answer(row_arena, row, options, &made), "%s:%u", file, row->line));
        json_write(&line, made);
        TRY(buf_check(&line));
        printf("%s\n", buf_text(&line));
    }
    return NULL;
}
