/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates: placeholders with their filters, conditions, and what happens to trees.
 */

#include "api/config/template.h"

#include "api/base/vec.h"
#include "api/value/json.h"
#include "api/value/yaml.h"
#include "tests/support/cmocka.h"

static struct arena *arena;

static const char variables[] =
    "{name: gpu-0-full, i: 3, good: true, bad: false, empty: '', memory: 80Gi, parts: 4,"
    " claim: {uid: U}, capacity: {example.com/cpu: '2', memory: 16384Mi}}";

static const struct value *parse(const char *yaml)
{
    value_vec documents = { 0 };
    struct error *err = yaml_parse(arena, "test.yaml", span_of(yaml), &documents);
    if (err)
        fail_msg("%s", err->text);
    const struct value *tree = documents.items[0];
    vec_done(&documents);
    return tree;
}

static const struct scope *scope(void)
{
    static struct scope inner, outer;
    outer.variables = parse("{driver: gpu.example.com, name: hidden}");
    inner = (struct scope){ .up = &outer, .variables = parse(variables) };
    return &inner;
}

static const struct expand_case {
    const char *name;
    const char *text;
    const char *want; /* or the error behind "!" */
} expand_cases[] = {
    { "plain", "no placeholder", "no placeholder" },
    { "variables", "a ${name} of ${driver}", "a gpu-0-full of gpu.example.com" },
    { "number", "${i}", "3" },
    { "boolean", "${good}", "true" },
    { "member", "${claim.uid}", "U" },
    { "member with dots", "${capacity[example.com/cpu]}", "2" },
    { "dollar", "$$HOME costs $$5", "$HOME costs $5" },
    { "filters", "GPU_${name|strip:gpu-|ident|upper}", "GPU_0_FULL" },
    { "runs of other characters", "${name|append:--x|ident}", "gpu_0_full_x" },
    { "lower", "${memory|lower}", "80gi" },
    { "append a variable", "${name|append:/|append:i}", "gpu-0-full/3" },
    { "default", "${nothing|default:x}", "x" },
    { "default not needed", "${i|default:x}", "3" },
    { "canonical", "${capacity.memory|quantity}", "16Gi" },
    { "plain number", "${capacity.memory|integer}", "17179869184" },
    { "division", "${memory|div:parts}", "20Gi" },
    { "division by three", "${memory|div:3}", "28633115306" },
    { "uuid", "${name|uuid}", "a6c7fcbd-5d77-5821-4897-ceb392f23a09" },
    { "absent", "${nothing}", "!${nothing}: there is no such variable" },
    { "absent, with a filter", "${nothing|upper}", "!${nothing|upper}: there is no such variable" },
    { "a list", "${claim}", "!${claim}: a text is needed, not object" },
    { "open", "a ${name", "!\"a ${name\": a placeholder that does not end" },
    { "unknown filter", "${name|reverse}", "!${name|reverse}: there is no filter \"reverse\"" },
    { "no argument", "${name|strip}",
      "!${name|strip}: the filter \"strip\" needs an argument, as in \"strip:gpu-\"" },
    { "no quantity", "${name|integer}",
      "!${name|integer}: integer: quantities must match the regular expression "
      "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" },
    { "division by nothing", "${memory|div:0}", "!${memory|div:0}: div: division by 0" },
};

static void test_expand(void **state)
{
    const struct expand_case *row = *state;
    const char *text;
    cleanup_error struct error *err = template_expand(arena, span_of(row->text), scope(), &text);
    assert_string_equal(err ? arena_printf(arena, "!%s", err->text) : text, row->want);
}

static const struct condition_case {
    const char *name;
    bool holds;
} condition_cases[] = {
    { "good", true },
    { "bad", false },
    { "!bad", true },
    { "nothing", false },
    { "!nothing", true },
    { "empty", false },
    { "i", true },
    { "i == 3", true },
    { "i == 4", false },
    { "i != 4", true },
    { "i > 2", true },
    { "i > 3", false },
    { "name == gpu-0-full", true },
    { "nothing == x", false },
    { "good && i == 3", true },
    { "good && bad && i == 3", false },
    { "capacity[example.com/cpu]", true },
};

static void test_condition(void **state)
{
    const struct condition_case *row = *state;
    bool holds;
    assert_null(condition_holds(span_of(row->name), scope(), &holds));
    assert_int_equal(holds, row->holds);
}

static const struct tree_case {
    const char *name;
    const char *tree;
    const char *want;
} tree_cases[] = {
    { "types are kept", "{a: '${i}', b: '${i|text}', c: '${good}'}", "{\"a\":3,\"b\":\"3\",\"c\":true}" },
    { "names too", "{'x-${i}': 1}", "{\"x-3\":1}" },
    { "left out", "{a: {when: bad, b: 1}, c: {when: good, d: 1}}", "{\"c\":{\"d\":1}}" },
    { "replaced", "{a: {when: good, then: [1, '${i}']}}", "{\"a\":[1,3]}" },
    { "from lists", "[{when: bad, a: 1}, {when: i, a: 2}]", "[{\"a\":2}]" },
    { "where it is", "a:\n  - b\n  - '${nothing}'", "!test.yaml:3:5: ${nothing}: there is no such variable" },
    { "no condition", "{a: {when: '', b: 1}}", "!test.yaml:1:12: \"\" is no condition" },
};

static void test_tree(void **state)
{
    const struct tree_case *row = *state;
    struct value *tree;
    cleanup_buf struct buf text = BUF_INIT(4096);
    cleanup_error struct error *err = tree_expand(arena, "test.yaml", parse(row->tree), scope(), &tree);
    if (err) {
        assert_string_equal(arena_printf(arena, "!%s", err->text), row->want);
        return;
    }
    json_write(&text, tree);
    assert_string_equal(buf_text(&text), row->want);
}

int main(void)
{
    arena = arena_new();
    int failed = RUN_TABLE(expand_cases, test_expand) + RUN_TABLE(condition_cases, test_condition) +
                 RUN_TABLE(tree_cases, test_tree);
    arena_free(arena);
    return failed;
}
