/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label and field selectors: whatever is accepted can be asked about any object.
 */

#include "driver/standalone/rest/selectors.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

static const struct selectable_field fields[] = { { "spec.nodeName", NULL },
                                                  { "status.phase", "Pending" },
                                                  { 0 } };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *text = arena_strndup(arena, (const char *)data, size);
    struct value *object = value_object(arena), *metadata = value_child(arena, object, "metadata");
    value_set_text(arena, metadata, "name", "n");
    value_set_text(arena, value_child(arena, metadata, "labels"), "app", "web");

    const struct label_selector *labels = NULL;
    const struct field_selector *of_fields = NULL;
    struct error *err = label_selector_parse(arena, text, &labels);
    if (!err)
        label_selector_matches(labels, object);
    assert(!err || *err->text);
    error_free(err);
    err = field_selector_parse(arena, text, fields, &of_fields);
    if (!err)
        field_selector_matches(of_fields, object);
    assert(!err || *err->text);
    error_free(err);
    return 0;
}
