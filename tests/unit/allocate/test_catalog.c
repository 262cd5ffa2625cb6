/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the inventory keeps devices: what goes in comes out, equals share, numbers keep their meaning, and
 * verdicts by numbers are those of the devices, whatever comes and goes.
 */

#include "controller/allocate/devices/matcher.h"
#include "controller/allocate/devices/memo.h"
#include "tests/support/cmocka.h"

enum { MAX_ATTRIBUTES = 4 };

static struct attribute text(const char *name, enum attribute_type type, const char *value)
{
    return (struct attribute){ .name = name, .type = type, .string = value };
}

static struct device device_of(struct attribute *attributes, uint32_t count)
{
    return (struct device){ .name = "d", .attributes = attributes, .n_attributes = count };
}

static void test_values(void **state)
{
    (void)state;
    struct value_store store = { 0 };
    int64_t numbers[] = { 1, 2 };
    const char *words[] = { "a", "b" }, *joined[] = { "a\0b" };
    struct attribute attributes[] = {
        text("n", ATTRIBUTE_STRING, "1.0.0"),
        text("n", ATTRIBUTE_VERSION, "1.0.0"),
        text("n", ATTRIBUTE_STRING, ""),
        { .name = "n", .type = ATTRIBUTE_INT, .integer = 1 },
        { .name = "n", .type = ATTRIBUTE_BOOL, .boolean = true },
        { .name = "n", .type = ATTRIBUTE_INTS, .integers = numbers, .n_items = 2 },
        { .name = "n", .type = ATTRIBUTE_INTS, .integers = numbers, .n_items = 1 },
        { .name = "n", .type = ATTRIBUTE_STRINGS, .strings = words, .n_items = 2 },
        { .name = "n", .type = ATTRIBUTE_STRINGS, .strings = joined, .n_items = 1 },
        { .name = "n", .type = ATTRIBUTE_VERSIONS, .strings = words, .n_items = 2 },
        { .name = "n", .type = ATTRIBUTE_NONE },
    };
    value_id ids[ARRAY_LEN(attributes)];
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
        ids[i] = value_ref(&store, &attributes[i]);
        assert_int_equal(ids[i], value_ref(&store, &attributes[i]));
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(ids[i], ids[j]);
    }
    assert_string_equal(value_entry(&store, ids[7])->attribute.strings[1], "b");
    assert_int_equal(value_entry(&store, ids[5])->attribute.integers[1], 2);
    assert_false(value_entry(&store, ids[1])->is_flawed);
    assert_true(value_entry(&store, ids[9])->is_flawed);
    assert_true(value_entry(&store, ids[10])->is_flawed);
    value_store_done(&store);
}

/* Values come and go by the thousand; the one that stays keeps its number, and the store does not grow. */
static void test_values_are_forgotten(void **state)
{
    (void)state;
    struct value_store store = { 0 };
    struct attribute kept = text("n", ATTRIBUTE_STRING, "kept");
    value_id id = value_ref(&store, &kept);
    for (int i = 0; i < 20000; i++) {
        char word[32];
        snprintf(word, sizeof(word), "word %d", i);
        struct attribute attribute = text("n", ATTRIBUTE_STRING, word);
        value_unref(&store, value_ref(&store, &attribute));
        if (values_are_stale(&store))
            values_forget_idle(&store);
    }
    assert_int_equal(value_ref(&store, &kept), id);
    assert_true(store.entries.length < 2000);
    value_store_done(&store);
}

static void test_catalog(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct catalog catalog = { 0 };
    struct capacity capacity = { .name = "memory", .value = quantity_of_int(8, QUANTITY_BINARY_SI) };
    struct attribute one[] = { text("model", ATTRIBUTE_STRING, "a"), text("x/uuid", ATTRIBUTE_STRING, "1") };
    struct attribute two[] = { text("model", ATTRIBUTE_STRING, "b"), text("x/uuid", ATTRIBUTE_STRING, "2") };
    struct device first = device_of(one, 2), second = device_of(two, 2);
    first.capacities = second.capacities = &capacity;
    first.n_capacities = second.n_capacities = 1;
    value_id values[3][2];
    struct card cards[] = { { NULL, values[0] }, { NULL, values[1] }, { NULL, values[2] } };
    catalog_add(&catalog, "x", &first, &cards[0]);
    catalog_add(&catalog, "x", &second, &cards[1]);
    catalog_add(&catalog, "y", &first, &cards[2]);
    assert_ptr_equal(cards[0].kind, cards[1].kind);
    assert_ptr_not_equal(cards[0].kind, cards[2].kind);

    const struct device *restored = catalog_restore(&catalog, &cards[1], "again", arena);
    assert_string_equal(restored->name, "again");
    assert_string_equal(restored->attributes[0].name, "model");
    assert_string_equal(restored->attributes[0].string, "b");
    assert_string_equal(restored->capacities[0].name, "memory");

    assert_string_equal(card_attribute(&catalog, &cards[0], "x/uuid")->string, "1");
    assert_string_equal(card_attribute(&catalog, &cards[0], "x/model")->string, "a");
    assert_null(card_attribute(&catalog, &cards[2], "x/model"));
    assert_null(card_attribute(&catalog, &cards[0], "x/none"));
    for (size_t i = 0; i < ARRAY_LEN(cards); i++)
        catalog_drop(&catalog, &cards[i]);
    catalog_done(&catalog);
}

