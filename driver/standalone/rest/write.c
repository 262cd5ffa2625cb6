/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bodies to objects. A body is checked against the table of the version that it is written in, its
 * complaints refused, reported or ignored as ?fieldValidation= says, and then brought into the stored
 * version.
 */
#include "driver/standalone/rest/write.h"

#include "api/base/utf8.h"
#include "driver/standalone/patch/apply.h"
#include "driver/standalone/patch/patch.h"
#include "driver/standalone/rest/objects.h"
#include "driver/standalone/rest/read.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"
#include "driver/standalone/rest/versions.h"

enum { MAX_WARNINGS = 50, MAX_SHOWN_PATCH_BYTES = 4096 };

/* --- what the body is --- */

static struct error *cannot_be_handled(struct request *req, const char *why)
{
    const struct schema_kind *kind = req->target.resource->kind;
    return refuse_bad_request(req, "%s in version \"%s\" cannot be handled as a %s: %s", kind->kind,
                              req->target.version, kind->kind, why);
}

/* Takes the complaints to whom they belong. A refusal is the caller's to word. */
static struct error *settle_complaints(struct write *write, const struct schema_complaints *complaints)
{
    switch (write->options.validation) {
    case VALIDATE_IGNORE: return NULL;
    case VALIDATE_WARN:
        for (size_t i = 0; i < complaints->texts.length && i < MAX_WARNINGS; i++)
            request_warn(write->req, complaints->texts.items[i]);
        return NULL;
    case VALIDATE_STRICT: return schema_complaints_error(complaints);
    }
    return NULL;
}

static struct error *reword(struct request *req, struct error *err)
{
    if (!err)
        return NULL;
    struct error *refusal = cannot_be_handled(req, err->text);
    error_free(err);
    return refusal;
}

/* The kind that the body names, if it names one, must be the path's. */
static struct error *check_kind(struct request *req, const struct value *tree)
{
    const struct schema_kind *kind = req->target.resource->kind;
    const char *api_version = value_string(value_get(tree, "apiVersion"));
    const char *name = value_string(value_get(tree, "kind"));
    if (!value_is(tree, VALUE_OBJECT))
        return refuse_bad_request(
            req, "the object provided is unrecognized (must be of type %s): expected an object, got %s",
            kind->kind, value_type_name(tree->type));
    if (name && *name && strcmp(name, kind->kind) != 0)
        return refuse_bad_request(
            req, "%s in version \"%s\" cannot be handled as a %s: no kind \"%s\" is expected here", name,
            api_version ? api_version : "", kind->kind, name);
    if (api_version && *api_version && strcmp(api_version, request_api_version(req)) != 0)
        return refuse_bad_request(
            req, "the API version in the data (%s) does not match the expected API version (%s)", api_version,
            request_api_version(req));
    return NULL;
}

/* TREE, written in the request's version, becomes a clean object in the stored one. */
static struct error *object_accept(struct write *write, struct value *tree,
                                   struct schema_complaints *complaints)
{
    struct request *req = write->req;
    TRY(check_kind(req, tree));
    TRY(reword(req, schema_check(request_schema(req), tree, complaints)));
    TRY(reword(req, settle_complaints(write, complaints)));
    schema_prune(request_schema(req), req->arena, tree);
    value_set_text(req->arena, tree, "kind", req->target.resource->kind->kind);
    version_to_stored(req->arena, req->target.resource->kind, req->target.version, tree);
    return NULL;
}

static struct error *read_object(struct write *write, struct value **out)
{
    struct request *req = write->req;
    struct schema_complaints complaints = { 0 };
    struct error *err = request_body(req, &complaints, out);
    if (!err && !*out)
        err = refuse_bad_request(
            req, "the object provided is unrecognized (must be of type %s): the body is empty",
            req->target.resource->kind->kind);
    if (!err)
        err = object_accept(write, *out, &complaints);
    schema_complaints_done(&complaints);
    return err;
}

static struct error *write_start(struct request *req, struct write *write)
{
    *write = (struct write){ .req = req };
    return request_write_options(req, &write->options);
}

/* --- create and update --- */

struct error *serve_create(struct request *req)
{
    struct write write;
    struct value *tree;
    TRY(write_start(req, &write));
    TRY(read_object(&write, &tree));
    TRY(object_create(&write, tree));
    request_reply_object(req, 201, write.result);
    return NULL;
}

static struct object *find_object(const struct request *req)
{
    const struct target *target = &req->target;
    return collection_find(target->resource->collection, span_of(target->namespace ? target->namespace : ""),
                           span_of(target->name));
}

static struct error *create_by_name(struct write *write, struct value *tree)
{
    struct request *req = write->req;
    const char *name = value_path_string(tree, "metadata.name");
    if (name && strcmp(name, req->target.name) != 0)
        return refuse_bad_request(req, "the name of the object (%s) does not match the name on the URL (%s)",
                                  name, req->target.name);
    value_set_text(req->arena, value_child(req->arena, tree, "metadata"), "name", req->target.name);
    TRY(object_create(write, tree));
    request_reply_object(req, 201, write->result);
    return NULL;
}

struct error *serve_update(struct request *req)
{
    struct write write;
    struct value *tree;
    TRY(write_start(req, &write));
    TRY(read_object(&write, &tree));
    struct object *before = find_object(req);
    if (!before && req->target.resource->strategy->put_creates && !req->target.subresource)
        return create_by_name(&write, tree);
    TRY(target_object(req, &before));
    TRY(object_update(&write, before, tree));
    request_reply_object(req, 200, write.result);
    return NULL;
}

/* --- patch --- */

