/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side apply, in the steps of structured-merge-diff:
 *
 *     merge    the configuration into the live object
 *     prune    what this manager owned before, names no longer, and nobody else owns
 *     settle   the difference to the live object with the other managers: a field that changed and that
 * somebody owns is a conflict, or changes hands when forced; a field that went is nobody's any more
 *
 * Other writes only settle, always by force, and add what they changed to their manager's fields.
 */

#include "driver/standalone/patch/apply.h"
#include "driver/standalone/patch/field_tree.h"
#include "driver/standalone/patch/last_applied.h"
#include "driver/standalone/patch/managers.h"
#include "driver/standalone/patch/refuse.h"
#include "driver/standalone/patch/tree.h"

static const char BEFORE_FIRST_APPLY[] = "before-first-apply";

/* What the server sets: nobody owns it. */
static const char *const unowned_fields[] = {
    "apiVersion",
    "kind",
    "metadata",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "metadata.selfLink",
    "metadata.generation",
    "metadata.creationTimestamp",
    "metadata.managedFields",
    "metadata.resourceVersion",
};

/* One write in progress. */
struct write {
    struct arena *arena;
    const struct field_writer *writer;
    struct schema_spot root;
    const struct field_set *reset;   /* writer->reset_fields */
    const struct field_set *unowned; /* unowned_fields */
    struct managers managers;
};

static struct write write_begin(struct arena *arena, const struct field_writer *writer)
{
    struct field_set *reset = field_set_new(arena), *unowned = field_set_new(arena);
    for (const char *const *path = writer->reset_fields; path && *path; path++)
        field_set_insert_plain(arena, reset, *path);
    for (size_t i = 0; i < ARRAY_LEN(unowned_fields); i++)
        field_set_insert_plain(arena, unowned, unowned_fields[i]);
    return (struct write){ .arena = arena,
                           .writer = writer,
                           .root = field_spot_root(writer->schema),
                           .reset = reset,
                           .unowned = unowned,
                           .managers = { .arena = arena } };
}

static struct field_set *ownable(const struct write *write, const struct field_set *fields)
{
    return field_set_subtract(write->arena, field_set_subtract_below(write->arena, fields, write->reset),
                              write->unowned);
}

/* OBJECT without managedFields: what is compared and merged. */
static struct value *content_of(const struct write *write, const struct value *object)
{
    struct value *content = object ? value_copy(write->arena, object) : value_object(write->arena);
    value_delete(value_get(content, "metadata"), "managedFields");
    return content;
}

static void drop_nulls(struct value *value)
{
    for (uint32_t i = 0; value_is(value, VALUE_OBJECT) && i < value->object.n_members;) {
        if (value_is(value->object.members[i].value, VALUE_NULL))
            member_remove(value, value->object.members[i].name);
        else
            drop_nulls(value->object.members[i++].value);
    }
    value_each (value, item)
        drop_nulls(item);
}

static struct field_changes compare(const struct write *write, const struct value *before,
                                    const struct value *after)
{
    struct field_changes changes = field_tree_compare(write->arena, write->root, before, after);
    changes.added = ownable(write, changes.added);
    changes.modified = ownable(write, changes.modified);
    changes.removed = ownable(write, changes.removed);
    return changes;
}

/* The fields of MANAGER that CHANGES take from it. */
static struct field_set *lost_fields(const struct write *write, const struct manager *manager,
                                     const struct field_changes *changes)
{
    return field_set_intersect(write->arena, manager->fields,
                               field_set_union(write->arena, changes->modified, changes->added));
}

/* Takes what CHANGES changed or removed away from everybody but EXCEPT (an applier's own entry, or NULL). */
static void settle(struct write *write, const struct field_changes *changes, const struct manager *except)
{
    for (size_t i = 0; i < write->managers.length; i++) {
        struct manager *manager = &write->managers.items[i];
        if (manager == except)
            continue;
        manager->fields =
            field_set_subtract(write->arena, manager->fields, lost_fields(write, manager, changes));
        manager->fields = field_set_subtract(write->arena, manager->fields, changes->removed);
    }
}

/*
 * Of MERGED goes what this manager applied before (LAST) and what neither its new configuration nor anybody
 * else owns. What was never owned stays, even inside of what goes.
 */
