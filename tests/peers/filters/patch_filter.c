/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patches, for the comparison with Kubernetes' own: one JSON object a line, {"kind", "mode", "document",
 * "patch"} or
 * {"kind", "mode": "apply", "steps": [{"verb", "manager", "object"}]}, and one line back, {"result"} or
 * {"error"}. For scripts of applies and updates the errors of their steps are in "errors".
 */

#include "api/core/kinds.h"
#include "api/value/json.h"
#include "driver/standalone/patch/apply.h"
#include "driver/standalone/patch/patch.h"

#include <stdio.h>

static const struct schema *table_of(const char *kind)
{
    bool claim = strcmp(kind, "ResourceClaim") == 0;
    return schema_kind_table(schema_kind_find(claim ? "resource.k8s.io" : "", "v1", kind), "v1");
}

static struct error *step(struct arena *arena, const struct field_writer *writer, const char *verb,
                          struct value *object, struct value **live)
{
    struct apply_conflicts conflicts;
    if (strcmp(verb, "update") != 0)
        return apply_configuration(arena, writer, *live, object, strcmp(verb, "force") == 0, live,
                                   &conflicts);
    object = value_copy(arena, object);
    apply_track_update(arena, writer, *live, object);
    *live = object;
    return NULL;
}

static struct value *play(struct arena *arena, const struct schema *schema, const struct value *steps,
                          struct value *errors)
{
    struct value *live = NULL;
    value_each (steps, row) {
        struct value *object = value_get(row, "object");
        struct field_writer writer = { .schema = schema,
                                       .manager = value_string(value_get(row, "manager")),
                                       .api_version = value_string(value_get(object, "apiVersion")),
                                       .time = "2026-07-01T12:00:00Z" };
        struct error *err = step(arena, &writer, value_string(value_get(row, "verb")), object, &live);
        value_append(arena, errors, value_text(arena, err ? err->text : ""));
        error_free(err);
    }
    return live ? live : value_null(arena);
}

static struct error *answer(struct arena *arena, const struct value *input, struct value *output)
{
    const char *mode = value_string(value_get(input, "mode"));
    const struct value *document = value_get(input, "document"), *patch = value_get(input, "patch");
    const struct schema *schema = table_of(value_string(value_get(input, "kind")));
    struct value *result = NULL;
    if (strcmp(mode, "json") == 0)
        TRY(json_patch_apply(arena, document, patch, &result));
    else if (strcmp(mode, "merge") == 0)
        result = merge_patch_apply(arena, document, patch);
    else if (strcmp(mode, "strategic") == 0)
        TRY(strategic_patch_apply(arena, schema, document, patch, &result));
    else
        result = play(arena, schema, value_get(input, "steps"), value_child_list(arena, output, "errors"));
    value_set(arena, output, "result", result);
    return NULL;
}

static void answer_line(struct span line)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf text = BUF_INIT(64 << 20);
    struct value *input = NULL, *output = value_object(arena);
    cleanup_error struct error *err = json_parse(arena, line, 0, &input);
    if (!err)
        err = answer(arena, input, output);
    if (err)
        value_set_text(arena, output, "error", err->text);
    json_write(&text, output);
    puts(buf_text(&text));
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0)
        answer_line((struct span){ line, (size_t)length });
    free(line);
    return fflush(stdout) ? 1 : 0;
}
