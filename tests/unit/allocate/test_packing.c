/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the price rule is built on, against ways too simple to be wrong: the best packing against all
 * packings, and the weights of a duel against many others.
 */

#include "controller/allocate/prune/duel.h"
#include "controller/allocate/prune/packing.h"
#include "tests/support/cmocka.h"
#include "tests/unit/allocate/cluster.h"

enum { N_CASES = 2000, FIELD_BITS = 5, MAX_ITEMS = 6, MAX_ROWS = 4 };

/* Packing */

struct packing_case {
    struct item items[MAX_ITEMS];
    size_t n_items;
    uint64_t room, guards;
};

static uint64_t word_make(struct random *random, size_t n_fields, unsigned most)
{
    uint64_t word = 0;
    for (size_t i = 0; i < n_fields; i++)
        word |= (uint64_t)random_below(random, most + 1) << i * FIELD_BITS;
    return word;
}

static struct packing_case case_make(struct random *random)
{
    struct packing_case made = { .n_items = 1 + random_below(random, MAX_ITEMS) };
    size_t n_fields = random_below(random, 5);
    for (size_t i = 0; i < n_fields; i++)
        made.guards |= UINT64_C(1) << (i * FIELD_BITS + FIELD_BITS - 1);
    made.room = made.guards | word_make(random, n_fields, 9);
    for (uint32_t i = 0; i < made.n_items; i++)
        made.items[i] = (struct item){ .size = word_make(random, n_fields, random_chance(random, 50) ? 1 : 5),
                                       .price = random_below(random, 7),
                                       .count = 1 + random_below(random, 3),
                                       .kind = i };
    return made;
}

static int64_t best_of_all(const struct packing_case *of, size_t index, uint64_t room)
{
    int64_t best = 0;
    if (index == of->n_items)
        return 0;
    for (uint32_t n = 0; n <= of->items[index].count && (room & of->guards) == of->guards; n++) {
        int64_t worth = of->items[index].price * n + best_of_all(of, index + 1, room);
        best = worth > best ? worth : best;
        room -= of->items[index].size;
    }
    return best;
}

static void test_packing_best(void **state)
{
    (void)state;
    struct random random = { .seed = 7 };
    struct packing packing = { 0 };
    for (int i = 0; i < N_CASES; i++) {
        struct packing_case with = case_make(&random);
        uint32_t taken[MAX_ITEMS];
        uint64_t room = with.room;
        int64_t worth = 0;
        int64_t best = packing_best(&packing, with.items, with.n_items, with.room, with.guards, taken);
        assert_int_equal(best, best_of_all(&with, 0, with.room));
        for (size_t k = 0; k < with.n_items; k++) {
            assert_true(taken[k] <= with.items[k].count);
            worth += taken[k] * with.items[k].price;
            room -= taken[k] * with.items[k].size;
        }
        assert_int_equal(worth, best);
        assert_int_equal(room & with.guards, with.guards);
    }
    packing_done(&packing);
}

/* Twelve sizes and forty things of no two alike: too many to look at, so the answer may be too large. */
static void test_packing_is_bounded(void **state)
{
    (void)state;
    struct random random = { .seed = 11 };
    struct packing packing = { 0 };
    struct item items[40];
    uint32_t taken[40];
    uint64_t guards = 0;
    int64_t all = 0;
    for (size_t i = 0; i < 12; i++)
        guards |= UINT64_C(1) << (i * FIELD_BITS + FIELD_BITS - 1);
    for (uint32_t i = 0; i < 40; i++) {
        items[i] = (struct item){ word_make(&random, 12, 3), 1 + random_below(&random, 1000), 1, i };
        all += items[i].price;
    }
    int64_t best = packing_best(&packing, items, 40, guards | word_make(&random, 12, 15), guards, taken);
    assert_in_range(best, 1, all);
    packing_done(&packing);
}

/* Duel */

static double column_weigh(const int64_t *column, const double *weights, size_t n_rows)
{
    double sum = 0;
    for (size_t i = 0; i < n_rows; i++)
        sum += weights[i] * (double)column[i];
    return sum;
}

static double worst_column(int64_t (*columns)[MAX_ROWS], size_t count, const double *weights, size_t n_rows)
{
    double least = 0;
    for (size_t i = 0; i < count; i++) {
        double sum = column_weigh(columns[i], weights, n_rows);
        least = !i || sum < least ? sum : least;
    }
    return least;
}

static void weights_make(struct random *random, size_t n_rows, double *weights)
{
    double sum = 0;
    for (size_t i = 0; i < n_rows; i++)
        sum += weights[i] = random_below(random, 100);
    for (size_t i = 0; i < n_rows; i++)
        weights[i] = sum > 0 ? weights[i] / sum : 1.0 / (double)n_rows;
}

static void test_duel(void **state)
{
    (void)state;
    struct random random = { .seed = 5 };
    cleanup_arena struct arena *arena = arena_new();
    struct duel duel;
    duel_init(&duel, MAX_ROWS, arena);
    for (int i = 0; i < N_CASES; i++) {
        int64_t columns[8][MAX_ROWS];
        size_t n_rows = 1 + random_below(&random, MAX_ROWS), count = 1 + random_below(&random, 8);
        double value = 0, others[MAX_ROWS];
        duel_start(&duel, n_rows, 10);
        for (size_t c = 0; c < count; c++) {
            for (size_t row = 0; row < n_rows; row++)
                columns[c][row] = (int64_t)random_below(&random, 19) - 9;
            value = duel_add(&duel, columns[c]);
        }
        assert_float_equal(value, worst_column(columns, count, duel.weights, n_rows), 1e-6);
        for (int k = 0; k < 50; k++) {
            weights_make(&random, n_rows, others);
            assert_true(worst_column(columns, count, others, n_rows) < value + 1e-6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packing_best),
        cmocka_unit_test(test_packing_is_bounded),
        cmocka_unit_test(test_duel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