static struct error *refuse_patch_options(struct request *req, enum cause_type type, const char *field,
                                          const char *message)
{
    struct causes causes = { 0 };
    vec_push(&causes.list, (struct cause){ type, field, message });
    struct error *err = refuse_invalid(req, "meta.k8s.io", "PatchOptions", "", &causes);
    causes_done(&causes);
    return err;
}

/* An apply names the object in its body, too. */
static struct error *check_applied_name(struct request *req, const struct value *config)
{
    const char *name = value_path_string(config, "metadata.name");
    if (!name || !*name)
        return refuse_nameless(req);
    if (strcmp(name, req->target.name) != 0)
        return refuse_bad_request(req, "the name of the object (%s) does not match the name on the URL (%s)",
                                  name, req->target.name);
    return NULL;
}

static struct error *refuse_apply(struct request *req, struct error *err,
                                  const struct apply_conflicts *conflicts)
{
    if (!err || err->kind != ERROR_CONFLICT)
        return err;
    struct error *refusal = refuse_request(req, 409, "Conflict", "%s", err->text);
    for (size_t i = 0; i < conflicts->length; i++)
        refusal_add_cause(req, "FieldManagerConflict", conflicts->items[i].message,
                          conflicts->items[i].field);
    error_free(err);
    return refusal;
}

static struct error *serve_apply(struct write *write)
{
    struct request *req = write->req;
    struct value *config, *result;
    if (!write->options.manager_given)
        return refuse_patch_options(req, CAUSE_REQUIRED, "fieldManager",
                                    "Required value: is required for apply patch");
    TRY(read_object(write, &config));
    TRY(check_applied_name(req, config));
    struct object *before = find_object(req);
    if (!before && req->target.subresource)
        return refuse_not_found(req, req->target.name);
    struct apply_conflicts conflicts = { 0 };
    const struct field_writer writer = write_tracker(write);
    TRY(refuse_apply(req,
                     apply_configuration(req->arena, &writer, before ? before->tree : NULL, config,
                                         write->options.force, &result, &conflicts),
                     &conflicts));
    write->applied = true;
    if (!before)
        return create_by_name(write, result);
    TRY(object_update(write, before, result));
    request_reply_object(req, 200, write->result);
    return NULL;
}

/* The patched object in the request's version. */
static struct error *patch_apply(struct request *req, enum body_type type, const struct value *live,
                                 const struct value *patch, struct value **out)
{
    struct value *document = value_copy(req->arena, request_present(req, live));
    switch (type) {
    case BODY_JSON_PATCH: return json_patch_apply(req->arena, document, patch, out);
    case BODY_MERGE_PATCH: *out = merge_patch_apply(req->arena, document, patch); return NULL;
    case BODY_STRATEGIC_PATCH:
        return strategic_patch_apply(req->arena, request_schema(req), document, patch, out);
    case BODY_JSON:
    case BODY_YAML:
    case BODY_PROTOBUF:
    case BODY_APPLY:
    case BODY_UNKNOWN: break;
    }
    return error_internal("a patch of no known type");
}

/* What is wrong with the outcome of a patch is said about the patch. */
static struct error *reword_patch(struct request *req, struct error *err)
{
    if (!err)
        return NULL;
    struct causes causes = { 0 };
    struct span shown = utf8_truncate(req->exchange->body, MAX_SHOWN_PATCH_BYTES);
    const char *message =
        arena_printf(req->arena, "Invalid value: \"" SPAN_FMT "\": %s", SPAN_ARG(shown), err->text);
    vec_push(&causes.list, (struct cause){ CAUSE_INVALID, "patch", message });
    struct error *refusal = refuse_invalid(req, "", "", "", &causes);
    causes_done(&causes);
    error_free(err);
    return refusal;
}

static struct error *accept_patched(struct write *write, struct value *tree,
                                    struct schema_complaints *complaints)
{
    struct request *req = write->req;
    TRY(reword(req, schema_check(request_schema(req), tree, complaints)));
    TRY(reword_patch(req, settle_complaints(write, complaints)));
    schema_prune(request_schema(req), req->arena, tree);
    version_to_stored(req->arena, req->target.resource->kind, req->target.version, tree);
    return NULL;
}

static struct error *read_patched(struct write *write, enum body_type type, const struct value *live,
                                  struct value **out)
{
    struct request *req = write->req;
    struct schema_complaints complaints = { 0 };
    struct value *patch = NULL;
    struct error *err = request_body(req, &complaints, &patch);
    if (!err && !patch)
        err = refuse_bad_request(req, "the patch is empty");
    if (!err)
        err = patch_apply(req, type, live, patch, out);
    if (!err && !value_is(*out, VALUE_OBJECT))
        err = refuse_bad_request(req, "the patch makes something else than an object");
    if (!err)
        err = accept_patched(write, *out, &complaints);
    schema_complaints_done(&complaints);
    return err;
}

struct error *serve_patch(struct request *req)
{
    struct write write;
    TRY(write_start(req, &write));
    enum body_type type = negotiate_body(http_headers_get(req->exchange->headers, "Content-Type"));
    if (type == BODY_APPLY)
        return serve_apply(&write);
    if (type != BODY_JSON_PATCH && type != BODY_MERGE_PATCH && type != BODY_STRATEGIC_PATCH)
        return refuse_request(req, 415, "UnsupportedMediaType", "415: Unsupported Media Type");
    if (query_get(&req->query, "force"))
        return refuse_patch_options(req, CAUSE_FORBIDDEN, "force",
                                    "Forbidden: may not be specified for non-apply patch");
    struct object *before;
    struct value *tree;
    TRY(target_object(req, &before));
    TRY(read_patched(&write, type, before->tree, &tree));
    TRY(object_update(&write, before, tree));
    request_reply_object(req, 200, write.result);
    return NULL;
}