static struct value *prune(const struct write *write, const struct value *merged,
                           const struct field_set *last)
{
    struct arena *arena = write->arena;
    if (field_set_is_empty(last))
        return (struct value *)merged;
    struct field_set *managed = field_set_new(arena), *all, *left;
    for (size_t i = 0; i < write->managers.length; i++)
        managed = field_set_union(arena, managed, write->managers.items[i].fields);
    last = field_set_with_parents(arena, write->root, last);
    struct value *pruned = field_tree_remove(arena, write->root, merged, last);
    pruned = pruned ? pruned : value_object(arena);

    /* Both trees come from an object that was stored, or merged from such; their items have identities. */
    cleanup_error struct error *merged_err = field_tree_fields(arena, write->root, merged, &all);
    cleanup_error struct error *pruned_err = field_tree_fields(arena, write->root, pruned, &left);
    if (merged_err || pruned_err)
        return (struct value *)merged;
    all = field_set_with_parents(arena, write->root, all);
    left = field_set_with_parents(arena, write->root, left);
    managed = field_set_with_parents(arena, write->root, managed);
    struct field_set *unowned = field_set_subtract(arena, all, field_set_union(arena, left, managed));
    struct field_set *going = field_set_intersect(arena, unowned, last);
    struct value *result = field_tree_remove(arena, write->root, merged, going);
    return result ? result : value_object(arena);
}

typedef VEC(struct apply_conflict) conflict_vec;

/* What CHANGES take from MANAGER goes in front of the conflicts of managers that come after it by name. */
static void add_conflicts(const struct write *write, const struct manager *manager,
                          const struct field_set *lost, conflict_vec *found)
{
    char *who = manager_describe(write->arena, manager);
    field_texts paths = { 0 };
    size_t at = 0;
    while (at < found->length && strcmp(found->items[at].manager, who) <= 0)
        at++;
    field_set_list(write->arena, lost, &paths);
    vec_reserve(found, paths.length + 1);
    memmove(found->items + at + paths.length, found->items + at,
            (found->length - at) * sizeof(found->items[0]));
    found->length += paths.length;
    vec_each (&paths, path)
        found->items[at++] = (struct apply_conflict){
            .field = *path, .manager = who, .message = arena_printf(write->arena, "conflict with %s", who)
        };
    vec_done(&paths);
}

static struct apply_conflicts conflicts_find(const struct write *write, const struct field_changes *changes,
                                             const struct manager *self, const struct field_set *allowed)
{
    conflict_vec found = { 0 };
    for (size_t i = 0; i < write->managers.length; i++) {
        const struct manager *manager = &write->managers.items[i];
        if (manager != self)
            add_conflicts(write, manager,
                          field_set_subtract(write->arena, lost_fields(write, manager, changes), allowed),
                          &found);
    }
    struct apply_conflicts conflicts = { arena_make_array(write->arena, struct apply_conflict, found.length),
                                         found.length };
    if (found.length)
        memcpy(conflicts.items, found.items, found.length * sizeof(found.items[0]));
    vec_done(&found);
    return conflicts;
}

static struct error *conflicts_error(const struct apply_conflicts *conflicts)
{
    const struct apply_conflict *first = &conflicts->items[0];
    if (conflicts->length == 1)
        return error_make(__FILE__, __LINE__, ERROR_CONFLICT, 409, "Apply failed with 1 conflict: %s: %s",
                          first->message, first->field);
    cleanup_buf struct buf text = BUF_INIT(256 << 10);
    buf_printf(&text, "Apply failed with %zu conflicts: ", conflicts->length);
    const char *manager = "";
    for (size_t i = 0; i < conflicts->length; i++) {
        const struct apply_conflict *conflict = &conflicts->items[i];
        if (strcmp(conflict->manager, manager) != 0)
            buf_printf(&text, "%sconflicts with %s:", i ? "\n" : "", conflict->manager);
        buf_printf(&text, "\n- %s", conflict->field);
        manager = conflict->manager;
    }
    return error_make(__FILE__, __LINE__, ERROR_CONFLICT, 409, "%s", buf_text(&text));
}

/* The configuration as far as this endpoint writes it, and the fields that it names. */
static struct error *read_config(const struct write *write, const struct value *config, struct value **out,
                                 struct field_set **fields)
{
    const struct value *metadata = value_get(config, "metadata");
    if (value_length(value_get(metadata, "managedFields")) > 0)
        return error_bad_patch("metadata.managedFields must be nil");
    struct value *copy = value_copy(write->arena, config);
    drop_nulls(copy);
    struct error *err = field_tree_fields(write->arena, write->root, copy, fields);
    if (err) {
        const char *namespace = value_string(value_get(metadata, "namespace"));
        const char *name = value_string(value_get(metadata, "name"));
        const char *kind = value_string(value_get(config, "kind"));
        err->number = 400;
        return error_wrap(err, "failed to create typed patch object (%s/%s; %s, Kind=%s)",
                          namespace ? namespace : "", name ? name : "", write->writer->api_version,
                          kind ? kind : "");
    }
    *fields = field_set_subtract_below(write->arena, *fields, write->reset);
    copy = field_tree_remove(write->arena, write->root, copy, write->reset);
    *out = copy ? copy : value_object(write->arena);
    return NULL;
}

