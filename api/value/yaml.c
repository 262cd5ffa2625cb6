/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML into trees: libyaml's events, read by recursive descent. What go-yaml and sigs.k8s.io/yaml do on the
 * way to JSON is done here: YAML 1.1 scalars, merge keys, keys that are numbers or booleans become text, 1.0
 * becomes 1. What JSON cannot hold is refused, with file, line and column.
 *
 * An alias copies what its anchor names, and all copies of a text draw from one budget: nine lines of
 * aliases of aliases would otherwise be a billion values.
 */

#include "api/value/yaml.h"

#include "api/base/map.h"
#include "api/base/memory.h"
#include "api/value/json.h"
#include "api/value/yaml_scalar.h"

#include <assert.h>
#include <math.h>
#include <yaml.h>

enum { YAML_MAX_DEPTH = JSON_MAX_DEPTH, MAX_COPIED_VALUES = 100 * 1000, MAX_COLUMN = (1 << 24) - 1 };

#define TAG_PREFIX "tag:yaml.org,2002:"

struct reader {
    yaml_parser_t parser;
    struct arena *arena;
    const char *file;
    struct map anchors; /* name to struct value; NULL while it is still being read */
    size_t copies_left;
};

static void event_done(yaml_event_t *event)
{
    yaml_event_delete(event);
}
#define cleanup_event __attribute__((cleanup(event_done)))

/* "inventory.yaml:12:7: " in front. */
static struct error *locate(const struct reader *reader, yaml_mark_t mark, struct error *err)
{
    return error_wrap(err, "%s:%zu:%zu", reader->file, mark.line + 1, mark.column + 1);
}

static struct error *syntax_error(const struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "unreadable";
    if (parser->error == YAML_MEMORY_ERROR)
        out_of_memory(0);
    if (parser->error == YAML_READER_ERROR)
        return error_invalid("%s: byte %zu: %s", reader->file, parser->problem_offset, problem);
    struct error *err = parser->context ? error_invalid("%s %s that starts in line %zu", problem,
                                                        parser->context, parser->context_mark.line + 1)
                                        : error_invalid("%s", problem);
    if (strstr(problem, "cannot start any token"))
        err = error_hint(err, "indent with blanks, not tabs, and quote texts that start with @, ` or %%");
    return locate(reader, parser->problem_mark, err);
}

static struct error *next(struct reader *reader, yaml_event_t *event)
{
    return yaml_parser_parse(&reader->parser, event) ? NULL : syntax_error(reader);
}

static struct value *stand_at(struct value *value, yaml_mark_t mark)
{
    value->line = (uint32_t)mark.line + 1;
    value->column = mark.column < MAX_COLUMN ? (uint32_t)mark.column + 1 : MAX_COLUMN;
    return value;
}

static struct span scalar_text(const yaml_event_t *event)
{
    return (struct span){ (const char *)event->data.scalar.value, event->data.scalar.length };
}

static struct error *make_number(struct arena *arena, struct span text, double number, struct value **out)
{
    if (!isfinite(number))
        return error_invalid("JSON has no number like " SPAN_FMT, SPAN_ARG(text));
    bool is_integer = number == trunc(number) && fabs(number) < 0x1p63 && !(number == 0 && signbit(number));
    *out = is_integer ? value_int(arena, (int64_t)number) : value_double(arena, number);
    return NULL;
}

static struct error *make_scalar(struct arena *arena, struct span text, struct yaml_scalar scalar,
                                 struct value **out)
{
    switch (scalar.meaning) {
    case YAML_MEANS_STRING: *out = value_span(arena, text); return NULL;
    case YAML_MEANS_NULL: *out = value_null(arena); return NULL;
    case YAML_MEANS_BOOL: *out = value_bool(arena, scalar.boolean); return NULL;
    case YAML_MEANS_INT: *out = value_int(arena, scalar.integer); return NULL;
    case YAML_MEANS_DOUBLE:
    case YAML_MEANS_BIG_NUMBER: return make_number(arena, text, scalar.number, out);
    }
    return error_internal("a meaning outside the enumeration");
}

/* What a tag may say of it: 1.0 becomes an integer, but it is no !!int. */
static enum value_type type_of_meaning(enum yaml_meaning meaning)
{
    switch (meaning) {
    case YAML_MEANS_STRING: return VALUE_STRING;
    case YAML_MEANS_NULL: return VALUE_NULL;
    case YAML_MEANS_BOOL: return VALUE_BOOL;
    case YAML_MEANS_INT:
    case YAML_MEANS_BIG_NUMBER: return VALUE_INT;
    case YAML_MEANS_DOUBLE: return VALUE_DOUBLE;
    }
    return VALUE_NULL;
}

