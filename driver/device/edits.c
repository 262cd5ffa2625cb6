/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits from the trees of an inventory. The trees have been expanded; what stands in them now is checked
 * against CDI's rules, so that no spec file is written that a runtime would refuse as a whole.
 */

#include "driver/device/edits_decode.h"

#include "api/config/filters.h"

/* The lists of two edits, one behind the other. */
#define APPEND_LIST(arena, to, from, list, type)                                                             \
    do {                                                                                                     \
        type *both = arena_make_array((arena), type, (to)->n_##list + (from)->n_##list);                     \
        if ((to)->n_##list)                                                                                  \
            memcpy(both, (to)->list, (to)->n_##list * sizeof(type));                                         \
        if ((from)->n_##list)                                                                                \
            memcpy(both + (to)->n_##list, (from)->list, (from)->n_##list * sizeof(type));                    \
        (to)->list = both;                                                                                   \
        (to)->n_##list += (from)->n_##list;                                                                  \
    } while (0)

void edits_append(struct arena *arena, struct device_edits *edits, const struct device_edits *more)
{
    APPEND_LIST(arena, edits, more, env, struct string_pair);
    APPEND_LIST(arena, edits, more, device_nodes, struct device_node_edit);
    APPEND_LIST(arena, edits, more, mounts, struct mount_edit);
    APPEND_LIST(arena, edits, more, hooks, struct hook_edit);
}

static bool is_one_of(const char *text, const char *const *choices)
{
    for (; *choices; choices++)
        if (strcmp(text, *choices) == 0)
            return true;
    return false;
}

static struct error *env_decode(struct arena *arena, const char *file, const struct value *tree,
                                struct string_pair *out)
{
    const struct value *name = value_get(tree, "name"), *value = value_get(tree, "value");
    TRY(error_place(scalar_text(arena, name, &out->name), file, name));
    TRY(error_place(scalar_text(arena, value, &out->value), file, value));
    if (!*out->name || strchr(out->name, '='))
        return error_at(file, name, "edits.env: \"%s\" is no name of a variable", out->name);
    return NULL;
}

static struct error *integer_decode(const char *file, const struct value *tree, const char *name,
                                    int64_t *out, bool *has)
{
    const struct value *value = value_get(tree, name);
    const char *text = value_string(value);
    char *end = NULL;
    *has = value != NULL;
    *out = text ? strtoll(text, &end, 10) : value_integer(value, 0);
    if (text && (!*text || *end))
        return error_at(file, value, "%s: \"%s\" is no number", name, text);
    if (*out < 0)
        return error_at(file, value, "%s must not be negative", name);
    return NULL;
}

static struct error *device_node_decode(struct arena *arena, const char *file, const struct value *tree,
                                        struct device_node_edit *out)
{
    static const char *const types[] = { "b", "c", "u", "p", NULL };
    bool has_major, has_minor;
    (void)arena;
    *out = (struct device_node_edit){
        .path = value_string(value_get(tree, "path")),
        .host_path = value_string(value_get(tree, "hostPath")),
        .type = value_string(value_get(tree, "type")),
        .permissions = value_string(value_get(tree, "permissions")),
    };
    TRY(integer_decode(file, tree, "major", &out->major, &has_major));
    TRY(integer_decode(file, tree, "minor", &out->minor, &has_minor));
    TRY(integer_decode(file, tree, "fileMode", &out->file_mode, &out->has_file_mode));
    TRY(integer_decode(file, tree, "uid", &out->uid, &out->has_uid));
    TRY(integer_decode(file, tree, "gid", &out->gid, &out->has_gid));
    out->has_number = has_major && has_minor;
    if (!out->path || out->path[0] != '/')
        return error_at(file, tree, "edits.deviceNodes: path must be absolute");
    if (out->type && !is_one_of(out->type, types))
        return error_at(file, tree, "edits.deviceNodes: type must be b, c, u or p");
    if (has_major != has_minor)
        return error_at(file, tree, "edits.deviceNodes: major and minor go together");
    if (out->permissions && strspn(out->permissions, "rwm") != strlen(out->permissions))
        return error_at(file, tree, "edits.deviceNodes: permissions are letters of \"rwm\"");
    return NULL;
}

static struct error *mount_decode(struct arena *arena, const char *file, const struct value *tree,
                                  struct mount_edit *out)
{
    *out = (struct mount_edit){
        .host_path = value_string(value_get(tree, "hostPath")),
        .container_path = value_string(value_get(tree, "containerPath")),
        .type = value_string(value_get(tree, "type")),
    };
    if (!out->host_path || !out->container_path || out->host_path[0] != '/' || out->container_path[0] != '/')
        return error_at(file, tree, "edits.mounts: hostPath and containerPath must be absolute");
    return texts_read(arena, file, tree, "options", &out->options, &out->n_options);
}

static struct error *hook_decode(struct arena *arena, const char *file, const struct value *tree,
                                 struct hook_edit *out)
{
    static const char *const names[] = {
        "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop", NULL
    };
    bool has_timeout;
    *out = (struct hook_edit){
        .name = value_string(value_get(tree, "hookName")),
        .path = value_string(value_get(tree, "path")),
    };
    if (!out->name || !is_one_of(out->name, names))
        return error_at(file, tree,
                        "edits.hooks: hookName must be prestart, createRuntime, createContainer, "
                        "startContainer, poststart or poststop");
    if (!out->path || out->path[0] != '/')
        return error_at(file, tree, "edits.hooks: path must be absolute");
    TRY(integer_decode(file, tree, "timeout", &out->timeout_seconds, &has_timeout));
    TRY(texts_read(arena, file, tree, "args", &out->args, &out->n_args));
    return texts_read(arena, file, tree, "env", &out->env, &out->n_env);
}

#define DECODE_LIST(arena, file, tree, member, edits, list, type, decode)                                    \
    do {                                                                                                     \
        const struct value *items = value_get((tree), (member));                                             \
        (edits)->n_##list = value_length(items);                                                             \
        (edits)->list = arena_make_array((arena), type, (edits)->n_##list);                                  \
        for (size_t i = 0; i < (edits)->n_##list; i++)                                                       \
            TRY(decode((arena), (file), value_at(items, i), &(edits)->list[i]));                             \
    } while (0)

struct error *edits_decode(struct arena *arena, const char *file, const struct value *tree,
                           struct device_edits *out)
{
    struct device_edits edits = { 0 };
    DECODE_LIST(arena, file, tree, "env", &edits, env, struct string_pair, env_decode);
    DECODE_LIST(arena, file, tree, "deviceNodes", &edits, device_nodes, struct device_node_edit,
                device_node_decode);
    DECODE_LIST(arena, file, tree, "mounts", &edits, mounts, struct mount_edit, mount_decode);
    DECODE_LIST(arena, file, tree, "hooks", &edits, hooks, struct hook_edit, hook_decode);
    *out = edits;
    return NULL;
}
