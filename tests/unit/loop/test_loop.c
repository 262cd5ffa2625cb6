/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: order of callbacks, stopping from inside callbacks, shutdown, signals, jobs, rings from threads.
 */

#include "driver/loop/backoff.h"
#include "driver/loop/job.h"
#include "driver/loop/loop.h"
#include "driver/loop/signals.h"
#include "driver/loop/timer.h"
#include "driver/loop/wake.h"
#include "tests/support/cmocka.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct loop *loop;
static char trace[256];

static void note(char c)
{
    size_t length = strlen(trace);
    assert_true(length + 1 < sizeof(trace));
    trace[length] = c;
    trace[length + 1] = '\0';
}

static int set_up(void **state)
{
    (void)state;
    trace[0] = '\0';
    return loop_new(&loop) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

/* --- timers --- */

struct letter_timer {
    struct timer timer;
    char letter;
    struct letter_timer *stops; /* this one, when it fires */
};

static void on_letter(struct timer *timer)
{
    struct letter_timer *letter = container_of(timer, struct letter_timer, timer);
    note(letter->letter);
    if (letter->stops)
        timer_stop(&letter->stops->timer);
}

static void test_timer_order(void **state)
{
    (void)state;
    struct letter_timer c = { .letter = 'c' }, a = { .letter = 'a' }, b = { .letter = 'b' },
                        never = { .letter = '!' }, stopper = { .letter = 's', .stops = &never };
    timer_start(&c.timer, loop, 20, on_letter);
    timer_start(&a.timer, loop, 5, on_letter);
    timer_start(&b.timer, loop, 5, on_letter);
    timer_start(&stopper.timer, loop, 10, on_letter);
    timer_start(&never.timer, loop, 10, on_letter);
    assert_true(loop_run(loop));
    assert_string_equal(trace, "absc");
}

static void on_zero(struct timer *timer)
{
    struct letter_timer *letter = container_of(timer, struct letter_timer, timer);
    note(letter->letter);
    if (strlen(trace) < 6)
        timer_start(timer, loop, 0, on_zero);
}

static void test_timer_restarts_itself_with_zero(void **state)
{
    (void)state;
    struct letter_timer a = { .letter = 'a' }, b = { .letter = 'b' };
    timer_start(&a.timer, loop, 0, on_zero);
    timer_start(&b.timer, loop, 0, on_zero);
    assert_true(loop_run(loop));
    assert_string_equal(trace, "abababa");
}

static void on_period(struct timer *timer)
{
    note('p');
    if (strlen(trace) == 3)
        timer_stop(timer);
}

static void test_timer_periodic(void **state)
{
    (void)state;
    struct letter_timer periodic = { 0 }, background = { .letter = '!' };
    timer_start(&background.timer, loop, 60 * 1000, on_letter);
    timer_set_background(&background.timer);
    uint64_t before = loop_now(loop); /* the machine may be busy: what comes behind can only add to it */
    timer_start_periodic(&periodic.timer, loop, 2, on_period);
    assert_true(loop_run(loop)); /* the background timer does not hold it */
    assert_true(loop_now(loop) - before >= 6);
    assert_string_equal(trace, "ppp");
    timer_stop(&background.timer);
}

static void on_random(struct timer *timer)
{
    (void)timer;
}

/* Starts and stops at random; each that fires must be the earliest. */
static void test_timer_heap(void **state)
{
    (void)state;
    enum { N = 64, STEPS = 20000 };
    static struct timer timers[N];
    memset(timers, 0, sizeof(timers));
    unsigned seed = 11;
    for (int step = 0; step < STEPS; step++) {
        struct timer *timer = &timers[rand_r(&seed) % N];
        if (rand_r(&seed) % 3 == 0)
            timer_stop(timer);
        else
            timer_start(timer, loop, (uint64_t)(rand_r(&seed) % 1000) + 1000, on_random);
        if (rand_r(&seed) % 4 == 0)
            timer_set_background(timer);
        assert_true(timer_left_ms(timer) <= 2000);
    }
    for (int i = 0; i < N; i++)
        timer_stop(&timers[i]);
    assert_true(loop_run(loop));
}

/* --- deferred --- */

struct letter_deferred {
    struct deferred deferred;
    char letter;
    struct letter_deferred *stops, *again;
};

static void on_deferred(struct deferred *deferred)
{
    struct letter_deferred *letter = container_of(deferred, struct letter_deferred, deferred);
    note(letter->letter);
    if (letter->stops)
        deferred_stop(&letter->stops->deferred);
    if (letter->again) {
        struct letter_deferred *again = letter->again;
        letter->again = NULL;
        loop_defer(loop, &again->deferred, on_deferred);
    }
}

static void test_deferred(void **state)
{
    (void)state;
    struct letter_deferred never = { .letter = '!' }, b = { .letter = 'b' },
                           a = { .letter = 'a', .stops = &never, .again = &a };
    loop_defer(loop, &a.deferred, on_deferred);
    loop_defer(loop, &a.deferred, on_deferred);
    loop_defer(loop, &never.deferred, on_deferred);
    loop_defer(loop, &b.deferred, on_deferred);
    assert_true(deferred_is_waiting(&never.deferred));
    assert_string_equal(trace, "");
    assert_true(loop_run(loop));
    assert_string_equal(trace, "aba");
    assert_false(deferred_is_waiting(&a.deferred));
}

/* --- shutdown --- */

struct letter_hook {
    struct stop_hook hook;
    struct letter_timer timer; /* finishes the hook, and holds the loop until then */
};

static void on_hook_timer(struct timer *timer)
{
    struct letter_hook *hook = container_of(timer, struct letter_hook, timer.timer);
    note(hook->timer.letter);
    stop_hook_finished(&hook->hook);
}

static void on_slow_stop(struct stop_hook *stop)
{
    struct letter_hook *hook = container_of(stop, struct letter_hook, hook);
    note('>');
    timer_start(&hook->timer.timer, loop, 2, on_hook_timer);
}

static void on_fast_stop(struct stop_hook *stop)
{
    note(container_of(stop, struct letter_hook, hook)->timer.letter);
    stop_hook_finished(stop);
}

static void on_stop_timer(struct timer *timer)
{
    (void)timer;
    loop_stop(loop, 1000);
    loop_stop(loop, 0);
}

static void test_stop_hooks(void **state)
{
    (void)state;
    struct letter_hook first = { .timer.letter = '1' }, second = { .timer.letter = '2' },
                       third = { .timer.letter = '3' }, removed = { .timer.letter = '!' };
    struct timer stop = { 0 };
    loop_on_stop(loop, &first.hook, on_fast_stop);
    loop_on_stop(loop, &second.hook, on_slow_stop);
    loop_on_stop(loop, &removed.hook, on_fast_stop);
    loop_on_stop(loop, &third.hook, on_fast_stop);
    stop_hook_remove(&removed.hook);
    stop_hook_remove(&removed.hook);
    timer_start(&stop, loop, 1, on_stop_timer);
    assert_true(loop_run(loop));
    assert_string_equal(trace, "3>21");
}

static void test_grace_runs_out(void **state)
{
    (void)state;
    struct letter_timer holds = { .letter = '!' };
    timer_start(&holds.timer, loop, 60 * 1000, on_letter);
    loop_stop(loop, 5);
    assert_false(loop_run(loop));
    timer_stop(&holds.timer);
}

static void on_hangup(struct signals *signals)
{
    (void)signals;
    note('h');
    kill(getpid(), SIGTERM);
}

static void on_stop_and_kill(struct stop_hook *hook)
{
    (void)hook;
    note('s');
    kill(getpid(), SIGINT); /* never finishes: only the second signal ends it */
}

static void test_signals(void **state)
{
    (void)state;
    struct signals signals = { .on_hangup = on_hangup, .grace_ms = 60 * 1000 };
    struct letter_timer holds = { .letter = '!' };
    struct stop_hook hook = { 0 };
    assert_null(signals_start(&signals, loop));
    loop_on_stop(loop, &hook, on_stop_and_kill);
    timer_start(&holds.timer, loop, 60 * 1000, on_letter);
    kill(getpid(), SIGHUP);
    assert_false(loop_run(loop));
    assert_string_equal(trace, "hs");
    timer_stop(&holds.timer);
    stop_hook_remove(&hook);
    signals_stop(&signals);
    signals_stop(&signals);
}

/* --- jobs and rings --- */

enum { N_JOBS = 50 };

struct count_job {
    struct job job;
    int worked, done, cancelled;
};

static void count_work(struct job *job)
{
    container_of(job, struct count_job, job)->worked++;
    usleep(500);
}

static void count_done(struct job *job, bool cancelled)
{
    struct count_job *count = container_of(job, struct count_job, job);
    count->done++;
    count->cancelled += cancelled;
    assert_int_equal(count->worked, !cancelled);
}

static void test_jobs(void **state)
{
    (void)state;
    static struct count_job jobs[N_JOBS];
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < N_JOBS; i++)
        job_start(&jobs[i].job, loop, count_work, count_done);
    int n_cancelled = 0;
    for (int i = 1; i < N_JOBS; i += 2) {
        job_cancel(&jobs[i].job);
        job_cancel(&jobs[i].job);
    }
    assert_int_equal(jobs[1].done, 0);
    assert_true(loop_run(loop));
    for (int i = 0; i < N_JOBS; i++) {
        assert_int_equal(jobs[i].done, 1);
        assert_false(job_is_running(&jobs[i].job));
        n_cancelled += jobs[i].cancelled;
    }
    assert_true(n_cancelled > 0 && n_cancelled <= N_JOBS / 2);
}

