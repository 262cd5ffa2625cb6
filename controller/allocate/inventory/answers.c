/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/inventory/answers.h"

enum { MAX_ANSWERS = 32 };

struct kept_answer {
    struct buf key;
    struct arena *arena;
    const void *what;
};

static void answer_done(struct kept_answer *answer)
{
    buf_done(&answer->key);
    arena_free(answer->arena);
}

void answers_clear(struct inventory *inventory)
{
    vec_each (&inventory->answers, answer)
        answer_done(answer);
    vec_done(&inventory->answers);
}

const void *answers_find(struct inventory *inventory, struct span key)
{
    if (inventory->answered_version != inventory->version)
        answers_clear(inventory);
    vec_each (&inventory->answers, answer) {
        if (span_equal(buf_span(&answer->key), key))
            return answer->what;
    }
    return NULL;
}

void answers_keep(struct inventory *inventory, struct span key, struct arena *arena, const void *answer)
{
    if (inventory->answered_version != inventory->version || inventory->answers.length == MAX_ANSWERS)
        answers_clear(inventory);
    inventory->answered_version = inventory->version;
    struct kept_answer kept = { .key = BUF_INIT(SIZE_MAX / 2), .arena = arena, .what = answer };
    buf_append(&kept.key, key.data, key.length);
    vec_push(&inventory->answers, kept);
}