/* CONTENT with the managers that the write ends with. */
static struct value *finish(struct write *write, struct value *content)
{
    value_set(write->arena, value_child(write->arena, content, "metadata"), "managedFields",
              managers_encode(&write->managers));
    return content;
}

/* The managers of LIVE; malformed entries count for nothing. */
static void read_live_managers(struct write *write, const struct value *live)
{
    error_free(managers_decode(&write->managers, value_get(live, "metadata")));
}

/* Whoever wrote an object that was not tracked owns what it has. */
static void track_from_now(struct write *write, const struct value *content)
{
    struct field_writer writer = *write->writer;
    writer.manager = BEFORE_FIRST_APPLY;
    writer.subresource = NULL;
    struct value *nothing = value_object(write->arena);
    managers_take(&write->managers, &writer, false)->fields = compare(write, nothing, content).added;
}

struct error *apply_configuration(struct arena *arena, const struct field_writer *writer,
                                  const struct value *live, const struct value *config, bool force,
                                  struct value **out, struct apply_conflicts *conflicts)
{
    struct write write = write_begin(arena, writer);
    struct value *wish = NULL, *before = content_of(&write, live);
    struct field_set *fields = NULL;
    TRY(read_config(&write, config, &wish, &fields));
    read_live_managers(&write, live);
    if (live && write.managers.length == 0)
        track_from_now(&write, before);
    struct managers old = managers_copy(&write.managers);

    struct manager *self = managers_take(&write.managers, writer, true);
    struct field_set *last = self->fields;
    self->fields = fields;
    self->api_version = arena_strdup(arena, writer->api_version);
    struct value *after = field_tree_merge(arena, write.root, before, wish);
    after = prune(&write, after, last);
    self->fields = ownable(&write, fields); /* not before: its name keeps the metadata from being pruned */

    bool is_kubectl = strcmp(writer->manager, "kubectl") == 0;
    struct field_changes changes = compare(&write, before, after);
    struct field_set *allowed =
        is_kubectl ? last_applied_fields(arena, writer->schema, live) : field_set_new(arena);
    *conflicts = conflicts_find(&write, &changes, self, allowed);
    if (!force && conflicts->length)
        return conflicts_error(conflicts);
    settle(&write, &changes, self);
    if (is_kubectl)
        last_applied_refresh(arena, after, wish);

    bool changed = !value_equal(before, after) || !managers_equal(&old, &write.managers);
    if (live && !changed) {
        *out = value_copy(arena, live);
        return NULL;
    }
    self->time = arena_strdup(arena, writer->time ? writer->time : "");
    *out = finish(&write, value_copy(arena, after));
    return NULL;
}

/* [{}] */
static bool is_reset(const struct value *managed_fields)
{
    const struct value *first = value_at(managed_fields, 0);
    return value_length(managed_fields) == 1 && value_is(first, VALUE_OBJECT) && value_length(first) == 0;
}

void apply_track_update(struct arena *arena, const struct field_writer *writer, const struct value *live,
                        struct value *object)
{
    struct write write = write_begin(arena, writer);
    struct value *metadata = value_get(object, "metadata");
    bool through_main = !writer->subresource || !*writer->subresource;
    bool reset = through_main && is_reset(value_get(metadata, "managedFields"));
    if (through_main && !reset)
        error_free(managers_decode(&write.managers, metadata));
    if (write.managers.length == 0)
        read_live_managers(&write, live);
    value_delete(metadata, "managedFields");
    if (reset || (live && write.managers.length == 0))
        return;

    struct field_changes changes = compare(&write, content_of(&write, live), object);
    struct field_set *gained = field_set_union(arena, changes.modified, changes.added);
    settle(&write, &changes, NULL);
    if (!field_set_is_empty(gained)) {
        struct manager *self = managers_take(&write.managers, writer, false);
        self->fields = field_set_union(arena, self->fields, gained);
        self->time = arena_strdup(arena, writer->time ? writer->time : "");
    }
    managers_cap(&write.managers);
    finish(&write, object);
}
