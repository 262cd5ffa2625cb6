/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clerk on its thread: answers come in the order of the questions, what is freed wakes who waits for it,
 * and stopping in the middle of work loses nothing but answers.
 */

#include "tests/support/cmocka.h"

#include "api/base/memory.h"
#include "api/resource/objects.h"
#include "api/value/yaml.h"
#include "controller/claims/searcher.h"
#include "driver/loop/timer.h"

#include <string.h>

enum { N_CLAIMS = 40, N_DEVICES = 16 };

struct bench {
    struct loop *loop;
    struct searcher *searcher;
    size_t n_fits, n_misses, n_woken, n_verdicts, stop_after;
    struct timer patience;
    bool stopped;
};

static void on_stopped(void *ctx)
{
    struct bench *bench = ctx;
    timer_stop(&bench->patience);
    bench->stopped = true;
}

static void stop(struct bench *bench)
{
    if (bench->searcher)
        searcher_stop(take(bench->searcher), on_stopped, bench);
}

static void on_out_of_patience(struct timer *timer)
{
    stop(container_of(timer, struct bench, patience));
}

static const void *parse(struct order *order, const char *text)
{
    value_vec documents = { 0 };
    struct resource_claim *claim;
    struct resource_slice *slice;
    struct device_class *class;
    assert_null(yaml_parse(order->arena, "test", span_of(text), &documents));
    const struct value *tree = documents.items[0];
    vec_done(&documents);
    if (order->kind == ORDER_PUT_CLASS) {
        assert_null(device_class_decode(order->arena, tree, &class));
        return class;
    }
    if (order->kind == ORDER_PUT_SLICE) {
        assert_null(resource_slice_decode(order->arena, tree, &slice));
        return slice;
    }
    assert_null(resource_claim_decode(order->arena, tree, &claim));
    return claim;
}

static void send(struct bench *bench, enum order_kind kind, const char *text)
{
    struct order *order = order_new(kind, NULL, "x");
    order->object = parse(order, text);
    searcher_send(bench->searcher, order);
}

static char *claim_text(size_t i, bool allocated)
{
    char *text;
    assert_true(
        asprintf(
            &text,
            "{apiVersion: resource.k8s.io/v1, kind: ResourceClaim, metadata: {name: c%zu, namespace: ml, "
            "uid: u%zu, resourceVersion: '%zu'}, spec: {devices: {requests: [{name: gpu, exactly: "
            "{deviceClassName: gpu, allocationMode: ExactCount, count: 1}}]}}, status: {%s}}",
            i, i, i + 1,
            allocated ? "allocation: {devices: {results: [{request: gpu, driver: d, pool: p, device: g0}]}, "
                        "allocationTimestamp: '2026-01-01T00:00:00Z'}"
                      : "") > 0);
    return text;
}

static void ask(struct bench *bench, size_t i)
{
    cleanup_free char *text = claim_text(i, false);
    struct order *order = order_new(ORDER_SEARCH, NULL, NULL);
    struct search *search = arena_make(order->arena, struct search);
    search->claims = arena_make(order->arena, const struct resource_claim *);
    search->claims[0] = parse(order, text);
    search->n_claims = 1;
    search->nodes = arena_make(order->arena, const char *);
    search->nodes[0] = "n0";
    search->n_nodes = 1;
    search->pod_key = arena_printf(order->arena, "ml/p%zu", i);
    search->pod_uid = search->pod_key;
    search->ticket = i + 1;
    order->object = search;
    searcher_send(bench->searcher, order);
}

static void teach(struct bench *bench)
{
    cleanup_buf struct buf slice = BUF_INIT(65536);
    buf_add(&slice,
            "{apiVersion: resource.k8s.io/v1, kind: ResourceSlice, metadata: {name: s}, spec: {driver: d, "
            "nodeName: n0, pool: {name: p, generation: 1, resourceSliceCount: 1}, devices: [");
    for (size_t i = 0; i < N_DEVICES; i++)
        buf_printf(&slice, "%s{name: g%zu}", i ? ", " : "", i);
    buf_add(&slice, "]}}");
    struct order *node = order_new(ORDER_PUT_NODE, NULL, "n0");
    struct inventory_node *object = arena_make(node->arena, struct inventory_node);
    object->name = node->name;
    node->object = object;
    searcher_send(bench->searcher, node);
    send(bench, ORDER_PUT_SLICE, buf_text(&slice));
    send(
        bench, ORDER_PUT_CLASS,
        "{apiVersion: resource.k8s.io/v1, kind: DeviceClass, metadata: {name: gpu}, spec: {selectors: [{cel: "
        "{expression: 'device.driver == \"d\"'}}]}}");
}