static bool tag_fits(const char *tag, enum value_type type)
{
    switch (type) {
    case VALUE_NULL: return !strcmp(tag, "null");
    case VALUE_BOOL: return !strcmp(tag, "bool");
    case VALUE_INT: return !strcmp(tag, "int") || !strcmp(tag, "float");
    case VALUE_DOUBLE: return !strcmp(tag, "float");
    case VALUE_STRING: return !strcmp(tag, "str") || !strcmp(tag, "timestamp");
    case VALUE_LIST: return !strcmp(tag, "seq");
    case VALUE_OBJECT: return !strcmp(tag, "map");
    }
    return false;
}

static struct error *check_tag(const yaml_char_t *given, enum value_type type)
{
    const char *tag = (const char *)given;
    if (!tag || !strcmp(tag, "!"))
        return NULL;
    bool standard = !strncmp(tag, TAG_PREFIX, strlen(TAG_PREFIX));
    if (standard && tag_fits(tag + strlen(TAG_PREFIX), type))
        return NULL;
    return error_invalid("the tag %s%s does not fit a JSON %s here", standard ? "!!" : "",
                         standard ? tag + strlen(TAG_PREFIX) : tag, value_type_name(type));
}

static struct error *read_scalar(struct reader *reader, const yaml_event_t *event, struct value **out)
{
    const char *tag = (const char *)event->data.scalar.tag;
    bool is_text = tag ? !strcmp(tag, "!") || !strcmp(tag, TAG_PREFIX "str")
                       : event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    struct span text = scalar_text(event);
    struct yaml_scalar scalar =
        is_text ? (struct yaml_scalar){ .meaning = YAML_MEANS_STRING } : yaml_scalar_resolve(text);
    TRY(check_tag(event->data.scalar.tag, type_of_meaning(scalar.meaning)));
    return make_scalar(reader->arena, text, scalar, out);
}

static void anchor_set(struct reader *reader, const yaml_char_t *anchor, struct value *value)
{
    if (anchor)
        map_put(&reader->anchors, (const char *)anchor, value);
}

static size_t count_values(const struct value *value)
{
    size_t count = 1;
    value_each (value, item)
        count += count_values(item);
    value_each_member (value, member)
        count += count_values(member->value);
    return count;
}

static struct error *read_alias(struct reader *reader, const yaml_event_t *event, struct value **out)
{
    const char *name = (const char *)event->data.alias.anchor;
    struct map_entry *entry = map_find_entry(&reader->anchors, span_of(name));
    if (!entry)
        return error_invalid("*%s has no anchor &%s before it", name, name);
    if (!entry->value)
        return error_invalid("&%s contains itself", name);
    size_t count = count_values(entry->value);
    if (count > reader->copies_left)
        return error_new(ERROR_EXHAUSTED, "aliases make more than %d values", MAX_COPIED_VALUES);
    reader->copies_left -= count;
    *out = value_copy(reader->arena, entry->value);
    return NULL;
}

static struct error *read_node(struct reader *reader, const yaml_event_t *event, int depth,
                               struct value **out);

static struct error *read_list(struct reader *reader, int depth, struct value *list)
{
    for (;;) {
        cleanup_event yaml_event_t event = { 0 };
        TRY(next(reader, &event));
        if (event.type == YAML_SEQUENCE_END_EVENT)
            return NULL;
        struct value *item = NULL;
        TRY(read_node(reader, &event, depth + 1, &item));
        value_append(reader->arena, list, item);
    }
}

/* A member name: JSON wants a string, YAML has more. */
static struct error *read_key(struct reader *reader, const yaml_event_t *event, struct span *out)
{
    struct value *key = NULL;
    if (event->type == YAML_ALIAS_EVENT)
        TRY(read_alias(reader, event, &key));
    else if (event->type == YAML_SCALAR_EVENT)
        TRY(read_scalar(reader, event, &key));
    if (!key || value_is(key, VALUE_NULL) || value_is(key, VALUE_LIST) || value_is(key, VALUE_OBJECT))
        return error_invalid("a name must be a text, not %s",
                             key ? value_type_name(key->type) : "a container");
    if (event->type == YAML_SCALAR_EVENT)
        anchor_set(reader, event->data.scalar.anchor, key);
    if (key->type != VALUE_STRING) {
        cleanup_buf struct buf text = BUF_INIT(64);
        json_write(&text, key);
        key = value_span(reader->arena, buf_span(&text));
    }
    *out = key->string;
    return NULL;
}

static bool is_merge_key(const yaml_event_t *event)
{
    return event->type == YAML_SCALAR_EVENT && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           span_is(scalar_text(event), "<<");
}

/* Gives OBJECT the members of SOURCE that it does not have. */
static struct error *merge_object(struct reader *reader, struct value *object, struct map *seen,
                                  const struct value *source)
{
    if (!value_is(source, VALUE_OBJECT))
        return error_invalid("<< needs an object or a list of objects");
    value_each_member (source, member) {
        if (map_find(seen, member->name))
            continue;
        map_set(seen, member->name, member->value);
        value_set_span(reader->arena, object, member->name, member->value);
    }
    return NULL;
}

static struct error *merge(struct reader *reader, struct value *object, struct map *seen,
                           const struct value *sources)
{
    if (!value_is(sources, VALUE_LIST))
        return merge_object(reader, object, seen, sources);
    value_each (sources, source)
        TRY(merge_object(reader, object, seen, source));
    return NULL;
}

