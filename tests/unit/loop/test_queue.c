/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work queue: client-go's promises, and a random run that stops the queue at a random point.
 */

#include "driver/loop/queue.h"
#include "tests/support/cmocka.h"

enum { N_KEYS = 8 };

struct finish_timer {
    struct timer timer;
    struct worker *worker;
    size_t index;
};

struct worker {
    struct work_queue queue;
    struct loop *loop;
    char trace[64];
    unsigned seed;
    bool in_flight[N_KEYS]; /* what the queue promises, kept by ourselves */
    struct finish_timer finish[N_KEYS];
    bool added[N_KEYS]; /* and not worked on since */
    size_t n_works, stop_after;
};

static void worker_init(struct worker *worker, void (*work)(struct work_queue *queue, const char *key))
{
    *worker = (struct worker){ .queue.work = work };
    assert_null(loop_new(&worker->loop));
    work_queue_start(&worker->queue, worker->loop);
}

static void worker_done(struct worker *worker)
{
    work_queue_stop(&worker->queue);
    work_queue_stop(&worker->queue);
    loop_free(worker->loop);
}

/* --- one key at a time --- */

static void work_noting(struct work_queue *queue, const char *key)
{
    struct worker *worker = container_of(queue, struct worker, queue);
    snprintf(worker->trace + strlen(worker->trace), sizeof(worker->trace) - strlen(worker->trace), "%s", key);
    if (strcmp(key, "r") == 0 && work_queue_failures(queue, key) < 3)
        work_queue_add_rate_limited(queue, key);
    else
        work_queue_forget(queue, key);
    if (strcmp(worker->trace, "a") == 0)
        work_queue_add(queue, key); /* comes again, behind the others */
    work_queue_finished(queue, key);
}

static void test_order_and_dedup(void **state)
{
    (void)state;
    struct worker worker;
    worker_init(&worker, work_noting);
    const char *keys[] = { "a", "b", "a", "c", "b" };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        work_queue_add(&worker.queue, keys[i]);
    assert_int_equal(worker.queue.n_waiting, 3);
    assert_string_equal(worker.trace, "");
    assert_true(loop_run(worker.loop));
    assert_string_equal(worker.trace, "abca");
    assert_int_equal(worker.queue.items.length, 0);
    worker_done(&worker);
}

static void test_delays(void **state)
{
    (void)state;
    struct worker worker;
    worker_init(&worker, work_noting);
    work_queue_add_after(&worker.queue, "c", 60000);
    work_queue_add_after(&worker.queue, "c", 15);
    work_queue_add_after(&worker.queue, "c", 60000); /* the earliest wins */
    work_queue_add_after(&worker.queue, "b", 5);
    work_queue_add_after(&worker.queue, "a", 0);
    assert_true(loop_run(worker.loop));
    assert_string_equal(worker.trace, "aabc");
    worker_done(&worker);
}

static void test_rate_limited(void **state)
{
    (void)state;
    struct worker worker;
    worker_init(&worker, work_noting);
    uint64_t before = loop_now(worker.loop);
    work_queue_add(&worker.queue, "r");
    assert_true(loop_run(worker.loop));
    assert_true(loop_now(worker.loop) - before >= 5 + 10 + 20);
    assert_string_equal(worker.trace, "rrrr");
    assert_int_equal(work_queue_failures(&worker.queue, "r"), 0);
    assert_int_equal(worker.queue.items.length, 0);
    worker_done(&worker);
}

static void test_bucket(void **state)
{
    (void)state;
    struct worker worker = { .queue.work = work_noting };
    worker.queue.burst = 2;
    worker.queue.per_second = 100;
    assert_null(loop_new(&worker.loop));
    work_queue_start(&worker.queue, worker.loop);
    uint64_t before = loop_now(worker.loop);
    const char *keys[] = { "a", "b", "c", "d", "e" };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        work_queue_add_rate_limited(&worker.queue, keys[i]);
    assert_true(loop_run(worker.loop));
    assert_true(loop_now(worker.loop) - before >= 25);
    worker_done(&worker);
}

/* --- at random --- */

static void add_random(struct worker *worker)
{
    unsigned index = (unsigned)rand_r(&worker->seed) % N_KEYS;
    char key[2] = { (char)('a' + index), '\0' };
    switch (rand_r(&worker->seed) % 4) {
    case 0: work_queue_add(&worker->queue, key); break;
    case 1: work_queue_add_after(&worker->queue, key, (uint64_t)rand_r(&worker->seed) % 3); break;
    case 2: work_queue_add_rate_limited(&worker->queue, key); break;
    default: work_queue_forget(&worker->queue, key); return;
    }
    worker->added[index] = true;
}

static void finish(struct worker *worker, size_t index)
{
    char key[2] = { (char)('a' + index), '\0' };
    worker->in_flight[index] = false;
    work_queue_finished(&worker->queue, key);
}

static void on_finish(struct timer *timer)
{
    struct finish_timer *finish_timer = container_of(timer, struct finish_timer, timer);
    finish(finish_timer->worker, finish_timer->index);
}

static void work_random(struct work_queue *queue, const char *key)
{
    struct worker *worker = container_of(queue, struct worker, queue);
    size_t index = (size_t)(key[0] - 'a');
    assert_false(worker->in_flight[index]);
    worker->in_flight[index] = true;
    worker->added[index] = false;
    if (++worker->n_works >= worker->stop_after) {
        work_queue_stop(queue);
        return;
    }
    for (int i = rand_r(&worker->seed) % 3; i > 0; i--)
        add_random(worker);
    if (rand_r(&worker->seed) % 2)
        finish(worker, index);
    else
        timer_start(&worker->finish[index].timer, worker->loop, (uint64_t)rand_r(&worker->seed) % 3,
                    on_finish);
}

/* Nothing runs twice at once, nothing added is lost, and a stop at any point leaves nothing behind. */
static void test_random(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct worker worker = { .queue.work = work_random, .seed = seed };
        worker.queue.max_in_flight = 1 + seed % 3;
        worker.queue.most_delay_ms = 5;
        worker.queue.per_second = 100000;
        worker.stop_after = seed % 2 ? (size_t)rand_r(&worker.seed) % 60 : SIZE_MAX;
        for (size_t i = 0; i < N_KEYS; i++)
            worker.finish[i] = (struct finish_timer){ .worker = &worker, .index = i };
        assert_null(loop_new(&worker.loop));
        work_queue_start(&worker.queue, worker.loop);
        for (int i = 0; i < 20; i++)
            add_random(&worker);
        /* Less is added than is worked off in the end: each work adds one on average, a quarter of it
         * nothing. */
        assert_true(loop_run(worker.loop));
        for (size_t i = 0; i < N_KEYS && worker.queue.loop; i++)
            assert_false(worker.added[i] || worker.in_flight[i]);
        worker_done(&worker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_dedup), cmocka_unit_test(test_delays),
        cmocka_unit_test(test_rate_limited),    cmocka_unit_test(test_bucket),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
