/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/publish/bodies.h"

static struct value *slice_object(struct arena *arena)
{
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "apiVersion", "resource.k8s.io/v1");
    value_set_text(arena, tree, "kind", "ResourceSlice");
    return tree;
}

struct value *body_create(struct arena *arena, const struct slice_change *change, const char *prefix,
                          const struct value *owner)
{
    struct value *tree = slice_object(arena);
    struct value *metadata = value_child(arena, tree, "metadata");
    value_set_text(arena, metadata, "generateName", prefix);
    if (owner)
        value_append(arena, value_child_list(arena, metadata, "ownerReferences"), value_copy(arena, owner));
    value_set(arena, tree, "spec", change->spec);
    return tree;
}

struct value *body_update(struct arena *arena, const struct slice_change *change, const struct value *known)
{
    struct value *tree = known ? value_copy(arena, known) : slice_object(arena);
    value_set_text(arena, value_child(arena, tree, "metadata"), "resourceVersion",
                   change->slice->resource_version);
    value_set(arena, tree, "spec", change->spec);
    return tree;
}

struct value *body_delete(struct arena *arena, const struct slice_change *change)
{
    struct value *options = value_object(arena);
    struct value *preconditions = value_child(arena, options, "preconditions");
    value_set_text(arena, preconditions, "uid", change->slice->uid);
    value_set_text(arena, preconditions, "resourceVersion", change->slice->resource_version);
    return options;
}

struct value *body_owner(struct arena *arena, const struct value *node)
{
    struct value *owner = value_object(arena);
    value_set_text(arena, owner, "apiVersion", "v1");
    value_set_text(arena, owner, "kind", "Node");
    value_set_text(arena, owner, "name", value_path_string(node, "metadata.name"));
    value_set_text(arena, owner, "uid", value_path_string(node, "metadata.uid"));
    value_set_bool(arena, owner, "controller", true);
    return owner;
}
