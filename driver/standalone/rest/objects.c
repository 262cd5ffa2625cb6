/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   create   metadata -- admission -- strategy -- defaults, gates -- validation -- managed fields -- store
 *   update   identity -- what this endpoint may not touch is put back -- admission -- ... as above
 *
 * The order is that of a real server, since it decides which complaint a user hears first.
 */
#include "driver/standalone/rest/objects.h"

#include "api/base/uuid.h"
#include "driver/standalone/patch/apply.h"
#include "driver/standalone/rest/admission.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"
#include "driver/standalone/rest/versions.h"

enum { SUFFIX_LENGTH = 5, MAX_GENERATED_NAME = 63, NAME_TRIES = 8 };

static const struct strategy *strategy_of(const struct request *req)
{
    return req->target.resource->strategy;
}

static const struct schema_version *stored_version(const struct request *req)
{
    return &req->target.resource->kind->versions[0];
}

static const char *name_of(const struct value *tree)
{
    const char *name = value_path_string(tree, "metadata.name");
    return name ? name : "";
}

static bool is_status(const struct request *req)
{
    return req->target.subresource && strcmp(req->target.subresource, "status") == 0;
}

struct error *check_preconditions(struct request *req, const struct object *object, const char *uid,
                                  const char *version)
{
    const char *have = value_path_string(object->tree, "metadata.uid");
    const char *at = value_path_string(object->tree, "metadata.resourceVersion");
    if (uid && *uid && strcmp(uid, have) != 0)
        return refuse_conflict(
            req, object->name.data,
            arena_printf(req->arena, "Precondition failed: UID in precondition: %s, UID in object meta: %s",
                         uid, have));
    if (version && *version && strcmp(version, "0") != 0 && strcmp(version, at) != 0)
        return refuse_conflict(req, object->name.data,
                               arena_printf(req->arena,
                                            "Precondition failed: ResourceVersion in precondition: %s, "
                                            "ResourceVersion in object meta: %s",
                                            version, at));
    return NULL;
}

/* --- common to create and update --- */

static struct error *object_check(struct write *write, const struct value *tree, const struct value *before)
{
    struct request *req = write->req;
    const struct schema_kind *kind = req->target.resource->kind;
    const char *namespace = value_path_string(tree, "metadata.namespace");
    const struct validation validation = {
        .object = tree,
        .old = before,
        .subresource = req->target.subresource,
        .admin_namespace = namespace && namespace_grants_admin(req, namespace),
        .expressions = rest_expressions(req->server),
        .gate = rest_feature_is_on,
        .gate_context = req->server,
    };
    struct causes causes = { 0 };
    object_validate(req->arena, &validation, &causes);
    struct error *err =
        causes.list.length ? refuse_invalid(req, kind->group, kind->kind, name_of(tree), &causes) : NULL;
    causes_done(&causes);
    TRY(err);
    return strategy_of(req)->review ? strategy_of(req)->review(req, tree) : NULL;
}

struct field_writer write_tracker(const struct write *write)
{
    static const char *const at_main[] = { "status", NULL }, *const at_status[] = { "spec", NULL };
    const struct request *req = write->req;
    const struct schema_kind *kind = req->target.resource->kind;
    return (struct field_writer){
        .schema = stored_version(req)->schema,
        .manager = write->options.manager,
        .api_version = api_version_text(req->arena, kind->group, stored_version(req)->name),
        .subresource = is_status(req) ? "status" : NULL,
        .time = request_time_text(req),
        .reset_fields = is_status(req)     ? at_status
                        : kind->has_status ? at_main
                                           : NULL,
    };
}

static void object_track(struct write *write, const struct value *before, struct value *tree)
{
    const struct field_writer writer = write_tracker(write);
    if (!write->applied)
        apply_track_update(write->req->arena, &writer, before, tree);
}

static struct error *object_admit(struct write *write, const struct value *before, struct value *tree)
{
    struct request *req = write->req;
    const struct strategy *strategy = strategy_of(req);
    schema_default(stored_version(req)->schema, req->arena, tree, req->now);
    return strategy->admit ? strategy->admit(req, before, tree) : NULL;
}

/* --- create --- */