static void on_reply(void *ctx, struct reply *reply)
{
    struct bench *bench = ctx;
    bool fits = reply->kind == REPLY_FOUND && reply->outcome.kind == OUTCOME_ALLOCATED;
    bench->n_fits += fits;
    bench->n_misses += reply->kind == REPLY_FOUND && !fits;
    bench->n_woken += reply->kind == REPLY_WOKEN;
    bench->n_verdicts += reply->kind == REPLY_VERDICT;
    if (reply->kind == REPLY_FOUND)
        assert_int_equal(reply->search.ticket, bench->n_fits + bench->n_misses);
    if (fits && reply->search.ticket == 3)
        searcher_send(bench->searcher, order_new(ORDER_FORGET, "ml", "c2"));
    reply_free(reply);
    if (bench->n_fits + bench->n_misses >= bench->stop_after)
        timer_start(&bench->patience, bench->loop, 50, on_out_of_patience);
}

static void run(struct bench *bench, size_t stop_after)
{
    *bench = (struct bench){ .stop_after = stop_after };
    assert_null(loop_new(&bench->loop));
    struct searcher_options options = { .features = features_all(), .on_reply = on_reply, .ctx = bench };
    bench->searcher = searcher_new(bench->loop, &options);
    teach(bench);
    for (size_t i = 0; i < N_CLAIMS; i++)
        ask(bench, i);
    if (!stop_after)
        stop(bench);
    assert_true(loop_run(bench->loop));
    assert_true(bench->stopped);
    loop_free(bench->loop);
}

static void test_answers(void **state)
{
    (void)state;
    struct bench bench;
    run(&bench, N_CLAIMS);
    assert_int_equal(bench.n_fits, N_DEVICES);
    assert_int_equal(bench.n_misses, N_CLAIMS - N_DEVICES);
    assert_int_equal(bench.n_woken, N_CLAIMS - N_DEVICES); /* by the decision that was given up */
}

static void test_stop_at_once(void **state)
{
    (void)state;
    struct bench bench;
    run(&bench, 0);
    assert_int_equal(bench.n_fits + bench.n_misses, 0);
}

static void test_stop_while_working(void **state)
{
    (void)state;
    for (size_t i = 1; i < N_CLAIMS; i += 7) {
        struct bench bench;
        run(&bench, i);
        assert_true(bench.n_fits > 0);
    }
}

/* Whoever is seen second is refused; a decision that was not even written gives way. */
static void test_verdicts(void **state)
{
    (void)state;
    cleanup_free char *first = claim_text(0, true), *second = claim_text(1, true),
                      *freed = claim_text(0, false);
    const struct {
        const char *text;
        enum standing want;
    } seen[] = { { first, STANDING_CONFIRMED },
                 { second, STANDING_REFUSED },
                 { freed, STANDING_NONE },
                 { second, STANDING_NONE },
                 { first, STANDING_REFUSED } };
    struct features features = features_all();
    struct clerk *clerk = clerk_new(&features, NULL, 0);
    struct replies replies;
    replies_init(&replies);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        struct order *order = order_new(ORDER_PUT_CLAIM, NULL, NULL);
        order->object = parse(order, seen[i].text);
        clerk_work(clerk, order, &replies);
        struct reply *reply = replies_pop(&replies);
        assert_int_equal(reply ? reply->verdict.standing : STANDING_NONE, seen[i].want);
        if (reply && seen[i].want == STANDING_REFUSED)
            assert_non_null(strstr(reply->verdict.message, "device d/p/g0 is held by claim ml/c"));
        reply_free(reply);
    }
    clerk_free(clerk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_stop_at_once),
        cmocka_unit_test(test_stop_while_working),
        cmocka_unit_test(test_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
