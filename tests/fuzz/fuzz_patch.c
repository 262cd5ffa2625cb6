/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patches: {"kind": ..., "document": ..., "patch": ...} goes through every kind of patch, by the tables of
 * Pod or ResourceClaim. The document must stay as it is; a merge patch settles at once; what was applied can
 * be applied again without changing anything; sets of fields survive encoding.
 */

#include "api/core/kinds.h"
#include "api/value/json.h"
#include "driver/standalone/patch/apply.h"
#include "driver/standalone/patch/field_set.h"
#include "driver/standalone/patch/patch.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

static const struct schema *table_of(const char *kind)
{
    bool claim = kind && strcmp(kind, "ResourceClaim") == 0;
    const struct schema_kind *found = claim ? schema_kind_find("resource.k8s.io", "v1", "ResourceClaim")
                                            : schema_kind_find("", "v1", "Pod");
    return schema_kind_table(found, "v1");
}

static void try_merge(struct arena *arena, const struct value *document, const struct value *patch)
{
    struct value *once = merge_patch_apply(arena, document, patch);
    assert(value_equal(once, merge_patch_apply(arena, once, patch)));
}

static void try_others(struct arena *arena, const struct schema *schema, const struct value *document,
                       const struct value *patch)
{
    struct value *out = NULL;
    error_free(json_patch_apply(arena, document, patch, &out));
    error_free(strategic_patch_apply(arena, schema, document, patch, &out));
}

static void try_field_set(struct arena *arena, const struct value *patch)
{
    struct field_set *set = NULL, *again = NULL;
    struct error *err = field_set_decode(arena, patch, &set);
    if (!err) {
        err = field_set_decode(arena, field_set_encode(arena, set), &again);
        assert(!err && field_set_equal(set, again));
    }
    error_free(err);
}

static void try_apply(struct arena *arena, const struct schema *schema, struct value *document,
                      const struct value *patch)
{
    static const char *const resets[] = { "status", NULL };
    struct field_writer writer = { .schema = schema,
                                   .manager = "fuzz",
                                   .api_version = "v1",
                                   .time = "2026-07-01T12:00:00Z",
                                   .reset_fields = resets };
    struct apply_conflicts conflicts = { 0 };
    struct value *once = NULL, *twice = NULL;
    struct error *err = apply_configuration(arena, &writer, document, patch, true, &once, &conflicts);
    if (!err) {
        err = apply_configuration(arena, &writer, once, patch, false, &twice, &conflicts);
        assert(!err && value_equal(once, twice));
    }
    error_free(err);
    struct value *object = value_copy(arena, document);
    apply_track_update(arena, &writer, NULL, object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct value *input = NULL;
    struct error *err = json_parse(arena, (struct span){ (const char *)data, size }, 0, &input);
    struct value *document = value_get(input, "document"), *patch = value_get(input, "patch");
    if (!err && document && patch) {
        const struct schema *schema = table_of(value_string(value_get(input, "kind")));
        const struct value *before = value_copy(arena, document);
        try_merge(arena, document, patch);
        try_others(arena, schema, document, patch);
        try_field_set(arena, patch);
        if (value_is(document, VALUE_OBJECT) && value_is(patch, VALUE_OBJECT))
            try_apply(arena, schema, document, patch);
        assert(value_equal(before, document));
    }
    error_free(err);
    arena_free(arena);
    return 0;
}
