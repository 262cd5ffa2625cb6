/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation of any JSON as any kind: one document is a create, two (a line between them) are an update and a
 * status update. Trees come here after type checks, but nothing relies on that.
 */

#include "api/resource/validate.h"
#include "api/value/json.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

static void validate(struct arena *arena, const struct value *object, const struct value *old,
                     const char *subresource)
{
    struct validation validation = { .object = object, .old = old, .subresource = subresource };
    struct causes causes = { 0 };
    object_validate(arena, &validation, &causes);
    vec_each (&causes.list, cause)
        assert(*cause->field && *cause->message);
    error_free(causes_error(&causes));
    causes_done(&causes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_arena struct arena *arena = arena_new();
    struct span second, first = span_split((struct span){ (const char *)data, size }, '\n', &second);
    struct value *object = NULL, *old = NULL;
    error_free(json_parse(arena, first, 0, &object));
    if (second.data)
        error_free(json_parse(arena, second, 0, &old));
    if (object)
        validate(arena, object, old, NULL);
    if (object && old)
        validate(arena, object, old, "status");
    return 0;
}
