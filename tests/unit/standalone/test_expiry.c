/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events go an hour after they were last written; nothing else does.
 */
#include "driver/standalone/rest/expiry.h"
#include "tests/support/cmocka.h"

static struct value *tree_new(struct arena *arena, const char *name)
{
    struct value *tree = value_object(arena);
    value_set_text(arena, value_child(arena, tree, "metadata"), "name", name);
    return tree;
}

static void test_an_hour(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct store *store = store_new(1, 100);
    struct resources resources = { 0 };
    resources_init(&resources, store);
    struct collection *events = resource_named(&resources, "", "events")->collection;
    struct collection *pods = resource_named(&resources, "", "pods")->collection;
    struct expiry expiry = { .resources = &resources, .store = store };
    struct object *out;
    assert_null(collection_create(events, tree_new(arena, "old"), &out));
    assert_null(collection_create(events, tree_new(arena, "renewed"), &out));
    assert_null(collection_create(pods, tree_new(arena, "pod"), &out));
    for (int minute = 0; minute < 60; minute++) {
        expiry_tick(&expiry);
        assert_int_equal(collection_length(events), 2);
        if (minute == 10)
            assert_null(collection_replace(events, tree_new(arena, "renewed"), 0, &out));
    }
    expiry_tick(&expiry);
    assert_null(collection_find(events, SPAN(""), SPAN("old")));
    assert_non_null(collection_find(events, SPAN(""), SPAN("renewed")));
    for (int minute = 0; minute < 200; minute++)
        expiry_tick(&expiry);
    assert_int_equal(collection_length(events), 0);
    assert_int_equal(collection_length(pods), 1);
    resources_done(&resources);
    store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_an_hour) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
