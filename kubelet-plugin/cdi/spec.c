/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/cdi/spec.h"

#include "kubelet-plugin/cdi/names.h"

#include <ctype.h>

/* What each version brought, newest first: the first row that applies decides. */
enum version_need { NEEDS_0_3_0, NEEDS_0_4_0, NEEDS_0_5_0 };
static const char *const versions[] = { "0.3.0", "0.4.0", "0.5.0" };

struct spec_maker {
    struct arena *arena;
    enum version_need need;
};

static void need(struct spec_maker *maker, enum version_need at_least)
{
    if (at_least > maker->need)
        maker->need = at_least;
}

bool cdi_edits_are_empty(const struct device_edits *edits)
{
    return edits->n_env + edits->n_device_nodes + edits->n_mounts + edits->n_hooks == 0;
}

static struct error *check_path(const char *what, const char *path)
{
    if (!path || path[0] != '/')
        return error_invalid("%s \"%s\" is not an absolute path", what, path ? path : "");
    return NULL;
}

static bool is_one_of(const char *text, const char *const *choices, size_t n_choices)
{
    for (size_t i = 0; i < n_choices; i++)
        if (strcmp(text, choices[i]) == 0)
            return true;
    return false;
}

static struct error *add_env(struct spec_maker *maker, const struct device_edits *edits, struct value *out)
{
    for (size_t i = 0; i < edits->n_env; i++) {
        const struct string_pair *pair = &edits->env[i];
        if (!*pair->name || strchr(pair->name, '='))
            return error_invalid("\"%s\" cannot be the name of an environment variable", pair->name);
        const char *text = arena_printf(maker->arena, "%s=%s", pair->name, pair->value);
        value_append(maker->arena, value_child_list(maker->arena, out, "env"),
                     value_text(maker->arena, text));
    }
    return NULL;
}

static struct error *add_node(struct spec_maker *maker, const struct device_node_edit *node,
                              struct value *list)
{
    static const char *const types[] = { "b", "c", "u", "p" };
    struct arena *arena = maker->arena;
    TRY(check_path("device node", node->path));
    if (node->type && !is_one_of(node->type, types, ARRAY_LEN(types)))
        return error_invalid("device node %s: unknown type \"%s\"", node->path, node->type);
    if (node->permissions && strspn(node->permissions, "rwm") != strlen(node->permissions))
        return error_invalid("device node %s: permissions \"%s\" are not of \"rwm\"", node->path,
                             node->permissions);

    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "path", node->path);
    if (node->host_path && strcmp(node->host_path, node->path) != 0) {
        TRY(check_path("device node on the host", node->host_path));
        value_set_text(arena, tree, "hostPath", node->host_path);
        need(maker, NEEDS_0_5_0);
    }
    value_set_text(arena, tree, "type", node->type);
    if (node->has_number) {
        value_set_int(arena, tree, "major", node->major);
        value_set_int(arena, tree, "minor", node->minor);
    }
    if (node->has_file_mode)
        value_set_int(arena, tree, "fileMode", node->file_mode);
    value_set_text(arena, tree, "permissions", node->permissions);
    if (node->has_uid)
        value_set_int(arena, tree, "uid", node->uid);
    if (node->has_gid)
        value_set_int(arena, tree, "gid", node->gid);
    value_append(arena, list, tree);
    return NULL;
}

static void add_texts(struct arena *arena, struct value *object, const char *name, const char **texts,
                      size_t n_texts)
{
    for (size_t i = 0; i < n_texts; i++)
        value_append(arena, value_child_list(arena, object, name), value_text(arena, texts[i]));
}

static struct error *add_mount(struct spec_maker *maker, const struct mount_edit *mount, struct value *list)
{
    struct arena *arena = maker->arena;
    TRY(check_path("mount on the host", mount->host_path));
    TRY(check_path("mount", mount->container_path));
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "hostPath", mount->host_path);
    value_set_text(arena, tree, "containerPath", mount->container_path);
    add_texts(arena, tree, "options", mount->options, mount->n_options);
    if (mount->type) {
        value_set_text(arena, tree, "type", mount->type);
        need(maker, NEEDS_0_4_0);
    }
    value_append(arena, list, tree);
    return NULL;
}

static struct error *add_hook(struct spec_maker *maker, const struct hook_edit *hook, struct value *list)
{
    static const char *const names[] = { "prestart",       "createRuntime", "createContainer",
                                         "startContainer", "poststart",     "poststop" };
    struct arena *arena = maker->arena;
    if (!hook->name || !is_one_of(hook->name, names, ARRAY_LEN(names)))
        return error_invalid("unknown hook \"%s\"", hook->name ? hook->name : "");
    TRY(check_path("hook", hook->path));
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "hookName", hook->name);
    value_set_text(arena, tree, "path", hook->path);
    add_texts(arena, tree, "args", hook->args, hook->n_args);
    add_texts(arena, tree, "env", hook->env, hook->n_env);
    if (hook->timeout_seconds)
        value_set_int(arena, tree, "timeout", hook->timeout_seconds);
    value_append(arena, list, tree);
    return NULL;
}

static struct error *add_edits(struct spec_maker *maker, const struct device_edits *edits, struct value *out)
{
    struct arena *arena = maker->arena;
    TRY(add_env(maker, edits, out));
    for (size_t i = 0; i < edits->n_device_nodes; i++)
        TRY(add_node(maker, &edits->device_nodes[i], value_child_list(arena, out, "deviceNodes")));
    for (size_t i = 0; i < edits->n_mounts; i++)
        TRY(add_mount(maker, &edits->mounts[i], value_child_list(arena, out, "mounts")));
    for (size_t i = 0; i < edits->n_hooks; i++)
        TRY(add_hook(maker, &edits->hooks[i], value_child_list(arena, out, "hooks")));
    return NULL;
}

struct error *cdi_spec_make(struct arena *arena, const char *driver, const struct cdi_device *devices,
                            size_t n_devices, struct value **out)
{
    struct spec_maker maker = { arena, NEEDS_0_3_0 };
    struct value *list = value_list(arena);
    for (size_t i = 0; i < n_devices; i++) {
        if (cdi_edits_are_empty(devices[i].edits))
            continue;
        struct value *device = value_object(arena);
        value_set_text(arena, device, "name", devices[i].name);
        if (isdigit((unsigned char)devices[i].name[0]))
            need(&maker, NEEDS_0_5_0);
        TRY(error_wrap(add_edits(&maker, devices[i].edits, value_child(arena, device, "containerEdits")),
                       "CDI device %s", devices[i].name));
        value_append(arena, list, device);
    }
    if (value_length(list) == 0) {
        *out = NULL;
        return NULL;
    }
    struct value *spec = value_object(arena);
    value_set_text(arena, spec, "cdiVersion", versions[maker.need]);
    value_set_text(arena, spec, "kind", arena_printf(arena, "%s/" CDI_CLASS, cdi_vendor(arena, driver)));
    value_set(arena, spec, "devices", list);
    *out = spec;
    return NULL;
}
