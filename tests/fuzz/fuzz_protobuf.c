/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protobuf bodies of newer clients: a tree that can be written as JSON comes out, or an error.
 */

#include "api/value/json.h"
#include "driver/standalone/rest/protobuf.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *object = NULL;
    struct error *err = protobuf_decode(arena, (struct span){ (const char *)data, size }, &object);
    assert(!err == (object != NULL));
    error_free(err);
    if (!object)
        return 0;
    enum { MAX_TEXT_BYTES = 64 * 1024 * 1024 };
    cleanup_buf struct buf text = BUF_INIT(MAX_TEXT_BYTES);
    json_write(&text, object);
    struct value *again;
    assert(!json_parse(arena, buf_span(&text), 0, &again) && value_equal(object, again));
    return 0;
}