struct ringer {
    struct wake wake;
    pthread_mutex_t lock;
    int said, heard;
};

enum { N_RINGS = 10000 };

static void *ring(void *argument)
{
    struct ringer *ringer = argument;
    for (int i = 0; i < N_RINGS; i++) {
        pthread_mutex_lock(&ringer->lock);
        ringer->said++;
        pthread_mutex_unlock(&ringer->lock);
        wake_ring(&ringer->wake);
    }
    return NULL;
}

static void on_ring(struct wake *wake)
{
    struct ringer *ringer = container_of(wake, struct ringer, wake);
    pthread_mutex_lock(&ringer->lock);
    ringer->heard = ringer->said;
    pthread_mutex_unlock(&ringer->lock);
    if (ringer->heard == N_RINGS)
        wake_stop(wake);
}

static void test_wake(void **state)
{
    (void)state;
    struct ringer ringer = { .lock = PTHREAD_MUTEX_INITIALIZER };
    assert_null(wake_start(&ringer.wake, loop, on_ring));
    pthread_t thread;
    /* One thread that says everything before it ends; the loop stops the bell only after the last word. */
    assert_int_equal(pthread_create(&thread, NULL, ring, &ringer), 0);
    pthread_join(thread, NULL);
    assert_true(loop_run(loop));
    assert_int_equal(ringer.heard, N_RINGS);
    wake_stop(&ringer.wake);
}

