/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `kubectl-tranche cel`: cases of CEL's conformance suite. What a case calls that no Kubernetes environment
 * has is told apart from what is wrong.
 */

#include "api/base/options.h"
#include "api/base/symbols.h"
#include "api/base/vec.h"
#include "controller/kubectl/cases.h"
#include "controller/kubectl/command.h"
#include "controller/kubectl/eval.h"
#include "selector/selector.h"

#include <stdio.h>

/* Functions of CEL libraries that Kubernetes does not enable, or only later versions of them. */
static const char *const foreign_functions[] = { "math", "base64", "cel.block", "reverse", "proto", "regex" };

static bool is_foreign(const char *message)
{
    for (size_t i = 0; i < ARRAY_LEN(foreign_functions); i++)
        if (strstr(message, "undeclared reference to") || strstr(message, "no matching overload"))
            if (strstr(message, foreign_functions[i]))
                return true;
    return false;
}

/* Kubernetes has the older of CEL's two formatters; the suite's cases for the newer hold in none of its
 * versions. */
static bool wants_newer_formatter(const struct value *row)
{
    const struct value *versions = value_get(row, "k8s");
    const char *expression = value_string(value_get(row, "expr"));
    return versions && !value_length(versions) && expression && strstr(expression, ".format(");
}

/* A declared type: a word, {"list": T}, {"map": [K, V]} or {"message": NAME}. */
static void add_type(const struct value *type, struct buf *out)
{
    const struct value *list = value_get(type, "list"), *map = value_get(type, "map");
    if (value_string(type)) {
        buf_add(out, value_string(type));
    } else if (list) {
        buf_add(out, "list(");
        add_type(list, out);
        buf_add_char(out, ')');
    } else if (map) {
        buf_add(out, "map(");
        add_type(value_at(map, 0), out);
        buf_add(out, ", ");
        add_type(value_at(map, 1), out);
        buf_add_char(out, ')');
    } else {
        buf_add(out, value_string(value_get(type, "message")));
    }
}

struct declarations {
    VEC(struct environment_variable) variables;
    VEC(struct datum) values;
};

static void declarations_done(struct declarations *declarations)
{
    vec_done(&declarations->variables);
    vec_done(&declarations->values);
}

/* What is declared, and what is bound without being declared. */
static struct error *declare(struct arena *arena, const struct value *row, struct declarations *out)
{
    const struct value *bindings = value_get(row, "bindings");
    value_each (value_get(row, "type_env"), entry) {
        cleanup_buf struct buf type = BUF_INIT(1024);
        add_type(value_path(entry, "ident.type"), &type);
        const char *name = value_string(value_get(entry, "name"));
        struct datum value = { .kind = DATUM_UNSET };
        if (value_get(bindings, name))
            TRY(typed_value_decode(arena, value_get(bindings, name), &value));
        vec_push(&out->variables,
                 (struct environment_variable){ name, arena_strdup(arena, buf_text(&type)) });
        vec_push(&out->values, value);
    }
    value_each_member (bindings, binding) {
        bool declared = false;
        vec_each (&out->variables, variable)
            declared |= span_is(binding->name, variable->name);
        struct datum value;
        TRY(typed_value_decode(arena, binding->value, &value));
        if (!declared) {
            vec_push(&out->variables, (struct environment_variable){ binding->name.data, "dyn" });
            vec_push(&out->values, value);
        }
    }
    return NULL;
}

static void answer_error(struct arena *arena, struct value *answer, const struct error *err)
{
    value_set_text(arena, answer, is_foreign(err->text) ? "notInEnvironment" : "error", err->text);
}

static struct error *answer_case(struct arena *arena, const struct value *row,
                                 const struct environment_options *options,
                                 const struct declarations *declarations, struct value *answer)
{
    cleanup_environment struct environment *env = NULL;
    TRY(environment_new_values(options, declarations->variables.items, declarations->variables.length,
                               value_string(value_get(row, "container")), &env));
    cleanup_selector struct selector *sel = NULL;
    cleanup_scratch struct scratch *scratch = scratch_new();
    const struct value *expression = value_get(row, "expr");
    if (!value_is(expression, VALUE_STRING))
        return error_invalid("no \"expr\"");
    struct datum result;
    cleanup_error struct error *err = selector_compile_span(expression->string, env, &sel);
    if (!err)
        err = selector_eval_values(sel, declarations->values.items, scratch, &result, NULL);
    if (err)
        answer_error(arena, answer, err);
    else
        value_set(arena, answer, "value", typed_value_encode(arena, &result));
    return NULL;
}

struct error *cel_case_answer(struct arena *arena, const struct value *row,
                              const struct environment_options *options, struct value **out)
{
    struct environment_options own = *options;
    own.unchecked = value_true(value_get(row, "disable_check"));
    own.plain = true;
    struct value *answer = value_object(arena);
    value_set(arena, answer, "section", value_get(row, "section"));
    value_set(arena, answer, "name", value_get(row, "name"));
    *out = answer;
    if (wants_newer_formatter(row)) {
        value_set_text(arena, answer, "notInEnvironment", "a newer version of the strings extension");
        return NULL;
    }
    struct declarations declarations = { 0 };
    struct error *err = declare(arena, row, &declarations);
    if (!err)
        err = answer_case(arena, row, &own, &declarations, answer);
    declarations_done(&declarations);
    return err;
}

struct cel_options {
    const char *cases, *kube_version;
};

static const struct option_row option_rows[] = {
    { "cases", NULL, OPTION_STRING, offsetof(struct cel_options, cases), .value = "FILE", .required = true,
      .help = "JSON array of cases, answered one a line" },
    { "kube-version", NULL, OPTION_STRING, offsetof(struct cel_options, kube_version), .value = "VERSION",
      .fallback = "1.37", .help = "whose environment: 1.34 to 1.37, or 1.37.2 (as released)" },
};

static const struct option_table option_table = {
    .program = "kubectl-tranche cel",
    .usage = "--cases FILE [--kube-version VERSION]",
    .about = "Evaluates CEL conformance cases.",
    .rows = option_rows,
    .n_rows = ARRAY_LEN(option_rows),
};

static struct error *run(const void *data, char **words, int *status)
{
    (void)words, (void)status;
    const struct cel_options *options = data;
    struct symbols symbols = { 0 };
    struct environment_options environment = { .symbols = &symbols };
    TRY(environment_version_parse(options->kube_version, &environment));
    struct error *err = cases_print(options->cases, &environment, cel_case_answer);
    symbols_done(&symbols);
    return err;
}

int kubectl_cel(int argc, char **argv)
{
    struct cel_options options = { 0 };
    return command_main(&(struct command){ .table = &option_table, .options = &options, .run = run }, argc,
                        argv);
}
