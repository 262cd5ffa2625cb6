/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store against the simplest model of it: an array per version that says which names existed with which
 * payload. Random writes; then every version in the window must list as the model remembers it, and every
 * event must lead from one version to the next.
 */
#include "driver/standalone/store/store.h"
#include "tests/support/cmocka.h"

#include <string.h>

enum { NAMES = 12, NAMESPACES = 3, KEYS = NAMES * NAMESPACES, STEPS = 3000, WINDOW = 64, FIRST = 1000 };

/* The payload under each key, 0 for none, at each version. */
static int history[STEPS + 1][KEYS];

static struct span key_namespace(int key)
{
    static const char *const names[NAMESPACES] = { "", "alpha", "beta" };
    return span_of(names[key / NAMES]);
}

static const char *key_name(int key, char text[16])
{
    snprintf(text, 16, "n%02d", key % NAMES);
    return text;
}

static struct value *tree_new(struct arena *arena, int key, int payload)
{
    char name[16];
    struct value *tree = value_object(arena);
    struct value *metadata = value_child(arena, tree, "metadata");
    value_set_text(arena, metadata, "name", key_name(key, name));
    if (key >= NAMES)
        value_set(arena, metadata, "namespace", value_span(arena, key_namespace(key)));
    value_set_int(arena, tree, "payload", payload);
    return tree;
}

static int payload_of(const struct object *object)
{
    return object ? (int)value_integer(value_get(object->tree, "payload"), -1) : 0;
}

static void check_list(const struct collection *collection, int64_t version, const char *namespace)
{
    cleanup_snapshot struct snapshot snapshot = { 0 };
    assert_null(collection_list(collection, version, span_of(namespace), &snapshot));
    size_t seen = 0;
    for (int key = 0; key < KEYS; key++) {
        int payload = history[version - FIRST][key];
        if (!payload || (namespace && !span_is(key_namespace(key), namespace)))
            continue;
        assert_true(seen < snapshot.objects.length);
        char name[16];
        struct object *object = snapshot.objects.items[seen++];
        assert_int_equal(object_compare(object, key_namespace(key), span_of(key_name(key, name))), 0);
        assert_int_equal(payload_of(object), payload);
    }
    assert_int_equal(seen, snapshot.objects.length);
}

static void check_event(const struct store *store, const struct collection *collection, int64_t version)
{
    const struct store_event *event = store_event(store, version);
    assert_non_null(event);
    assert_ptr_equal(event->collection, collection);
    assert_int_equal(event->after->version, version);
    for (int key = 0; key < KEYS; key++) {
        char name[16];
        int before = history[version - FIRST - 1][key], after = history[version - FIRST][key];
        if (object_compare(event->after, key_namespace(key), span_of(key_name(key, name))) != 0) {
            assert_int_equal(before, after);
            continue;
        }
        assert_int_equal(payload_of(event->before), before);
        assert_int_equal(event->change, !before ? STORE_ADDED : !after ? STORE_DELETED : STORE_MODIFIED);
        assert_int_equal(payload_of(event->after), after ? after : before);
    }
}

/* One random write; true if it changed something. */
static bool random_step(struct collection *collection, unsigned *seed, int step, int *state)
{
    cleanup_arena struct arena *arena = arena_new();
    int key = rand_r(seed) % KEYS, verb = rand_r(seed) % 3;
    char name[16];
    struct span in = key_namespace(key), called = span_of(key_name(key, name));
    struct object *now = collection_find(collection, in, called), *out = NULL;
    assert_int_equal(payload_of(now), state[key]);
    int64_t expected = rand_r(seed) % 2 && now ? now->version : 0;
    struct error *err = verb == 0 ? collection_create(collection, tree_new(arena, key, step), &out)
                        : verb == 1
                            ? collection_replace(collection, tree_new(arena, key, step), expected, &out)
                            : collection_remove(collection, in, called, expected, &out);
    bool works = verb == 0 ? state[key] == 0 : state[key] != 0;
    assert_int_equal(err == NULL, works);
    if (err)
        assert_int_equal(err->kind, verb == 0 ? ERROR_CONFLICT : ERROR_NOT_FOUND);
    error_free(err);
    if (works)
        state[key] = verb == 2 ? 0 : step;
    return works;
}

static void test_random_steps(void **unused)
{
    (void)unused;
    struct store *store = store_new(FIRST, WINDOW);
    struct collection *collection = store_collection(store, "things");
    int state[KEYS] = { 0 };
    unsigned seed = 11;
    for (int step = 1; step <= STEPS; step++) {
        int64_t version = store_version(store);
        bool changed = random_step(collection, &seed, step, state);
        assert_int_equal(store_version(store), version + changed);
        memcpy(history[store_version(store) - FIRST], state, sizeof(state));
        if (changed)
            check_event(store, collection, store_version(store));
        if (step % 50 == 0) {
            for (version = store_oldest_version(store); version <= store_version(store); version++)
                check_list(collection, version, NULL);
            check_list(collection, store_version(store), "alpha");
            check_list(collection, store_oldest_version(store), "");
        }
    }
    store_free(store);
}

static void test_window(void **unused)
{
    (void)unused;
    cleanup_arena struct arena *arena = arena_new();
    struct store *store = store_new(FIRST, 4);
    struct collection *things = store_collection(store, "things"),
                      *others = store_collection(store, "others");
    struct object *out;
    assert_ptr_equal(store_collection(store, "things"), things);
    assert_null(collection_create(things, tree_new(arena, 1, 1), &out));
    assert_string_equal(value_path_string(out->tree, "metadata.resourceVersion"), "1001");
    for (int i = 0; i < 6; i++)
        assert_null(i == 0 ? collection_create(others, tree_new(arena, 1, 1), &out)
                           : collection_replace(others, tree_new(arena, 1, i), 0, &out));
    assert_int_equal(store_oldest_version(store), 1003);
    assert_null(store_event(store, 1003));
    assert_non_null(store_event(store, 1004));
    assert_null(store_event(store, 1008));

    cleanup_snapshot struct snapshot list = { 0 };
    cleanup_error struct error *gone = collection_list(things, 1002, (struct span){ 0 }, &list);
    assert_int_equal(gone->kind, ERROR_EXHAUSTED);
    cleanup_error struct error *ahead = collection_list(things, 1008, (struct span){ 0 }, &list);
    assert_int_equal(ahead->kind, ERROR_UNAVAILABLE);
    cleanup_error struct error *stale = collection_replace(others, tree_new(arena, 1, 9), 1004, &out);
    assert_int_equal(stale->kind, ERROR_CONFLICT);
    assert_null(collection_list(things, 0, (struct span){ 0 }, &list));
    assert_int_equal(list.objects.length, 1);
    store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_steps),
        cmocka_unit_test(test_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
