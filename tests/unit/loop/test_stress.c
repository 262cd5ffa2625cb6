/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random starts and stops from inside every kind of callback, each kept in a model: what was stopped is not
 * called any more, what was started and not stopped is called, a job is done exactly once. TRANCHE_SEED runs
 * one seed.
 */

#include "driver/loop/job.h"
#include "driver/loop/timer.h"
#include "driver/loop/wake.h"
#include "tests/support/cmocka.h"

enum { N_EACH = 6, N_STEPS = 600, N_SEEDS = 60 };

struct actor {
    struct stress *stress;
    struct timer timer;
    struct deferred deferred;
    struct wake *wake; /* on the heap: gone as soon as it is stopped */
    struct job job;
    bool timer_expected, deferred_expected, wake_expected, job_expected;
    uint64_t due_ms;
};

struct stress {
    struct loop *loop;
    unsigned seed;
    int n_steps_left;
    struct timer nudge;
    struct actor actors[N_EACH];
};

static unsigned roll(struct stress *stress, unsigned sides)
{
    return (unsigned)rand_r(&stress->seed) % sides;
}

static void act(struct stress *stress);

static void on_timer(struct timer *timer)
{
    struct actor *actor = container_of(timer, struct actor, timer);
    assert_true(actor->timer_expected);
    assert_true(loop_now(actor->stress->loop) >= actor->due_ms);
    actor->timer_expected = timer->period_ms != 0;
    actor->due_ms += timer->period_ms;
    act(actor->stress);
}

static void on_deferred(struct deferred *deferred)
{
    struct actor *actor = container_of(deferred, struct actor, deferred);
    assert_true(actor->deferred_expected);
    actor->deferred_expected = false;
    act(actor->stress);
}

struct heap_wake {
    struct wake wake;
    struct actor *actor;
};

static void on_wake(struct wake *wake)
{
    struct actor *actor = container_of(wake, struct heap_wake, wake)->actor;
    assert_true(actor->wake_expected);
    actor->wake_expected = false;
    act(actor->stress);
}

static void work(struct job *job)
{
    (void)job;
}

static void on_job_done(struct job *job, bool cancelled)
{
    (void)cancelled;
    struct actor *actor = container_of(job, struct actor, job);
    assert_true(actor->job_expected);
    actor->job_expected = false;
    act(actor->stress);
}

static void actor_stop_wake(struct actor *actor)
{
    if (!actor->wake)
        return;
    wake_stop(actor->wake);
    free(container_of(actor->wake, struct heap_wake, wake));
    actor->wake = NULL;
    actor->wake_expected = false;
}

static void actor_start_wake(struct actor *actor)
{
    if (actor->wake)
        return;
    struct heap_wake *wake = calloc(1, sizeof(*wake));
    wake->actor = actor;
    actor->wake = &wake->wake;
    assert_null(wake_start(actor->wake, actor->stress->loop, on_wake));
}

static void actor_start_timer(struct actor *actor, bool periodic)
{
    struct stress *stress = actor->stress;
    uint64_t delay = roll(stress, 3) + (uint64_t)periodic;
    if (periodic)
        timer_start_periodic(&actor->timer, stress->loop, delay, on_timer);
    else
        timer_start(&actor->timer, stress->loop, delay, on_timer);
    actor->due_ms = loop_now(stress->loop) + delay;
    actor->timer_expected = true;
}

static void actor_stop(struct actor *actor)
{
    timer_stop(&actor->timer);
    deferred_stop(&actor->deferred);
    actor_stop_wake(actor);
    job_cancel(&actor->job);
    actor->timer_expected = actor->deferred_expected = false;
}

static void act_once(struct stress *stress)
{
    struct actor *actor = &stress->actors[roll(stress, N_EACH)];
    switch (roll(stress, 10)) {
    case 0:
    case 1: actor_start_timer(actor, false); break;
    case 2: actor_start_timer(actor, true); break;
    case 3:
        timer_stop(&actor->timer);
        actor->timer_expected = false;
        break;
    case 4:
    case 5:
        loop_defer(stress->loop, &actor->deferred, on_deferred);
        actor->deferred_expected = true;
        break;
    case 6:
        deferred_stop(&actor->deferred);
        actor->deferred_expected = false;
        break;
    case 7:
        actor_start_wake(actor);
        wake_ring(actor->wake);
        actor->wake_expected = true;
        break;
    case 8: actor_stop_wake(actor); break;
    default:
        if (job_is_running(&actor->job)) {
            job_cancel(&actor->job);
        } else {
            job_start(&actor->job, stress->loop, work, on_job_done);
            actor->job_expected = true;
        }
    }
}

/* A few random things; after the last step everything is stopped, from inside whatever callback it is. */
static void act(struct stress *stress)
{
    for (unsigned i = roll(stress, 4); i > 0 && stress->n_steps_left > 0; i--, stress->n_steps_left--)
        act_once(stress);
    if (stress->n_steps_left > 0)
        return;
    timer_stop(&stress->nudge);
    for (size_t i = 0; i < N_EACH; i++)
        actor_stop(&stress->actors[i]);
}

static void on_nudge(struct timer *timer)
{
    act(container_of(timer, struct stress, nudge));
}

static void run(unsigned seed)
{
    static struct stress stress;
    stress = (struct stress){ .seed = seed, .n_steps_left = N_STEPS };
    assert_null(loop_new(&stress.loop));
    for (size_t i = 0; i < N_EACH; i++)
        stress.actors[i].stress = &stress;
    timer_start_periodic(&stress.nudge, stress.loop, 1, on_nudge); /* wakes alone would wait for ever */
    assert_true(loop_run(stress.loop));
    for (size_t i = 0; i < N_EACH; i++) {
        struct actor *actor = &stress.actors[i];
        assert_false(actor->timer_expected || actor->deferred_expected || actor->job_expected);
        assert_null(actor->wake);
    }
    loop_free(stress.loop);
}

static void test_stress(void **state)
{
    (void)state;
    const char *only = getenv("TRANCHE_SEED");
    if (only) {
        run((unsigned)strtoul(only, NULL, 10));
        return;
    }
    for (unsigned seed = 1; seed <= N_SEEDS; seed++)
        run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_stress) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
