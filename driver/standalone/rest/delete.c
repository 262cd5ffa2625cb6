/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a delete makes of an object is decided first (deletionTimestamp, grace, finalizers that the
 * propagation policy asks for); if nothing holds the outcome, the object goes instead.
 */
#include "driver/standalone/rest/delete.h"

#include "api/base/time.h"
#include "driver/standalone/rest/objects.h"
#include "driver/standalone/rest/read.h"
#include "driver/standalone/rest/status_error.h"

enum { MICROS = 1000000 };

/* --- options: of the body, else of the query --- */

static const char *option_text(const struct request *req, const struct value *options, const char *name)
{
    const char *text = value_string(value_get(options, name));
    return text ? text : query_get(&req->query, name);
}

static struct error *option_grace(struct request *req, const struct value *options, int64_t *out)
{
    const struct value *given = value_get(options, "gracePeriodSeconds");
    const char *text = query_get(&req->query, "gracePeriodSeconds");
    char *end = NULL;
    *out = -1;
    if (value_is(given, VALUE_INT))
        *out = given->integer;
    else if (text && *text)
        *out = strtoll(text, &end, 10);
    else
        return NULL;
    if (*out < 0 || (end && *end))
        return refuse_bad_request(req,
                                  "gracePeriodSeconds: Invalid value: must be greater than or equal to 0");
    return NULL;
}

static bool option_dry_run(const struct value *options)
{
    const char *first = value_string(value_at(value_get(options, "dryRun"), 0));
    return first && strcmp(first, "All") == 0;
}

/* --- one object --- */

static bool has_finalizer(const struct value *metadata, const char *name)
{
    value_each (value_get(metadata, "finalizers"), finalizer)
        if (span_is(finalizer->string, name))
            return true;
    return false;
}

/* What propagationPolicy asks the garbage collector to do first stands as a finalizer. */
static struct error *add_propagation(struct request *req, const struct value *options, struct value *metadata)
{
    static const struct {
        const char *policy, *finalizer;
    } rows[] = { { "Background", NULL }, { "Foreground", "foregroundDeletion" }, { "Orphan", "orphan" } };
    const char *policy = option_text(req, options, "propagationPolicy");
    if (!policy || !*policy)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(policy, rows[i].policy) != 0)
            continue;
        if (rows[i].finalizer && !has_finalizer(metadata, rows[i].finalizer))
            value_append(req->arena, value_child_list(req->arena, metadata, "finalizers"),
                         value_text(req->arena, rows[i].finalizer));
        return NULL;
    }
    return refuse_bad_request(
        req, "propagationPolicy: Invalid value: \"%s\": must be Background, Foreground or Orphan", policy);
}

static const char *time_after(struct request *req, int64_t seconds)
{
    char text[TIME_TEXT_SIZE];
    time_format(req->now + seconds * MICROS, text);
    return arena_strdup(req->arena, text);
}

/* TREE as it is once its deletion has begun. A second delete may only shorten the grace. */
static void begin_deletion(struct request *req, struct value *tree, int64_t grace)
{
    const struct strategy *strategy = req->target.resource->strategy;
    struct value *metadata = value_get(tree, "metadata");
    bool begun = value_get(metadata, "deletionTimestamp") != NULL;
    int64_t now = value_integer(value_get(metadata, "deletionGracePeriodSeconds"), 0);
    if (begun && grace >= now)
        return;
    value_set_text(req->arena, metadata, "deletionTimestamp", time_after(req, grace));
    value_set_int(req->arena, metadata, "deletionGracePeriodSeconds", grace);
    if (!begun && value_get(metadata, "generation"))
        value_set_int(req->arena, metadata, "generation",
                      value_integer(value_get(metadata, "generation"), 0) + 1);
    if (!begun && strategy->on_deleting)
        strategy->on_deleting(req, tree);
}

static struct error *check_delete_preconditions(struct request *req, const struct value *object,
                                                const struct value *preconditions)
{
    static const struct {
        const char *word, *name, *path, *happened;
    } rows[] = { { "UID", "uid", "metadata.uid", "deleted and then recreated" },
                 { "ResourceVersion", "resourceVersion", "metadata.resourceVersion", "modified" } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *want = value_string(value_get(preconditions, rows[i].name));
        const char *have = value_path_string(object, rows[i].path);
        if (want && strcmp(want, have) != 0)
            return refuse_delete(
                req, value_path_string(object, "metadata.name"),
                arena_printf(req->arena,
                             "the %s in the precondition (%s) does not match the %s in record "
                             "(%s). The object might have been %s",
                             rows[i].word, want, rows[i].word, have, rows[i].happened));
    }
    return NULL;
}