static void test_memo(void **state)
{
    (void)state;
    struct memo memo = { .width = 2 };
    for (uint32_t i = 0; i < 10000; i++) {
        uint32_t combination[] = { i / 7, i };
        assert_int_equal(memo_find(&memo, combination), 0);
        memo_put(&memo, combination, i % 3 + 1);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        uint32_t combination[] = { i / 7, i }, swapped[] = { i, i / 7 };
        assert_int_equal(memo_find(&memo, combination), i % 3 + 1);
        assert_true(i < 2 || !memo_find(&memo, swapped));
    }
    memo_clear(&memo);
    struct memo narrow = { .width = 0 };
    uint32_t nothing[1];
    assert_int_equal(memo_find(&narrow, nothing), 0);
    memo_put(&narrow, nothing, 5);
    assert_int_equal(memo_find(&narrow, nothing), 5);
    memo_clear(&narrow);
}

static enum verdict ask(struct matcher *matcher, struct catalog *catalog, const char *expression,
                        const struct device *device)
{
    value_id values[MAX_ATTRIBUTES];
    struct card card = { NULL, values };
    catalog_add(catalog, "x", device, &card);
    enum verdict verdict = matcher_test(matcher, matcher_program(matcher, expression), &card);
    catalog_drop(catalog, &card);
    return verdict;
}

static void test_matcher(void **state)
{
    (void)state;
    struct catalog catalog = { 0 };
    struct matcher *matcher = matcher_new(&catalog);
    struct attribute good[] = { text("model", ATTRIBUTE_STRING, "a"), text("v", ATTRIBUTE_VERSION, "1.2.3") };
    struct attribute flawed[] = { text("model", ATTRIBUTE_STRING, "a"), text("v", ATTRIBUTE_VERSION, "1") };
    struct attribute twice[] = { text("model", ATTRIBUTE_STRING, "b"),
                                 text("x/model", ATTRIBUTE_STRING, "a") };
    struct device device = device_of(good, 2), bad = device_of(flawed, 2), pair = device_of(twice, 2);
    const char *is_a = "device.attributes['x'].model == 'a'";
    assert_int_equal(ask(matcher, &catalog, is_a, &device), VERDICT_TRUE);
    assert_int_equal(ask(matcher, &catalog, is_a, &bad), VERDICT_FAILED);
    assert_int_equal(ask(matcher, &catalog, is_a, &pair), VERDICT_TRUE);
    assert_int_equal(ask(matcher, &catalog, "device.attributes['x'].none == 'a'", &device), VERDICT_FAILED);
    assert_int_equal(ask(matcher, &catalog, "device.", &device), VERDICT_NOT_COMPILED);
    assert_int_equal(ask(matcher, &catalog, "device.attributes['x'].size() == 2", &device), VERDICT_TRUE);
    matcher_free(matcher);
    catalog_done(&catalog);
}

/* Numbers mean something else after an epoch; no verdict of the old one may show. */
static void test_verdicts_do_not_outlive_an_epoch(void **state)
{
    (void)state;
    struct catalog catalog = { 0 };
    struct matcher *matcher = matcher_new(&catalog);
    for (int i = 0; i < 6000; i++) {
        char model[32];
        snprintf(model, sizeof(model), "%s %d", i % 2 ? "odd" : "even", i);
        struct attribute attributes[] = { text("model", ATTRIBUTE_STRING, model) };
        struct device device = device_of(attributes, 1);
        enum verdict verdict =
            ask(matcher, &catalog, "device.attributes['x'].model.startsWith('odd')", &device);
        assert_int_equal(verdict, i % 2 ? VERDICT_TRUE : VERDICT_FALSE);
    }
    assert_true(catalog.epoch > 2);
    matcher_free(matcher);
    catalog_done(&catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_values_are_forgotten),
        cmocka_unit_test(test_catalog), cmocka_unit_test(test_memo),
        cmocka_unit_test(test_matcher), cmocka_unit_test(test_verdicts_do_not_outlive_an_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
