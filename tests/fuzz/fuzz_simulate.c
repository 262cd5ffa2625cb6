/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of `simulate --batch`: whatever is in them, the answer is one JSON object that names the case and
 * either allocates, refuses, or says what is wrong.
 */

#include "api/value/json.h"
#include "controller/kubectl/batch.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf answer = BUF_INIT(64 << 20);
    struct value *tree = NULL;
    batch_answer((struct span){ (const char *)data, size }, &answer);
    cleanup_error struct error *err = json_parse(arena, buf_span(&answer), JSON_STRICT, &tree);
    assert(!err);
    assert(value_get(tree, "allocations") || value_get(tree, "error") || value_get(tree, "exhausted"));
    return 0;
}