/* Deletes BEFORE, or begins to; WRITE's result is its last state. *ENDED says which. */
static struct error *object_delete(struct write *write, struct object *before, const struct value *options,
                                   bool *ended)
{
    struct request *req = write->req;
    const struct strategy *strategy = req->target.resource->strategy;
    int64_t asked;
    TRY(check_delete_preconditions(req, before->tree, value_get(options, "preconditions")));
    if (strategy->admit_delete)
        TRY(strategy->admit_delete(req, before->tree));
    TRY(option_grace(req, options, &asked));
    int64_t grace = strategy->grace_seconds ? strategy->grace_seconds(before->tree, asked) : 0;
    struct value *tree = value_copy(req->arena, before->tree);
    TRY(add_propagation(req, options, value_get(tree, "metadata")));
    begin_deletion(req, tree, grace);
    *ended = object_may_go(req->target.resource, tree);
    if (*ended)
        return object_remove(write, before);
    write->result = before->tree;
    return value_equal(before->tree, tree) ? NULL : object_replace(write, before, tree);
}

static struct value *status_deleted(struct request *req, const struct value *object)
{
    struct arena *arena = req->arena;
    const struct schema_kind *kind = req->target.resource->kind;
    struct value *status = value_object(arena);
    value_set_text(arena, status, "kind", "Status");
    value_set_text(arena, status, "apiVersion", "v1");
    value_set(arena, status, "metadata", value_object(arena));
    value_set_text(arena, status, "status", "Success");
    struct value *details = value_child(arena, status, "details");
    value_set_text(arena, details, "name", value_path_string(object, "metadata.name"));
    value_set_text(arena, details, "group", *kind->group ? kind->group : NULL);
    value_set_text(arena, details, "kind", kind->plural);
    value_set_text(arena, details, "uid", value_path_string(object, "metadata.uid"));
    return status;
}

struct error *delete_object(struct request *req, const struct value *options)
{
    struct write write = { .req = req };
    struct object *before;
    bool ended;
    TRY(request_write_options(req, &write.options));
    write.options.dry_run |= option_dry_run(options);
    TRY(target_object(req, &before));
    TRY(object_delete(&write, before, options, &ended));
    if (ended && !req->target.resource->strategy->answers_deleted)
        request_reply(req, 200, status_deleted(req, write.result));
    else
        request_reply_object(req, 200, write.result);
    return NULL;
}

struct error *serve_delete(struct request *req)
{
    struct value *options;
    TRY(request_body(req, NULL, &options));
    return delete_object(req, options);
}

/* --- many --- */

struct error *serve_delete_collection(struct request *req)
{
    struct write write = { .req = req };
    struct selection selection;
    struct value *options;
    struct span namespace = { req->target.namespace,
                              req->target.namespace ? strlen(req->target.namespace) : 0 };
    TRY(request_body(req, NULL, &options));
    TRY(request_write_options(req, &write.options));
    write.options.dry_run |= option_dry_run(options);
    TRY(selection_parse(req, &selection));
    cleanup_snapshot struct snapshot all = { 0 };
    TRY(collection_list(req->target.resource->collection, 0, namespace, &all));
    struct value *items = value_list(req->arena);
    vec_each (&all.objects, object) {
        bool ended;
        if (!selection_has(&selection, (*object)->tree))
            continue;
        TRY(object_delete(&write, *object, options, &ended));
        value_append(req->arena, items, value_copy(req->arena, request_present(req, write.result)));
    }
    struct value *list = value_object(req->arena);
    value_set_text(req->arena, list, "kind",
                   arena_printf(req->arena, "%sList", req->target.resource->kind->kind));
    value_set_text(req->arena, list, "apiVersion", request_api_version(req));
    value_set(req->arena, list, "metadata", value_object(req->arena));
    value_set(req->arena, list, "items", items);
    request_reply(req, 200, list);
    return NULL;
}
