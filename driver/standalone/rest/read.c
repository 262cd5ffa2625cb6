/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list that comes in pages is one state of the collection: the token that continues it carries the version
 * of the first page, and the store knows what the collection was then.
 */
#include "driver/standalone/rest/read.h"

#include "api/value/json.h"
#include "driver/kube/base64.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"

#include <inttypes.h>

enum { MAX_TOKEN_BYTES = 4096 };

/* --- one --- */

struct error *target_object(struct request *req, struct object **out)
{
    const struct target *target = &req->target;
    *out = collection_find(target->resource->collection, span_of(target->namespace ? target->namespace : ""),
                           span_of(target->name));
    return *out ? NULL : refuse_not_found(req, target->name);
}

struct error *serve_get(struct request *req)
{
    struct object *object;
    TRY(target_object(req, &object));
    request_reply_object(req, 200, object->tree);
    return NULL;
}

/* --- what is selected --- */

struct error *selection_parse(struct request *req, struct selection *out)
{
    const char *labels = query_get(&req->query, "labelSelector");
    const char *fields = query_get(&req->query, "fieldSelector");
    TRY(label_selector_parse(req->arena, labels, &out->labels));
    return field_selector_parse(req->arena, fields, req->target.resource->fields, &out->fields);
}

bool selection_has(const struct selection *selection, const struct value *object)
{
    return label_selector_matches(selection->labels, object) &&
           field_selector_matches(selection->fields, object);
}

/* --- versions --- */

static struct error *parse_number(struct request *req, const char *name, int64_t *out)
{
    const char *text = query_get(&req->query, name);
    char *end = NULL;
    *out = 0;
    if (!text || !*text)
        return NULL;
    *out = strtoll(text, &end, 10);
    if (*end || *out < 0)
        return refuse_bad_request(req, "Invalid value: \"%s\": %s must be a number that is not negative",
                                  text, name);
    return NULL;
}

struct error *parse_version(struct request *req, int64_t *out, bool *given)
{
    const char *text = query_get(&req->query, "resourceVersion");
    *given = text && *text;
    return parse_number(req, "resourceVersion", out);
}

struct error *check_version_reached(struct request *req, int64_t version)
{
    int64_t current = store_version(rest_store(req->server));
    if (version <= current)
        return NULL;
    struct error *err = refuse_request(
        req, 504, "Timeout", "Too large resource version: %" PRId64 ", current: %" PRId64, version, current);
    refusal_add_cause(req, "ResourceVersionTooLarge", "Too large resource version", NULL);
    refusal_set_retry(req, 1);
    return err;
}

/* --- pages --- */

struct page {
    int64_t version;                          /* 0: now */
    int64_t limit;                            /* 0: no limit */
    const char *after_namespace, *after_name; /* continues behind this one */
};

static const char *token_make(struct request *req, int64_t version, const struct object *last)
{
    struct value *token = value_object(req->arena);
    value_set_text(req->arena, token, "v", "meta.k8s.io/v1");
    value_set_int(req->arena, token, "rv", version);
    value_set(req->arena, token, "namespace", value_span(req->arena, last->namespace));
    value_set(req->arena, token, "name", value_span(req->arena, last->name));
    cleanup_buf struct buf text = BUF_INIT(MAX_TOKEN_BYTES), encoded = BUF_INIT(MAX_TOKEN_BYTES);
    json_write(&text, token);
    base64_encode(buf_span(&text), &encoded);
    return arena_strdup(req->arena, buf_text(&encoded));
}

static struct error *token_parse(struct request *req, const char *token, struct page *page)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_TOKEN_BYTES);
    struct value *tree = NULL;
    struct error *err = base64_decode(span_of(token), &text);
    if (!err)
        err = json_parse(req->arena, buf_span(&text), 0, &tree);
    if (err) {
        struct error *refusal = refuse_bad_request(req, "continue key is not valid: %s", err->text);
        error_free(err);
        return refusal;
    }
    page->version = value_integer(value_get(tree, "rv"), 0);
    page->after_namespace = value_string(value_get(tree, "namespace"));
    page->after_name = value_string(value_get(tree, "name"));
    if (page->version <= 0 || !page->after_namespace || !page->after_name)
        return refuse_bad_request(req, "continue key is not valid: incomplete");
    return NULL;
}

static struct error *page_parse(struct request *req, struct page *page)
{
    bool has_version;
    int64_t version;
    const char *token = query_get(&req->query, "continue");
    const char *match = query_get(&req->query, "resourceVersionMatch");
    TRY(parse_number(req, "limit", &page->limit));
    TRY(parse_version(req, &version, &has_version));
    if (token && *token) {
        if (has_version && version != 0)
            return refuse_bad_request(req, "specifying resource version is not allowed when using continue");
        return token_parse(req, token, page);
    }
    if (match && *match && !has_version)
        return refuse_bad_request(req,
                                  "resourceVersionMatch is forbidden unless resourceVersion is provided");
    TRY(check_version_reached(req, version));
    bool exact = match && strcmp(match, "Exact") == 0;
    page->version = exact ? version : 0;
    return NULL;
}

