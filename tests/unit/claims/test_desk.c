/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A claim whose allocation goes away: that of a pod that still waits is tried elsewhere for a while, and then
 * on the same node again; one that was used up comes back as if it were new.
 */

#include "tests/support/cmocka.h"

#include "controller/claims/desk.h"
#include "controller/claims/names.h"

#include <string.h>

struct bench {
    struct desk *desk;
    struct arena *arena;
    struct pod pod;
    const struct resource_claim *claim; /* as the watch shows it */
    struct allocation allocation;
    bool is_waiting;
};

static const struct resource_claim *find_claim(void *ctx, const char *namespace, const char *name)
{
    (void)namespace, (void)name;
    return ((struct bench *)ctx)->claim;
}

static const struct device_class *find_class(void *ctx, const char *name)
{
    static struct string_pair labels[] = { { ALLOCATOR_LABEL, "controller" } };
    static const struct device_class class = { .meta = { .name = "gpu", .labels = labels, .n_labels = 1 } };
    (void)ctx, (void)name;
    return &class;
}

static void forget(void *ctx, const char *namespace, const char *name)
{
    (void)ctx, (void)namespace, (void)name;
}

static bool is_waiting(void *ctx, const char *namespace, const struct claim_consumer *user)
{
    (void)namespace;
    assert_string_equal(user->uid, "pod-uid");
    return ((struct bench *)ctx)->is_waiting;
}

static void show_claim(struct bench *bench, const char *version, bool is_allocated, uint64_t now_ms)
{
    static struct exact_request exact = { .class_name = "gpu" };
    static struct device_request request = { .name = "gpu", .exactly = &exact };
    static struct claim_consumer user = { .resource = "pods", .name = "pod", .uid = "pod-uid" };
    struct resource_claim *claim = arena_make(bench->arena, struct resource_claim);
    claim->meta = (struct object_meta){ .namespace = "ml",
                                        .name = "claim",
                                        .uid = "claim-uid",
                                        .resource_version = arena_strdup(bench->arena, version) };
    claim->spec.requests = &request;
    claim->spec.n_requests = 1;
    claim->allocation = is_allocated ? &bench->allocation : NULL;
    claim->reserved_for = is_allocated ? &user : NULL;
    claim->n_reserved_for = is_allocated;
    const struct resource_claim *before = bench->claim;
    bench->claim = claim;
    desk_claim_changed(bench->desk, before, claim, now_ms);
}

static enum step_kind plan(struct bench *bench, uint64_t now_ms, struct plan *out)
{
    struct step step;
    desk_plan(bench->desk, &bench->pod, now_ms, bench->arena, out, &step);
    return step.kind;
}

static void search(struct bench *bench, uint64_t now_ms, uint64_t until_ms, const char *node)
{
    struct plan plan_now;
    assert_int_equal(plan(bench, now_ms, &plan_now), STEP_SEARCH);
    struct desk_answer answer = { .pod_key = "ml/pod",
                                  .pod_uid = "pod-uid",
                                  .ticket = desk_search_begin(bench->desk, &plan_now, until_ms),
                                  .claims = &bench->claim,
                                  .n_claims = 1,
                                  .allocations = node ? &bench->allocation : NULL,
                                  .node = node,
                                  .arena = arena_new(),
                                  .reason = "NoFit",
                                  .sentence = "nothing fits" };
    assert_true(desk_search_end(bench->desk, &answer));
}

/* Allocated on n0, seen, and gone again at 0 ms. */
static void lose_allocation(struct bench *bench)
{
    show_claim(bench, "1", false, 0);
    search(bench, 0, 0, "n0");
    show_claim(bench, "2", true, 0);
    struct verdict verdict = { .standing = STANDING_CONFIRMED };
    desk_judged(bench->desk, "ml", "claim", "2", &verdict);
    show_claim(bench, "3", false, 0);
}

static bool avoids(struct bench *bench, uint64_t now_ms, uint64_t *until_ms)
{
    struct plan plan_now;
    (void)plan(bench, now_ms, &plan_now);
    *until_ms = UINT64_MAX;
    return desk_avoids(bench->desk, &plan_now, "n0", now_ms, until_ms);
}

static void bench_init(struct bench *bench, bool pod_is_waiting)
{
    static struct pod_claim claims[] = { { .name = "gpu", .claim_name = "claim" } };
    *bench = (struct bench){ .arena = arena_new(), .is_waiting = pod_is_waiting };
    bench->pod = (struct pod){ .meta = { .namespace = "ml", .name = "pod", .uid = "pod-uid" },
                               .claims = claims,
                               .n_claims = 1 };
    struct desk_hooks hooks = { .ctx = bench,
                                .find_claim = find_claim,
                                .find_class = find_class,
                                .forget = forget,
                                .is_waiting = is_waiting };
    bench->desk = desk_new(&hooks);
}

static void bench_done(struct bench *bench)
{
    desk_free(bench->desk);
    arena_free(bench->arena);
}

static void test_vanished_allocation_is_avoided_for_a_while(void **state)
{
    (void)state;
    struct bench bench;
    struct plan plan_now;
    uint64_t until_ms;
    bench_init(&bench, true);
    lose_allocation(&bench);
    assert_true(avoids(&bench, 0, &until_ms));
    assert_int_equal(until_ms, 1000);
    search(&bench, 0, until_ms, NULL); /* there is no other node */
    assert_int_equal(plan(&bench, 999, &plan_now), STEP_WAIT);
    assert_int_equal(plan(&bench, 1000, &plan_now), STEP_SEARCH);
    assert_false(avoids(&bench, 1000, &until_ms));
    bench_done(&bench);
}

static void test_nothing_fits_until_something_changes(void **state)
{
    (void)state;
    struct bench bench;
    struct plan plan_now;
    bench_init(&bench, true);
    show_claim(&bench, "1", false, 0);
    search(&bench, 0, 0, NULL);
    assert_int_equal(plan(&bench, 1000000, &plan_now), STEP_WAIT);
    assert_true(desk_wake(bench.desk, "ml/pod"));
    assert_int_equal(plan(&bench, 1000000, &plan_now), STEP_SEARCH);
    bench_done(&bench);
}

static void test_used_up_allocation_is_no_reason_to_avoid(void **state)
{
    (void)state;
    struct bench bench;
    uint64_t until_ms;
    bench_init(&bench, false);
    lose_allocation(&bench);
    assert_false(avoids(&bench, 0, &until_ms));
    bench_done(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vanished_allocation_is_avoided_for_a_while),
        cmocka_unit_test(test_nothing_fits_until_something_changes),
        cmocka_unit_test(test_used_up_allocation_is_no_reason_to_avoid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
