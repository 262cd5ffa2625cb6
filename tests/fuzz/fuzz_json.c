/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON: what is read, written and read again is the same tree, in each style; strict reading only refuses
 * more.
 */

#include "api/value/json.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

enum { MAX_OUTPUT_BYTES = 64 * 1024 * 1024 };

typedef void write_fn(struct buf *out, const struct value *value);

static void check_style(struct arena *arena, const struct value *tree, write_fn *write)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_OUTPUT_BYTES), again = BUF_INIT(MAX_OUTPUT_BYTES);
    write(&text, tree);
    struct value *read = NULL;
    struct error *err = json_parse(arena, buf_span(&text), JSON_STRICT, &read);
    assert(!err);
    assert(value_equal(tree, read));
    write(&again, read);
    assert(span_equal(buf_span(&text), buf_span(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = { (const char *)data, size };
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = NULL, *strict = NULL;
    cleanup_error struct error *err = json_parse(arena, text, 0, &tree);
    cleanup_error struct error *strict_err = json_parse(arena, text, JSON_STRICT, &strict);
    assert(strict_err || !err);
    if (err)
        return 0;
    assert(strict_err || value_equal(tree, strict));
    assert(value_equal(tree, value_copy(arena, tree)));
    check_style(arena, tree, json_write);
    check_style(arena, tree, json_write_pretty);
    check_style(arena, tree, json_write_canonical);
    return 0;
}