static struct error *place_in_namespace(struct request *req, struct value *metadata)
{
    const char *namespace = req->target.namespace;
    const char *given = value_string(value_get(metadata, "namespace"));
    if (!namespace) {
        value_delete(metadata, "namespace");
        return NULL;
    }
    if (given && *given && strcmp(given, namespace) != 0)
        return refuse_bad_request(
            req, "the namespace of the provided object does not match the namespace sent on the request");
    value_set_text(req->arena, metadata, "namespace", namespace);
    return NULL;
}

static void generate_name(struct request *req, struct value *metadata)
{
    const char *prefix = value_string(value_get(metadata, "generateName"));
    char suffix[SUFFIX_LENGTH + 1];
    random_name_suffix(suffix, SUFFIX_LENGTH);
    value_set_text(req->arena, metadata, "name",
                   arena_printf(req->arena, "%.*s%s", MAX_GENERATED_NAME - SUFFIX_LENGTH, prefix, suffix));
}

static bool is_taken(const struct request *req, const struct value *metadata)
{
    const char *namespace = value_string(value_get(metadata, "namespace"));
    const char *name = value_string(value_get(metadata, "name"));
    return collection_find(req->target.resource->collection, span_of(namespace ? namespace : ""),
                           span_of(name));
}

static bool is_set(const struct value *metadata, const char *name)
{
    const char *text = value_string(value_get(metadata, name));
    return text && *text;
}

/* Everything in metadata that is the server's to say. */
static struct error *begin_metadata(struct request *req, struct value *tree)
{
    static const char *const ours[] = { "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds",
                                        "generation" };
    struct value *metadata = value_child(req->arena, tree, "metadata");
    if (is_set(metadata, "resourceVersion"))
        return refuse_bad_request(req, "resourceVersion should not be set on objects to be created");
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        value_delete(metadata, ours[i]);
    TRY(place_in_namespace(req, metadata));
    char uid[UUID_TEXT_SIZE];
    uuid_make(uid);
    value_set_text(req->arena, metadata, "uid", uid);
    value_set_text(req->arena, metadata, "creationTimestamp", request_time_text(req));
    if (strategy_of(req)->counts_generations)
        value_set_int(req->arena, metadata, "generation", 1);
    bool generated = !is_set(metadata, "name") && is_set(metadata, "generateName");
    for (int tries = 0; generated && tries < NAME_TRIES; tries++) {
        generate_name(req, metadata);
        generated = is_taken(req, metadata);
    }
    return NULL;
}

struct error *object_create(struct write *write, struct value *tree)
{
    struct request *req = write->req;
    const struct strategy *strategy = strategy_of(req);
    TRY(begin_metadata(req, tree));
    TRY(admit_into_namespace(req, tree));
    TRY(object_admit(write, NULL, tree));
    if (req->target.resource->kind->has_status && !strategy->keeps_status_in_create)
        value_delete(tree, "status");
    if (strategy->on_create)
        strategy->on_create(req, tree);
    schema_default(stored_version(req)->schema, req->arena, tree, req->now);
    schema_drop_gated(stored_version(req)->schema, tree, NULL, rest_feature_is_on, req->server);
    TRY(object_check(write, tree, NULL));
    const struct value *metadata = value_get(tree, "metadata");
    if (is_taken(req, metadata))
        return refuse_exists(req, name_of(tree));
    object_track(write, NULL, tree);
    write->result = tree;
    if (write->options.dry_run)
        return NULL;
    struct object *stored;
    TRY(collection_create(req->target.resource->collection, tree, &stored));
    write->result = stored->tree;
    return NULL;
}

/* --- update --- */

static void keep_from(struct request *req, const struct value *before, struct value *after, const char *name)
{
    value_delete(after, name);
    const struct value *kept = value_get(before, name);
    if (kept)
        value_set(req->arena, after, name, value_copy(req->arena, kept));
}

static struct error *check_identity(struct request *req, const struct object *before, struct value *tree)
{
    struct value *metadata = value_child(req->arena, tree, "metadata");
    const char *name = value_string(value_get(metadata, "name"));
    if (!name || !*name)
        return refuse_nameless(req);
    if (!span_is(before->name, name))
        return refuse_bad_request(req, "the name of the object (%s) does not match the name on the URL (%s)",
                                  name, before->name.data);
    TRY(place_in_namespace(req, metadata));
    const char *version = value_string(value_get(metadata, "resourceVersion"));
    const char *uid = value_string(value_get(metadata, "uid"));
    if (version && *version &&
        strcmp(version, value_path_string(before->tree, "metadata.resourceVersion")) != 0)
        return refuse_modified(req, before->name.data);
    return check_preconditions(req, before, uid, NULL);
}

