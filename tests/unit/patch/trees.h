/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Trees from JSON with single quotes, and trees compared as text.
 */

#include "api/value/json.h"
#include "tests/support/cmocka.h"

/* TEXT with ' for ". NULL stays NULL. */
static inline struct value *tree_of(struct arena *arena, const char *text)
{
    if (!text)
        return NULL;
    char *json = arena_strdup(arena, text);
    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    struct value *tree;
    cleanup_error struct error *err = json_parse(arena, span_of(json), 0, &tree);
    if (err)
        fail_msg("%s: %s", err->text, json);
    return tree;
}

static inline void assert_tree_equal(struct arena *arena, const struct value *got, const char *wanted)
{
    struct buf text = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
    json_write_canonical(&text, got);
    json_write_canonical(&want, tree_of(arena, wanted));
    assert_string_equal(buf_text(&text), buf_text(&want));
    buf_done(&text);
    buf_done(&want);
}
