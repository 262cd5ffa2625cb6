/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans, written as text: "G2 -00000 ~00001 +00002" is generation 2, delete, update, create by place or name.
 */

#include "api/value/json.h"
#include "driver/publish/diff.h"
#include "tests/support/cmocka.h"

struct diff_case {
    const char *name;
    const char *want;      /* one letter a slice: its only device; NULL: the pool is not wanted */
    const char *published; /* "place:generation:count:device", or "name:..." after a '!' */
    const char *plan;
};

static const struct diff_case diff_cases[] = {
    { "first publication", "a", "", "G1 +0" },
    { "nothing to do", "a", "0:1:1:a", "G1" },
    { "one change keeps the generation", "b", "0:1:1:a", "G1 ~0" },
    { "two changes raise it on all", "xyc", "0:4:3:a 1:4:3:b 2:4:3:c", "G5 ~0 ~1 ~2" },
    { "one more slice", "ab", "0:1:1:a", "G2 ~0 +1" },
    { "one slice less goes first", "a", "0:1:2:a 1:1:2:b", "G1 -1 ~0" },
    { "an older generation", "a", "0:1:1:a 0:2:1:a", "G2 -0" },
    { "a second slice for a place", "a", "0:1:1:a 0:1:1:a", "G1 -0" },
    { "another naming scheme", "a", "!worker-x7k2p:1:1:a", "G2 -worker-x7k2p +0" },
    { "a slice was deleted", "ab", "1:1:2:b", "G2 ~1 +0" },
    { "the pool is not wanted", NULL, "0:1:2:a 1:1:2:b", "G1 -0 -1" },
    { "no devices", "-", "", "G1 +0" },
};

static struct value *spec_of(struct arena *arena, const char *device)
{
    struct value *spec;
    const char *text = arena_printf(
        arena, "{\"driver\":\"d\",\"pool\":{\"name\":\"p\"},\"nodeName\":\"n\",\"devices\":[%s]}",
        *device == '-' ? "" : arena_printf(arena, "{\"name\":\"%s\"}", device));
    assert_null(json_parse(arena, span_of(text), 0, &spec));
    return spec;
}

static struct published_slice read_published(struct arena *arena, struct span text)
{
    struct span rest, place = span_split(text, ':', &rest);
    struct span generation = span_split(rest, ':', &rest), count = span_split(rest, ':', &rest);
    bool named = place.data[0] == '!';
    int64_t number = strtoll(arena_span(arena, generation), NULL, 10);
    struct value *spec = spec_of(arena, arena_span(arena, rest));
    struct value *pool = value_child(arena, spec, "pool");
    value_set_int(arena, pool, "generation", number);
    value_set_int(arena, pool, "resourceSliceCount", strtoll(arena_span(arena, count), NULL, 10));
    return (struct published_slice){
        .name = named ? arena_span(arena, span_skip(place, 1))
                      : arena_printf(arena, "0000%.*s-d-n-abcde", (int)place.length, place.data),
        .uid = "u",
        .resource_version = "1",
        .generation = number,
        .spec = spec,
    };
}

static void write_plan(const struct slice_plan *plan, struct buf *out)
{
    buf_printf(out, "G%lld", (long long)plan->generation);
    for (size_t i = 0; i < plan->n_changes; i++) {
        const struct slice_change *change = &plan->changes[i];
        if (change->kind == CHANGE_DELETE && strncmp(change->slice->name, "0000", 4) != 0)
            buf_printf(out, " -%s", change->slice->name);
        else if (change->kind == CHANGE_DELETE)
            buf_printf(out, " -%c", change->slice->name[4]);
        else
            buf_printf(out, " %c%zu", change->kind == CHANGE_UPDATE ? '~' : '+', change->place);
    }
}

static void test_diff(void **state)
{
    const struct diff_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *specs = row->want ? value_list(arena) : NULL;
    for (const char *device = row->want; device && *device; device++)
        value_append(arena, specs, spec_of(arena, (char[]){ *device, 0 }));
    struct published_slice published[8];
    size_t n_published = 0;
    for (struct span rest = span_of(row->published), one; rest.data && rest.length;) {
        one = span_split(rest, ' ', &rest);
        published[n_published++] = read_published(arena, one);
    }
    struct slice_plan plan;
    slices_diff(arena, specs, published, n_published, NULL, &plan);
    cleanup_buf struct buf text = BUF_INIT(1000);
    write_plan(&plan, &text);
    assert_string_equal(buf_text(&text), row->plan);
    for (size_t i = 0; i < plan.n_changes; i++)
        if (plan.changes[i].spec)
            assert_int_equal(value_integer(value_path(plan.changes[i].spec, "pool.resourceSliceCount"), 0),
                             value_length(specs));
}

/* A server that drops a field is not fought with: what it kept counts as wanted. */
static void test_dropped_fields(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *specs = value_list(arena), *sent = spec_of(arena, "a");
    value_set_bool(arena, value_at(value_get(sent, "devices"), 0), "bindsToNode", true);
    value_append(arena, specs, sent);
    struct published_slice published = read_published(arena, SPAN("0:1:1:a"));
    struct slice_plan plan;
    slices_diff(arena, specs, &published, 1, NULL, &plan);
    assert_int_equal(plan.n_changes, 1);
    struct slice_memory memory = { sent, published.spec };
    slices_diff(arena, specs, &published, 1, &memory, &plan);
    assert_int_equal(plan.n_changes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_dropped_fields) };
    return cmocka_run_group_tests(tests, NULL, NULL) + RUN_TABLE(diff_cases, test_diff);
}
