/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubectl.kubernetes.io/last-applied-configuration.
 */

#include "driver/standalone/patch/last_applied.h"
#include "api/value/json.h"
#include "driver/standalone/patch/field_tree.h"

static const char ANNOTATION[] = "kubectl.kubernetes.io/last-applied-configuration";

enum { MAX_ANNOTATION_BYTES = 256 << 10 }; /* of all annotations together */

static struct value *annotations_of(const struct value *object)
{
    return value_get(value_get(object, "metadata"), "annotations");
}

struct field_set *last_applied_fields(struct arena *arena, const struct schema *schema,
                                      const struct value *live)
{
    struct field_set *fields = NULL;
    const struct value *text = value_get(annotations_of(live), ANNOTATION);
    if (value_is(text, VALUE_STRING)) {
        struct value *config;
        struct error *err = json_parse(arena, text->string, 0, &config);
        if (!err)
            err = field_tree_fields(arena, field_spot_root(schema), config, &fields);
        error_free(err); /* a text that is no configuration gives nothing away */
    }
    return fields ? fields : field_set_new(arena);
}

void last_applied_refresh(struct arena *arena, struct value *object, const struct value *config)
{
    if (!value_get(annotations_of(object), ANNOTATION))
        return;
    struct value *plain = value_copy(arena, config);
    value_delete(annotations_of(plain), ANNOTATION);
    cleanup_buf struct buf text = BUF_INIT(MAX_ANNOTATION_BYTES);
    json_write_canonical(&text, plain);
    buf_add_char(&text, '\n');
    if (!text.overflowed)
        value_set_text(arena, annotations_of(object), ANNOTATION, buf_text(&text));
}