static void keep_metadata(struct request *req, const struct value *before, struct value *tree)
{
    static const char *const ours[] = {
        "uid",      "creationTimestamp",          "deletionTimestamp", "generation",
        "selfLink", "deletionGracePeriodSeconds", "resourceVersion"
    };
    struct value *metadata = value_get(tree, "metadata");
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        keep_from(req, value_get(before, "metadata"), metadata, ours[i]);
}

/* Of a status update nothing but the status counts. */
static void keep_all_but_status(struct request *req, const struct value *before, struct value *tree)
{
    struct value *managed = value_path(tree, "metadata.managedFields");
    static const char *const taken[] = { "kind", "apiVersion", "status" };
    struct value *result = value_copy(req->arena, before);
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        value_delete(result, taken[i]);
        value_set(req->arena, result, taken[i], value_get(tree, taken[i]));
    }
    struct value *metadata = value_get(result, "metadata");
    value_delete(metadata, "managedFields");
    value_set(req->arena, metadata, "managedFields", managed);
    *tree = *result;
}

static void count_generation(struct request *req, const struct value *before, struct value *tree)
{
    if (!strategy_of(req)->counts_generations ||
        value_equal(value_get(before, "spec"), value_get(tree, "spec")))
        return;
    struct value *metadata = value_get(tree, "metadata");
    value_set_int(req->arena, metadata, "generation",
                  value_integer(value_get(metadata, "generation"), 0) + 1);
}

/* Brings back from BEFORE what this endpoint does not write. */
static void keep_other_half(struct request *req, const struct value *before, struct value *tree)
{
    const struct strategy *strategy = strategy_of(req);
    if (is_status(req)) {
        keep_all_but_status(req, before, tree);
        if (strategy->on_status)
            strategy->on_status(req, before, tree);
        return;
    }
    if (req->target.resource->kind->has_status)
        keep_from(req, before, tree, "status");
    if (strategy->on_update)
        strategy->on_update(req, before, tree);
}

bool object_may_go(const struct resource *resource, const struct value *tree)
{
    const struct value *metadata = value_get(tree, "metadata");
    return value_get(metadata, "deletionTimestamp") && value_length(value_get(metadata, "finalizers")) == 0 &&
           value_integer(value_get(metadata, "deletionGracePeriodSeconds"), 0) == 0 &&
           !(resource->strategy->is_held && resource->strategy->is_held(tree));
}

struct error *object_remove(struct write *write, struct object *before)
{
    struct request *req = write->req;
    write->result = value_copy(req->arena, before->tree);
    if (write->options.dry_run)
        return NULL;
    struct object *last;
    TRY(collection_remove(req->target.resource->collection, before->namespace, before->name, before->version,
                          &last));
    write->result = last->tree;
    return NULL;
}

struct error *object_replace(struct write *write, struct object *before, struct value *tree)
{
    struct request *req = write->req;
    write->result = tree;
    if (write->options.dry_run)
        return NULL;
    struct object *stored;
    TRY(collection_replace(req->target.resource->collection, tree, before->version, &stored));
    write->result = stored->tree;
    if (!object_may_go(req->target.resource, stored->tree))
        return NULL;
    return object_remove(write, stored);
}

struct error *object_update(struct write *write, struct object *before, struct value *tree)
{
    struct request *req = write->req;
    TRY(check_identity(req, before, tree));
    keep_metadata(req, before->tree, tree);
    keep_other_half(req, before->tree, tree);
    TRY(object_admit(write, before->tree, tree));
    count_generation(req, before->tree, tree);
    schema_drop_gated(stored_version(req)->schema, tree, before->tree, rest_feature_is_on, req->server);
    TRY(object_check(write, tree, before->tree));
    object_track(write, before->tree, tree);
    if (value_equal(before->tree, tree)) {
        write->result = before->tree;
        return NULL;
    }
    return object_replace(write, before, tree);
}
