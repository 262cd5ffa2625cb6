/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over text that is known to be JSON, within the depth that json_parse allows. It keeps the path of
 * where it stands and, for each open object, the names seen so far. Names are compared as they are written
 * unless they hold an escape; those are unescaped by json_parse itself.
 */

#include "api/value/json_duplicates.h"

#include "api/base/buf.h"
#include "api/base/map.h"
#include "api/value/json.h"

enum { MAX_DUPLICATES = 100, MAX_PATH_BYTES = 64 * 1024 };

struct walk {
    struct span text;
    size_t at;
    size_t line_start;
    uint32_t line;
    struct buf path;
    struct json_duplicates *out;
};

static char peek(const struct walk *walk)
{
    return walk->at < walk->text.length ? walk->text.data[walk->at] : '\0';
}

static void skip_blanks(struct walk *walk)
{
    for (;; walk->at++) {
        char c = peek(walk);
        if (c == '\n') {
            walk->line++;
            walk->line_start = walk->at + 1;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return;
        }
    }
}

/* The string under the cursor with its quotes. */
static struct span read_string(struct walk *walk)
{
    size_t start = walk->at++;
    while (walk->at < walk->text.length && peek(walk) != '"')
        walk->at += peek(walk) == '\\' ? 2 : 1;
    walk->at++;
    if (walk->at > walk->text.length)
        walk->at = walk->text.length;
    return (struct span){ walk->text.data + start, walk->at - start };
}

/* What a quoted name says; in SCRATCH if it has to be unescaped. */
static struct span unescape(struct span quoted, struct arena *scratch)
{
    struct value *value = NULL;
    if (!memchr(quoted.data, '\\', quoted.length))
        return (struct span){ quoted.data + 1, quoted.length - 2 };
    cleanup_error struct error *err = json_parse(scratch, quoted, 0, &value);
    return err ? quoted : value->string;
}

static void note(struct walk *walk, size_t at)
{
    if (walk->out->length == MAX_DUPLICATES)
        return;
    struct json_duplicate duplicate = { mem_strdup(buf_text(&walk->path)), walk->line,
                                        (uint32_t)(at - walk->line_start + 1) };
    vec_push(walk->out, duplicate);
}

static void path_cut(struct walk *walk, size_t length)
{
    if (walk->path.data && walk->path.length > length) {
        walk->path.length = length;
        walk->path.data[length] = '\0';
    }
    walk->path.overflowed = false;
}

static void walk_any(struct walk *walk);

static void walk_member(struct walk *walk, struct map *seen, struct arena *scratch)
{
    size_t outer = walk->path.length;
    size_t start = walk->at;
    struct span name = unescape(read_string(walk), scratch);
    if (outer)
        buf_add_char(&walk->path, '.');
    buf_add_span(&walk->path, name);
    if (map_set(seen, name, walk))
        note(walk, start);
    skip_blanks(walk);
    walk->at++; /* the colon */
    walk_any(walk);
    path_cut(walk, outer);
}

static void walk_object(struct walk *walk)
{
    cleanup_map struct map seen = { 0 };
    cleanup_arena struct arena *scratch = arena_new();
    walk->at++;
    for (skip_blanks(walk); peek(walk) == '"'; skip_blanks(walk)) {
        walk_member(walk, &seen, scratch);
        skip_blanks(walk);
        if (peek(walk) == ',')
            walk->at++;
    }
    walk->at++;
}

static void walk_list(struct walk *walk)
{
    size_t outer = walk->path.length;
    walk->at++;
    skip_blanks(walk);
    for (unsigned index = 0; peek(walk) && peek(walk) != ']'; index++) {
        buf_printf(&walk->path, "[%u]", index);
        walk_any(walk);
        path_cut(walk, outer);
        skip_blanks(walk);
        if (peek(walk) == ',')
            walk->at++;
        skip_blanks(walk);
    }
    walk->at++;
}

/* A number, true, false or null. */
static void skip_word(struct walk *walk)
{
    while (walk->at < walk->text.length && !strchr(",]} \t\r\n", peek(walk)))
        walk->at++;
}

static void walk_any(struct walk *walk)
{
    skip_blanks(walk);
    switch (peek(walk)) {
    case '{': walk_object(walk); break;
    case '[': walk_list(walk); break;
    case '"': read_string(walk); break;
    default: skip_word(walk); break;
    }
}

void json_duplicates_find(struct span text, struct json_duplicates *out)
{
    struct walk walk = { .text = text, .line = 1, .path = BUF_INIT(MAX_PATH_BYTES), .out = out };
    walk_any(&walk);
    buf_done(&walk.path);
}

void json_duplicates_done(struct json_duplicates *duplicates)
{
    vec_each (duplicates, duplicate)
        free(duplicate->path);
    vec_done(duplicates);
}
