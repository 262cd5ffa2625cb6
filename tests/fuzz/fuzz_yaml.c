/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML: what is read, written and read again is the same tree, and every value knows its place.
 */

#include "api/value/json.h"
#include "api/value/yaml.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

enum { MAX_OUTPUT_BYTES = 64 * 1024 * 1024 };

static void check_document(struct arena *arena, const struct value *document)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_OUTPUT_BYTES);
    yaml_write(&text, document);
    value_vec again = { 0 };
    struct error *err = yaml_parse(arena, "again", buf_span(&text), &again);
    assert(!err);
    assert(again.length == 1);
    assert(again.items[0]->line == 1 && again.items[0]->column >= 1);
    assert(value_equal(document, again.items[0]));
    vec_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    value_vec documents = { 0 };
    cleanup_error struct error *err =
        yaml_parse(arena, "input", (struct span){ (const char *)data, size }, &documents);
    assert(!err || documents.length == 0);
    vec_each (&documents, document)
        check_document(arena, *document);
    vec_done(&documents);
    return 0;
}
