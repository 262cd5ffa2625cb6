/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects and what an API server says about them. Each file given on the command line holds a good object
 * (`base`) and rows; a row is a JSON merge patch for it and the causes that are expected, in order. A row
 * with `old` (a merge patch too) is an update. A cause that ends in "..." is a prefix.
 */

#include "api/base/file.h"
#include "api/resource/validate.h"
#include "api/value/yaml.h"
#include "tests/support/cmocka.h"

enum { MAX_FILE_BYTES = 1 << 20 };

struct row {
    const struct value *base;
    const struct value *tree;
};

static struct arena *arena;
static VEC(struct CMUnitTest) tests;

/* RFC 7386 */
static struct value *merge(struct value *target, const struct value *patch)
{
    if (!value_is(patch, VALUE_OBJECT))
        return value_copy(arena, patch);
    struct value *result = value_is(target, VALUE_OBJECT) ? target : value_object(arena);
    value_each_member (patch, member) {
        if (value_is(member->value, VALUE_NULL))
            value_delete(result, member->name.data);
        else
            value_set_span(arena, result, member->name,
                           merge(value_find(result, member->name), member->value));
    }
    return result;
}

static const struct value *patched(const struct row *row, const char *member)
{
    const struct value *patch = value_get(row->tree, member);
    struct value *copy = value_copy(arena, row->base);
    return patch ? merge(copy, patch) : copy;
}

/* Knows one good expression, one that is too dear, and calls everything else wrong. */
static struct error *check_expression(const void *context, struct span expression, bool derived,
                                      uint64_t *cost)
{
    (void)context;
    (void)derived;
    *cost = span_is(expression, "expensive") ? 1000001 : 1;
    return span_is(expression, "true") || span_is(expression, "expensive")
               ? NULL
               : error_invalid("compilation failed: no such variable");
}

static bool cause_fits(const char *got, const char *want)
{
    size_t length = strlen(want);
    if (length > 3 && strcmp(want + length - 3, "...") == 0)
        return strncmp(got, want, length - 3) == 0;
    return strcmp(got, want) == 0;
}

static void test_row(void **state)
{
    const struct row *row = *state;
    const struct value *wanted = value_get(row->tree, "causes");
    struct causes causes = { 0 };
    struct validation validation = {
        .object = patched(row, "patch"),
        .old = value_get(row->tree, "old") ? patched(row, "old") : NULL,
        .subresource = value_string(value_get(row->tree, "subresource")),
        .admin_namespace = value_true(value_get(row->tree, "adminNamespace")),
        .expressions = { .check = check_expression },
    };
    object_validate(arena, &validation, &causes);

    bool same = causes.list.length == value_length(wanted);
    for (size_t i = 0; i < causes.list.length; i++) {
        const struct cause *cause = &causes.list.items[i];
        const char *text = arena_printf(arena, "%s: %s", cause->field, cause->message);
        const char *want = value_string(value_at(wanted, i));
        bool fits = want && cause_fits(text, want);
        if (!fits)
            print_message("  cause %zu is  %s\n  but wanted %s\n", i, text, want ? want : "nothing");
        same &= fits;
    }
    for (size_t i = causes.list.length; i < value_length(wanted); i++)
        print_message("  missing: %s\n", value_string(value_at(wanted, i)));
    causes_done(&causes);
    assert_true(same);
}

static void add_rows(const char *path)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_FILE_BYTES);
    value_vec documents = { 0 };
    struct error *err = file_read(path, &text);
    if (!err)
        err = yaml_parse(arena, path, buf_span(&text), &documents);
    if (err) {
        fprintf(stderr, "%s\n", err->text);
        exit(1);
    }
    vec_each (&documents, document)
        value_each (value_get(*document, "rows"), tree) {
            struct row *row = arena_make(arena, struct row);
            *row = (struct row){ value_get(*document, "base"), tree };
            vec_push(&tests, (struct CMUnitTest){
                                 .name = arena_printf(arena, "%s: %s", strrchr(path, '/') + 1,
                                                      value_string(value_get(tree, "name"))),
                                 .test_func = test_row,
                                 .initial_state = row,
                             });
        }
    vec_done(&documents);
}

int main(int argc, char **argv)
{
    arena = arena_new();
    for (int i = 1; i < argc; i++)
        add_rows(argv[i]);
    int failed = _cmocka_run_group_tests("validation", tests.items, tests.length, NULL, NULL);
    vec_done(&tests);
    arena_free(arena);
    return failed;
}
