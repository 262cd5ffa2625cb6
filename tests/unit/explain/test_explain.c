/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explanations word for word: people read them in Events, programs read the JSON.
 */

#include "api/value/json.h"
#include "controller/explain/explain.h"
#include "tests/support/cmocka.h"

static struct reason_count in_use = { REASON_IN_USE, 5, "gpu.example.com/n1/gpu-3", "held by ml/train-0" };
static struct reason_count tainted = { REASON_TAINTED, 2, "gpu.example.com/n1/gpu-7", NULL };
static struct reason_count available = { REASON_AVAILABLE, 1, "gpu.example.com/n1/gpu-0", NULL };

struct sentence_case {
    const char *name;
    enum outcome_kind kind;
    const char *message;
    size_t n_nodes, n_placed;
    struct request_explanation request;
    const char *constraint;
    bool has_explanation;
    const char *want;
};

/* What most rows ask of: one of eight is left. */
#define ONE_OF_EIGHT                                                                                         \
    .claim = "ml/a", .class_name = "big", .n_considered = 8, .n_available = 1, .n_best = 1, .is_short = true

static const struct sentence_case sentence_cases[] = {
    { .name = "one node",
      .kind = OUTCOME_NO_FIT,
      .n_nodes = 1,
      .has_explanation = true,
      .request = { ONE_OF_EIGHT, .request = "gpu", .n_wanted = 2, .n_reasons = 3 },
      .want = "claim ml/a: request gpu wants 2 devices of class big, only 1 of 8 is available: 5 in use "
              "(gpu.example.com/n1/gpu-3: held by ml/train-0), 2 tainted" },
    { .name = "several nodes",
      .kind = OUTCOME_NO_FIT,
      .n_nodes = 3,
      .has_explanation = true,
      .request = { ONE_OF_EIGHT, .request = "gpu/older", .all = true, .n_reasons = 1 },
      .want = "claim ml/a: request gpu/older wants all devices of class big, no node of 3 has more than 1 "
              "available: 5 in use (gpu.example.com/n1/gpu-3: held by ml/train-0)" },
    { .name = "no devices",
      .kind = OUTCOME_NO_FIT,
      .n_nodes = 1,
      .has_explanation = true,
      .request = { .claim = "ml/a", .request = "gpu", .class_name = "big", .n_wanted = 1, .is_short = true },
      .want = "claim ml/a: request gpu wants 1 device of class big, there are no devices at all" },
    { .name = "no nodes",
      .kind = OUTCOME_NO_FIT,
      .has_explanation = true,
      .want = "there is no node to allocate for" },
    { .name = "together",
      .kind = OUTCOME_NO_FIT,
      .n_nodes = 1,
      .has_explanation = true,
      .request = { .claim = "ml/a", .request = "gpu", .class_name = "big", .n_wanted = 1 },
      .constraint = "claim ml/a: matchAttribute x/y",
      .want =
          "each request could be served alone, but not all of them together: without this constraint they "
          "would fit: claim ml/a: matchAttribute x/y" },
    { .name = "aborted",
      .kind = OUTCOME_ABORTED,
      .message = "class x: selector #0",
      .want = "class x: selector #0" },
    { .name = "exhausted",
      .kind = OUTCOME_EXHAUSTED,
      .n_nodes = 1,
      .n_placed = 3,
      .has_explanation = true,
      .want = "the search gave up after 42 steps with 3 devices placed" },
    { .name = "invalid pools",
      .kind = OUTCOME_NODE_FAILURE,
      .message = "invalid resource pools were encountered",
      .want = "invalid resource pools were encountered" },
    { .name = "nothing known", .kind = OUTCOME_NO_FIT, .want = "no combination of devices fits" },
};

static struct outcome *outcome_of(struct arena *arena, const struct sentence_case *row)
{
    struct request_explanation *request = arena_make(arena, struct request_explanation);
    struct reason_count *reasons = arena_make_array(arena, struct reason_count, 3);
    const char **constraint = arena_make(arena, const char *);
    struct explanation *explanation = arena_make(arena, struct explanation);
    struct outcome *outcome = arena_make(arena, struct outcome);
    reasons[0] = in_use;
    reasons[1] = tainted;
    reasons[2] = available;
    *request = row->request;
    request->reasons = reasons;
    *constraint = row->constraint;
    *explanation = (struct explanation){ .n_nodes = row->n_nodes,
                                         .n_placed = row->n_placed,
                                         .requests = request,
                                         .n_requests = row->request.claim ? 1 : 0,
                                         .constraints = constraint,
                                         .n_constraints = row->constraint ? 1 : 0 };
    *outcome = (struct outcome){ .kind = row->kind,
                                 .message = row->message,
                                 .steps = 42,
                                 .explanation = row->has_explanation ? explanation : NULL };
    return outcome;
}

static void test_sentence(void **state)
{
    const struct sentence_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(4096);
    explain_sentence(outcome_of(arena, row), &text);
    assert_string_equal(buf_text(&text), row->want);
}

static void test_table(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(4096);
    explain_table(outcome_of(arena, &sentence_cases[0]), &text);
    const char *table = strchr(buf_text(&text), '\n') + 2;
    assert_string_equal(
        table, "CLAIM   REQUEST   CLASS   WANTED   DEVICES   REASON      EXAMPLE\n"
               "ml/a    gpu       big     2        5         in use      gpu.example.com/n1/gpu-3: "
               "held by ml/train-0\n"
               "                                   2         tainted     gpu.example.com/n1/gpu-7\n"
               "                                   1         available   gpu.example.com/n1/gpu-0\n");
}

static void test_tree(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(4096);
    json_write(&text, explain_tree(arena, outcome_of(arena, &sentence_cases[1])));
    assert_string_equal(
        buf_text(&text),
        "{\"outcome\":\"NoFit\",\"sentence\":\"claim ml/a: request gpu/older wants all devices of class big, "
        "no node "
        "of 3 has more than 1 available: 5 in use (gpu.example.com/n1/gpu-3: held by "
        "ml/train-0)\",\"steps\":42,"
        "\"nodes\":3,\"placed\":0,\"requests\":[{\"claim\":\"ml/a\",\"request\":\"gpu/"
        "older\",\"class\":\"big\","
        "\"all\":true,\"considered\":8,\"available\":1,\"availableOnBestNode\":1,\"short\":true,\"reasons\":["
        "{\"reason\":\"inUse\",\"devices\":5,\"example\":\"gpu.example.com/n1/gpu-3\",\"detail\":\"held by "
        "ml/train-0\"}]}],\"constraints\":[]}");
}

/* An Event holds 1024 bytes; the cut never falls into a character. */
static void test_cut(void **state)
{
    (void)state;
    char message[2001];
    cleanup_buf struct buf text = BUF_INIT(4096);
    for (size_t i = 0; i < 2000; i += 2)
        memcpy(message + i, "\xc3\xa4", 2);
    message[2000] = '\0';
    explain_sentence(&(struct outcome){ .kind = OUTCOME_ABORTED, .message = message }, &text);
    assert_true(text.length <= EXPLAIN_MAX_SENTENCE);
    assert_string_equal(buf_text(&text) + text.length - 5, "\xc3\xa4...");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_table), cmocka_unit_test(test_tree),
                                        cmocka_unit_test(test_cut) };
    return RUN_TABLE(sentence_cases, test_sentence) + cmocka_run_group_tests(tests, NULL, NULL);
}