static bool is_behind(const struct page *page, const struct object *object)
{
    return !page->after_name ||
           object_compare(object, span_of(page->after_namespace), span_of(page->after_name)) > 0;
}

static struct error *take_snapshot(struct request *req, const struct page *page, struct snapshot *out)
{
    const struct target *target = &req->target;
    struct span namespace = { target->namespace, target->namespace ? strlen(target->namespace) : 0 };
    struct error *err = collection_list(target->resource->collection, page->version, namespace, out);
    if (!err || err->kind != ERROR_EXHAUSTED)
        return err;
    error_free(err);
    return refuse_request(
        req, 410, "Expired",
        "The provided continue parameter is too old to display a consistent list result. You must "
        "start a new list without the continue parameter.");
}

/* The selected part of SNAPSHOT; *N_LEFT is how many more there are behind the page. */
static void page_fill(const struct page *page, const struct selection *selection,
                      const struct snapshot *snapshot, struct snapshot *out, size_t *n_left)
{
    *n_left = 0;
    for (size_t i = 0; i < snapshot->objects.length; i++) {
        struct object *object = snapshot->objects.items[i];
        if (!is_behind(page, object) || !selection_has(selection, object->tree))
            continue;
        if (page->limit && out->objects.length >= (size_t)page->limit)
            ++*n_left;
        else
            vec_push(&out->objects, object_ref(object));
    }
    out->version = snapshot->version;
}

static struct value *list_metadata(struct request *req, const struct page *page,
                                   const struct selection *selection, const struct snapshot *part,
                                   size_t n_left)
{
    struct value *metadata = value_object(req->arena);
    value_set_text(req->arena, metadata, "resourceVersion",
                   arena_printf(req->arena, "%" PRId64, part->version));
    if (!page->limit || !n_left)
        return metadata;
    value_set_text(req->arena, metadata, "continue",
                   token_make(req, part->version, *vec_last(&part->objects)));
    if (!selection->labels && !selection->fields)
        value_set_int(req->arena, metadata, "remainingItemCount", (int64_t)n_left);
    return metadata;
}

static struct value *table_of(struct request *req, const struct snapshot *part)
{
    const struct table_column *columns = req->target.resource->columns;
    const struct table_context context = { req->arena, req->now };
    struct value *table = table_new(req->arena, req->answer.version, columns, true);
    for (size_t i = 0; i < part->objects.length; i++)
        table_add(&context, table, columns, request_present(req, part->objects.items[i]->tree),
                  request_table_include(req));
    return table;
}

/* Items of a list do not repeat their kind. */
static struct value *items_of(struct request *req, const struct snapshot *part)
{
    struct value *items = value_list(req->arena);
    for (size_t i = 0; i < part->objects.length; i++) {
        struct value *item = request_present(req, part->objects.items[i]->tree);
        if (req->answer.form == ANSWER_METADATA) {
            item = partial_metadata(req->arena, item);
        } else {
            value_delete(item, "kind");
            value_delete(item, "apiVersion");
        }
        value_append(req->arena, items, item);
    }
    return items;
}

static struct value *list_new(struct request *req, const struct snapshot *part, struct value *metadata)
{
    if (req->answer.form == ANSWER_TABLE) {
        struct value *table = table_of(req, part);
        value_set(req->arena, table, "metadata", metadata);
        return table;
    }
    bool partial = req->answer.form == ANSWER_METADATA;
    struct value *list = value_object(req->arena);
    value_set_text(req->arena, list, "kind",
                   partial ? "PartialObjectMetadataList"
                           : arena_printf(req->arena, "%sList", req->target.resource->kind->kind));
    value_set_text(req->arena, list, "apiVersion", partial ? req->answer.version : request_api_version(req));
    value_set(req->arena, list, "metadata", metadata);
    value_set(req->arena, list, "items", items_of(req, part));
    return list;
}

struct error *serve_list(struct request *req)
{
    struct page page = { 0 };
    struct selection selection;
    TRY(page_parse(req, &page));
    TRY(selection_parse(req, &selection));
    cleanup_snapshot struct snapshot all = { 0 };
    TRY(take_snapshot(req, &page, &all));
    cleanup_snapshot struct snapshot part = { 0 };
    size_t n_left;
    page_fill(&page, &selection, &all, &part, &n_left);
    request_reply(req, 200, list_new(req, &part, list_metadata(req, &page, &selection, &part, n_left)));
    return NULL;
}
