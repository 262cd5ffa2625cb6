/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON patch, RFC 6902: a list of operations at places that JSON pointers (RFC 6901) name. They run in order
 * on a copy of the document; the first that does not apply ends it, and the copy is dropped.
 *
 * "copy" can double a document with every operation, in size and in depth. So all copies together have a
 * budget, and no value is put where the tree would become deeper than what the parser lets in.
 */

#include "api/value/json.h"
#include "driver/standalone/patch/patch.h"
#include "driver/standalone/patch/refuse.h"
#include "driver/standalone/patch/tree.h"

struct pointer {
    struct span text;
    struct span *tokens; /* without the escapes */
    size_t n_tokens;
};

struct json_patch {
    struct arena *arena;
    struct value *root;
    const char *op; /* the operation that runs, for messages */
    size_t copied_bytes;
};

static size_t value_depth(const struct value *value)
{
    size_t deepest = 0;
    value_each (value, item) {
        size_t depth = value_depth(item);
        deepest = depth > deepest ? depth : deepest;
    }
    value_each_member (value, member) {
        size_t depth = value_depth(member->value);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

/* About what VALUE takes as text, and in memory no less. */
static size_t value_bytes(const struct value *value)
{
    size_t bytes = sizeof(*value);
    if (value_is(value, VALUE_STRING))
        bytes += value->string.length;
    value_each (value, item)
        bytes += value_bytes(item);
    value_each_member (value, member)
        bytes += member->name.length + value_bytes(member->value);
    return bytes;
}

/* "~1" is a slash, "~0" a tilde, nothing else is escaped. */
static struct error *token_unescape(struct arena *arena, struct span raw, struct span *out)
{
    char *text = arena_span(arena, raw);
    size_t length = 0;
    for (size_t i = 0; i < raw.length; i++) {
        char c = raw.data[i];
        if (c == '~') {
            if (++i == raw.length || (raw.data[i] != '0' && raw.data[i] != '1'))
                return error_bad_patch("invalid JSON pointer: a '~' must be followed by 0 or 1");
            c = raw.data[i] == '0' ? '~' : '/';
        }
        text[length++] = c;
    }
    text[length] = '\0';
    *out = (struct span){ text, length };
    return NULL;
}

static struct error *pointer_parse(struct arena *arena, const struct value *value, struct pointer *out)
{
    if (!value_is(value, VALUE_STRING))
        return error_bad_patch("a path must be a string, not %s",
                               value ? value_type_name(value->type) : "absent");
    struct span text = value->string;
    *out = (struct pointer){ .text = text };
    if (text.length == 0)
        return NULL;
    if (text.data[0] != '/')
        return error_bad_patch("invalid JSON pointer \"" SPAN_FMT "\": it must begin with \"/\"",
                               SPAN_ARG(text));
    for (size_t i = 0; i < text.length; i++)
        out->n_tokens += text.data[i] == '/';
    out->tokens = arena_make_array(arena, struct span, out->n_tokens);
    struct span rest = span_skip(text, 1);
    for (size_t i = 0; i < out->n_tokens; i++)
        TRY(token_unescape(arena, span_split(rest, '/', &rest), &out->tokens[i]));
    return NULL;
}

/* Digits without a zero in front, below LIMIT. */
static bool index_parse(struct span token, size_t limit, size_t *out)
{
    if (token.length == 0 || token.length > 9 || (token.length > 1 && token.data[0] == '0'))
        return false;
    size_t index = 0;
    for (size_t i = 0; i < token.length; i++) {
        if (token.data[i] < '0' || token.data[i] > '9')
            return false;
        index = index * 10 + (size_t)(token.data[i] - '0');
    }
    *out = index;
    return index < limit;
}

static struct value *step(const struct value *value, struct span token)
{
    size_t index;
    if (value_is(value, VALUE_LIST))
        return index_parse(token, value_length(value), &index) ? value_at(value, index) : NULL;
    return value_find(value, token);
}

/* What stands at the first N_TOKENS tokens, or NULL. */
static struct value *pointer_follow(struct value *root, const struct pointer *pointer, size_t n_tokens)
{
    struct value *value = root;
    for (size_t i = 0; value && i < n_tokens; i++)
        value = step(value, pointer->tokens[i]);
    return value;
}

static struct error *missing(const struct json_patch *patch, const struct pointer *pointer)
{
    return error_unfit_patch("%s operation does not apply: doc is missing path: \"" SPAN_FMT
                             "\": missing value",
                             patch->op, SPAN_ARG(pointer->text));
}

static struct error *find(const struct json_patch *patch, const struct pointer *pointer, struct value **out)
{
    struct value *value = pointer_follow(patch->root, pointer, pointer->n_tokens);
    if (!value)
        return missing(patch, pointer);
    *out = value;
    return NULL;
}

static struct error *put(struct json_patch *patch, const struct pointer *pointer, struct value *value,
                         bool replaces)
{
    if (pointer->n_tokens + value_depth(value) > JSON_MAX_DEPTH)
        return error_large_patch("%s operation does not apply: \"" SPAN_FMT "\" would be nested too deeply",
                                 patch->op, SPAN_ARG(pointer->text));
    if (pointer->n_tokens == 0 && !value_is(value, VALUE_OBJECT) && !value_is(value, VALUE_LIST))
        return error_unfit_patch("%s operation value must be object or array", patch->op);
    if (pointer->n_tokens == 0) {
        patch->root = value;
        return NULL;
    }
    struct value *parent = pointer_follow(patch->root, pointer, pointer->n_tokens - 1);
    struct span token = pointer->tokens[pointer->n_tokens - 1];
    size_t index;
    if (value_is(parent, VALUE_OBJECT)) {
        value_set_span(patch->arena, parent, token, value);
    } else if (!value_is(parent, VALUE_LIST)) {
        return missing(patch, pointer);
    } else if (replaces) {
        if (!index_parse(token, value_length(parent), &index))
            return missing(patch, pointer);
        parent->list.items[index] = value;
    } else if (span_is(token, "-")) {
        value_append(patch->arena, parent, value);
    } else if (index_parse(token, value_length(parent) + 1, &index)) {
        value_insert(patch->arena, parent, (uint32_t)index, value);
    } else {
        return error_unfit_patch("%s operation does not apply: index \"" SPAN_FMT
                                 "\" is not one of the list's: invalid index referenced",
                                 patch->op, SPAN_ARG(token));
    }
    return NULL;
}

/* Takes out what stands at POINTER. */
static struct error *detach(struct json_patch *patch, const struct pointer *pointer, struct value **out)
{
    struct value *value;
    TRY(find(patch, pointer, &value));
    if (pointer->n_tokens == 0)
        return error_unfit_patch("%s operation does not apply: the whole document cannot be removed",
                                 patch->op);
    struct value *parent = pointer_follow(patch->root, pointer, pointer->n_tokens - 1);
    struct span token = pointer->tokens[pointer->n_tokens - 1];
    size_t index;
    if (value_is(parent, VALUE_LIST) && index_parse(token, value_length(parent), &index))
        value_delete_item(parent, (uint32_t)index);
    else
        member_remove(parent, token);
    *out = value;
    return NULL;
}

/* A copy of the operation's value, which later operations may change. */
static struct error *operand(struct json_patch *patch, const struct value *operation, struct value **out)
{
    const struct value *value = value_get(operation, "value");
    if (!value)
        return error_bad_patch("%s operation has no value", patch->op);
    *out = value_copy(patch->arena, value);
    return NULL;
}

static struct error *run_add(struct json_patch *patch, const struct value *operation,
                             const struct pointer *path)
{
    struct value *value;
    TRY(operand(patch, operation, &value));
    return put(patch, path, value, false);
}

static struct error *run_remove(struct json_patch *patch, const struct value *operation,
                                const struct pointer *path)
{
    (void)operation;
    struct value *removed;
    return detach(patch, path, &removed);
}

/* As on a real server a member that is not there is added. */
static struct error *run_replace(struct json_patch *patch, const struct value *operation,
                                 const struct pointer *path)
{
    struct value *value;
    TRY(operand(patch, operation, &value));
    return put(patch, path, value, true);
}

static struct error *run_move(struct json_patch *patch, const struct value *operation,
                              const struct pointer *path)
{
    struct pointer from;
    struct value *value;
    TRY(pointer_parse(patch->arena, value_get(operation, "from"), &from));
    if (span_equal(from.text, path->text))
        return find(patch, &from, &value);
    TRY(detach(patch, &from, &value));
    return put(patch, path, value, false);
}

static struct error *run_copy(struct json_patch *patch, const struct value *operation,
                              const struct pointer *path)
{
    struct pointer from;
    struct value *value;
    TRY(pointer_parse(patch->arena, value_get(operation, "from"), &from));
    TRY(find(patch, &from, &value));
    patch->copied_bytes += value_bytes(value);
    if (patch->copied_bytes > PATCH_MAX_COPIED_BYTES)
        return error_large_patch("Unable to complete the copy, the accumulated size increase of copy is %zu, "
                                 "exceeding the limit %d",
                                 patch->copied_bytes, (int)PATCH_MAX_COPIED_BYTES);
    return put(patch, path, value_copy(patch->arena, value), false);
}

/* As on a real server an absent member passes for null, which is how clients ask that something is not there.
 */
static struct error *run_test(struct json_patch *patch, const struct value *operation,
                              const struct pointer *path)
{
    const struct value *wanted = value_get(operation, "value");
    const struct value *found = pointer_follow(patch->root, path, path->n_tokens);
    bool wants_nothing = !wanted || value_is(wanted, VALUE_NULL);
    bool passes =
        found ? wants_nothing ? value_is(found, VALUE_NULL) : value_equal(found, wanted) : wants_nothing;
    if (!passes)
        return error_unfit_patch("testing value " SPAN_FMT " failed: test failed", SPAN_ARG(path->text));
    return NULL;
}

static const struct json_operation {
    const char *name;
    struct error *(*run)(struct json_patch *patch, const struct value *operation, const struct pointer *path);
} json_operations[] = {
    { "add", run_add },   { "remove", run_remove }, { "replace", run_replace },
    { "move", run_move }, { "copy", run_copy },     { "test", run_test },
};

static struct error *run(struct json_patch *patch, const struct value *operation)
{
    const char *name = value_string(value_get(operation, "op"));
    if (!name)
        return error_bad_patch("a JSON patch operation must be an object with \"op\" and \"path\"");
    for (size_t i = 0; i < ARRAY_LEN(json_operations); i++) {
        if (strcmp(json_operations[i].name, name) != 0)
            continue;
        struct pointer path;
        patch->op = json_operations[i].name;
        TRY(error_wrap(pointer_parse(patch->arena, value_get(operation, "path"), &path), "%s operation",
                       patch->op));
        return json_operations[i].run(patch, operation, &path);
    }
    return error_bad_patch("Unexpected kind: %.40s", name);
}

struct error *json_patch_apply(struct arena *arena, const struct value *document, const struct value *patch,
                               struct value **out)
{
    if (!value_is(patch, VALUE_LIST))
        return error_bad_patch("a JSON patch must be a list of operations, not %s",
                               patch ? value_type_name(patch->type) : "absent");
    if (value_length(patch) > PATCH_MAX_OPERATIONS)
        return error_large_patch("The allowed maximum operations in a JSON patch is %d, got %zu",
                                 (int)PATCH_MAX_OPERATIONS, value_length(patch));
    struct json_patch state = { .arena = arena, .root = value_copy(arena, document) };
    value_each (patch, operation)
        TRY(run(&state, operation));
    *out = state.root;
    return NULL;
}
