/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees into YAML through libyaml's emitter, in the style of kubectl: block form, members sorted, lists not
 * indented, several lines as a literal block, quotes only where a reader would otherwise misunderstand.
 */

#include "api/base/memory.h"
#include "api/base/utf8.h"
#include "api/value/json.h"
#include "api/value/yaml.h"
#include "api/value/yaml_scalar.h"

#include <assert.h>
#include <yaml.h>

static int append(void *context, unsigned char *bytes, size_t length)
{
    buf_append(context, bytes, length);
    return 1;
}

/* Each event is consumed; the only thing that can fail is memory. */
static void emit(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
    assert(made);
    if (!yaml_emitter_emit(emitter, event))
        out_of_memory(0);
}

static void emit_scalar(yaml_emitter_t *emitter, struct span text, yaml_scalar_style_t style)
{
    yaml_event_t event;
    int made = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text.data,
                                            (int)text.length, 1, 1, style);
    emit(emitter, &event, made);
}

/* A name stands on one line. */
static void emit_string(yaml_emitter_t *emitter, struct span text, bool is_name)
{
    yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;
    if (yaml_scalar_needs_quotes(text) || memchr(text.data, '\0', text.length))
        style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    else if (memchr(text.data, '\n', text.length))
        style = is_name ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_LITERAL_SCALAR_STYLE;
    if (utf8_is_valid(text)) {
        emit_scalar(emitter, text, style);
        return;
    }
    cleanup_buf struct buf repaired = BUF_INIT(SIZE_MAX / 4);
    utf8_append_repaired(&repaired, text);
    emit_scalar(emitter, buf_span(&repaired), style);
}

static void emit_any(yaml_emitter_t *emitter, const struct value *value);

static void emit_list(yaml_emitter_t *emitter, const struct value *list)
{
    yaml_event_t event;
    emit(emitter, &event,
         yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
    value_each (list, item)
        emit_any(emitter, item);
    emit(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

static void emit_object(yaml_emitter_t *emitter, const struct value *object)
{
    yaml_event_t event;
    emit(emitter, &event,
         yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
    cleanup_free struct value_member *sorted = value_members_sorted(object);
    for (uint32_t i = 0; i < object->object.n_members; i++) {
        emit_string(emitter, sorted[i].name, true);
        emit_any(emitter, sorted[i].value);
    }
    emit(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

static void emit_any(yaml_emitter_t *emitter, const struct value *value)
{
    if (value_is(value, VALUE_STRING)) {
        emit_string(emitter, value->string, false);
    } else if (value_is(value, VALUE_LIST)) {
        emit_list(emitter, value);
    } else if (value_is(value, VALUE_OBJECT)) {
        emit_object(emitter, value);
    } else {
        cleanup_buf struct buf text = BUF_INIT(64);
        json_write(&text, value);
        emit_scalar(emitter, buf_span(&text), YAML_PLAIN_SCALAR_STYLE);
    }
}

void yaml_write(struct buf *out, const struct value *value)
{
    yaml_emitter_t emitter;
    if (!yaml_emitter_initialize(&emitter))
        out_of_memory(0);
    yaml_emitter_set_output(&emitter, append, out);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    yaml_event_t event;
    emit(&emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(&emitter, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    emit_any(&emitter, value);
    emit(&emitter, &event, yaml_document_end_event_initialize(&event, 1));
    emit(&emitter, &event, yaml_stream_end_event_initialize(&event));
    yaml_emitter_delete(&emitter);
}