static struct error *add_member(struct reader *reader, struct value *object, struct map *seen,
                                struct span name, struct value *value)
{
    const struct value *before = map_set(seen, name, value);
    if (before)
        return error_invalid("field \"" SPAN_FMT "\" is given twice (first in line %u)", SPAN_ARG(name),
                             before->line);
    value_add_member(reader->arena, object, name, value);
    return NULL;
}

static struct error *read_members(struct reader *reader, int depth, struct value *object, struct map *seen,
                                  struct value *sources)
{
    for (;;) {
        cleanup_event yaml_event_t key = { 0 }, event = { 0 };
        TRY(next(reader, &key));
        if (key.type == YAML_MAPPING_END_EVENT)
            return NULL;
        struct span name = { 0 };
        bool is_merge = is_merge_key(&key);
        if (!is_merge)
            TRY(locate(reader, key.start_mark, read_key(reader, &key, &name)));
        TRY(next(reader, &event));
        struct value *value = NULL;
        TRY(read_node(reader, &event, depth + 1, &value));
        if (is_merge)
            value_append(reader->arena, sources, value);
        else
            TRY(locate(reader, key.start_mark, add_member(reader, object, seen, name, value)));
    }
}

static struct error *read_object(struct reader *reader, int depth, struct value *object)
{
    cleanup_map struct map seen = { 0 };
    struct value *sources = value_list(reader->arena);
    TRY(read_members(reader, depth, object, &seen, sources));
    value_each (sources, source)
        TRY(merge(reader, object, &seen, source));
    return NULL;
}

static struct error *read_container(struct reader *reader, const yaml_event_t *event, int depth,
                                    struct value **out)
{
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    const yaml_char_t *anchor =
        is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
    const yaml_char_t *tag = is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag;
    *out = stand_at(is_list ? value_list(reader->arena) : value_object(reader->arena), event->start_mark);
    TRY(locate(reader, event->start_mark, check_tag(tag, (*out)->type)));
    if (depth >= YAML_MAX_DEPTH)
        return locate(reader, event->start_mark,
                      error_invalid("nested more than %d levels deep", YAML_MAX_DEPTH));
    anchor_set(reader, anchor, NULL);
    TRY(is_list ? read_list(reader, depth, *out) : read_object(reader, depth, *out));
    anchor_set(reader, anchor, *out);
    return NULL;
}

static struct error *read_node(struct reader *reader, const yaml_event_t *event, int depth,
                               struct value **out)
{
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
        return read_container(reader, event, depth, out);
    if (event->type == YAML_ALIAS_EVENT)
        return locate(reader, event->start_mark, read_alias(reader, event, out));
    assert(event->type == YAML_SCALAR_EVENT);
    TRY(locate(reader, event->start_mark, read_scalar(reader, event, out)));
    stand_at(*out, event->start_mark);
    anchor_set(reader, event->data.scalar.anchor, *out);
    return NULL;
}

static struct error *read_stream(struct reader *reader, value_vec *documents)
{
    for (;;) {
        cleanup_event yaml_event_t event = { 0 };
        TRY(next(reader, &event));
        if (event.type == YAML_STREAM_END_EVENT)
            return NULL;
        if (event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_END_EVENT)
            continue;
        if (event.type == YAML_DOCUMENT_START_EVENT) {
            map_done(&reader->anchors);
            continue;
        }
        struct value *document = NULL;
        TRY(read_node(reader, &event, 0, &document));
        if (!value_is(document, VALUE_NULL))
            vec_push(documents, document);
    }
}

/* JSON has escapes that YAML lacks (surrogate pairs), so what looks like JSON gets a second chance. */
static struct error *read_as_json(struct arena *arena, struct span text, struct error *yaml_error,
                                  value_vec *documents)
{
    size_t blanks = 0;
    while (blanks < text.length && strchr(" \t\r\n", text.data[blanks]))
        blanks++;
    struct value *document;
    if (blanks == text.length || text.data[blanks] != '{')
        return yaml_error;
    cleanup_error struct error *json_error = json_parse(arena, text, JSON_STRICT, &document);
    if (json_error)
        return yaml_error;
    error_free(yaml_error);
    vec_push(documents, document);
    return NULL;
}

struct error *yaml_parse(struct arena *arena, const char *file, struct span text, value_vec *documents)
{
    struct reader reader = { .arena = arena, .file = file, .copies_left = MAX_COPIED_VALUES };
    if (!yaml_parser_initialize(&reader.parser))
        out_of_memory(0);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text.data, text.length);
    value_vec found = { 0 };
    struct error *err = read_stream(&reader, &found);
    yaml_parser_delete(&reader.parser);
    map_done(&reader.anchors);
    if (!err)
        vec_each (&found, document)
            vec_push(documents, *document);
    vec_done(&found);
    return err ? read_as_json(arena, text, err, documents) : NULL;
}