/* --- backoff --- */

struct backoff_case {
    const char *name;
    uint64_t least, most;
    unsigned n_failures;
    uint64_t want;
};

static const struct backoff_case backoff_cases[] = {
    { "first", 5, 1000, 0, 5 },
    { "doubles", 5, 1000, 3, 40 },
    { "stays at the most", 5, 1000, 8, 1000 },
    { "many failures", 5, 1000, 4000000000u, 1000 },
    { "least above most", 50, 10, 0, 10 },
    { "no overflow", 1, UINT64_MAX, 62, UINT64_C(1) << 62 },
    { "huge least", UINT64_MAX / 2, UINT64_MAX, 2, UINT64_MAX },
};

static void test_backoff(void **state)
{
    const struct backoff_case *row = *state;
    assert_true(backoff_delay(row->least, row->most, row->n_failures) == row->want);
    struct backoff backoff = BACKOFF_INIT(row->least, row->most);
    backoff.n_failures = row->n_failures;
    for (int i = 0; i < 100; i++) {
        struct backoff copy = backoff;
        uint64_t delay = backoff_next(&copy);
        assert_true(delay <= row->want && delay >= row->want - row->want / 4 - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define LOOP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        LOOP_TEST(test_timer_order),    LOOP_TEST(test_timer_restarts_itself_with_zero),
        LOOP_TEST(test_timer_periodic), LOOP_TEST(test_timer_heap),
        LOOP_TEST(test_deferred),       LOOP_TEST(test_stop_hooks),
        LOOP_TEST(test_grace_runs_out), LOOP_TEST(test_signals),
        LOOP_TEST(test_jobs),           LOOP_TEST(test_wake),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += RUN_TABLE(backoff_cases, test_backoff);
    return failed;
}
