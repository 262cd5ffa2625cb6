/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what a request asks for, and ending it in the form that its client accepts.
 */
#include "driver/standalone/rest/request.h"

#include "api/base/time.h"
#include "api/base/utf8.h"
#include "api/value/json.h"
#include "api/value/json_duplicates.h"
#include "api/value/yaml.h"
#include "driver/standalone/rest/protobuf.h"
#include "driver/standalone/rest/status_error.h"
#include "driver/standalone/rest/versions.h"

enum { MAX_ANSWER_BYTES = 1 << 30, MAX_MANAGER_BYTES = 128 };

const struct schema *request_schema(const struct request *req)
{
    const struct schema_kind *kind = req->target.resource->kind;
    for (size_t i = 0; i < kind->n_versions; i++)
        if (strcmp(kind->versions[i].name, req->target.version) == 0)
            return kind->versions[i].schema;
    return kind->versions[0].schema;
}

const char *request_api_version(const struct request *req)
{
    return api_version_text(req->arena, req->target.resource->kind->group, req->target.version);
}

const char *request_time_text(const struct request *req)
{
    char text[TIME_TEXT_SIZE];
    time_format(req->now, text);
    return arena_strdup(req->arena, text);
}

/* --- what it asks for --- */

/* "kubectl/v1.33.1 (linux/amd64) ..." is kubectl. */
static const char *manager_of_agent(struct request *req)
{
    const char *agent = http_headers_get(req->exchange->headers, "User-Agent");
    size_t length = agent ? strcspn(agent, "/") : 0;
    return length ? arena_strndup(req->arena, agent, length < MAX_MANAGER_BYTES ? length : MAX_MANAGER_BYTES)
                  : "unknown";
}

static struct error *invalid_option(struct request *req, const char *field, const char *value,
                                    const char *supported)
{
    struct causes causes = { 0 };
    const char *message =
        arena_printf(req->arena, "Unsupported value: \"%s\": supported values: %s", value, supported);
    vec_push(&causes.list, (struct cause){ CAUSE_NOT_SUPPORTED, field, message });
    struct error *err = refuse_invalid(req, "meta.k8s.io", "PatchOptions", "", &causes);
    causes_done(&causes);
    return err;
}

static struct error *parse_validation(struct request *req, enum field_validation *out)
{
    static const char *const names[] = { "Ignore", "Warn", "Strict" };
    const char *text = query_get(&req->query, "fieldValidation");
    *out = VALIDATE_WARN;
    if (!text || !*text)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum field_validation)i;
            return NULL;
        }
    }
    return invalid_option(req, "fieldValidation", text, "\"Ignore\", \"Strict\", \"Warn\"");
}

struct error *request_write_options(struct request *req, struct write_options *out)
{
    struct write_options options = { .manager = query_get(&req->query, "fieldManager") };
    options.manager_given = options.manager && *options.manager;
    if (!options.manager_given)
        options.manager = manager_of_agent(req);
    const char *dry_run = query_get(&req->query, "dryRun");
    if (dry_run && *dry_run && strcmp(dry_run, "All") != 0)
        return invalid_option(req, "dryRun", dry_run, "\"All\"");
    options.dry_run = dry_run && *dry_run;
    TRY(query_get_bool(&req->query, "force", &options.force));
    TRY(parse_validation(req, &options.validation));
    if (strlen(options.manager) > MAX_MANAGER_BYTES || !utf8_is_valid(span_of(options.manager)))
        return refuse_bad_request(req, "fieldManager: Invalid value: must be text of at most %d bytes",
                                  MAX_MANAGER_BYTES);
    *out = options;
    return NULL;
}

static struct error *parse_yaml(struct request *req, struct value **out)
{
    value_vec documents = { 0 };
    struct error *err = yaml_parse(req->arena, "body", req->exchange->body, &documents);
    if (!err)
        *out = documents.length ? documents.items[0] : NULL;
    vec_done(&documents);
    return err;
}

static void find_duplicates(struct request *req, struct schema_complaints *complaints)
{
    struct json_duplicates duplicates = { 0 };
    json_duplicates_find(req->exchange->body, &duplicates);
    for (size_t i = 0; i < duplicates.length; i++) {
        char *text = NULL;
        if (asprintf(&text, "duplicate field \"%s\"", duplicates.items[i].path) > 0)
            vec_push(&complaints->texts, text);
    }
    json_duplicates_done(&duplicates);
}

/* Puts what a real server says in front of a parser's message. */
static struct error *unreadable(struct request *req, struct error *err)
{
    if (!err || err->number)
        return err;
    const struct resource *resource = req->target.resource;
    struct error *refusal = refuse_bad_request(req,
                                               "the object provided is unrecognized (must be of type %s): "
                                               "couldn't get version/kind; json parse error: %s",
                                               resource ? resource->kind->kind : "object", err->text);
    error_free(err);
    return refusal;
}

struct error *request_body(struct request *req, struct schema_complaints *complaints, struct value **out)
{
    struct span body = req->exchange->body;
    *out = NULL;
    if (body.length == 0)
        return NULL;
    switch (negotiate_body(http_headers_get(req->exchange->headers, "Content-Type"))) {
    case BODY_JSON:
    case BODY_JSON_PATCH:
    case BODY_MERGE_PATCH:
    case BODY_STRATEGIC_PATCH:
        TRY(unreadable(req, json_parse(req->arena, body, 0, out)));
        if (complaints)
            find_duplicates(req, complaints);
        return NULL;
    case BODY_YAML:
    case BODY_APPLY: return unreadable(req, parse_yaml(req, out));
    case BODY_PROTOBUF: return protobuf_decode(req->arena, body, out);
    case BODY_UNKNOWN: break;
    }
    return refuse_request(req, 415, "UnsupportedMediaType",
                          "the body of the request was in an unknown format - accepted media types include: "
                          "application/json, application/yaml, application/vnd.kubernetes.protobuf");
}

void request_warn(struct request *req, const char *text)
{
    cleanup_buf struct buf header = BUF_INIT(MAX_HEADER_BYTES);
    buf_add(&header, "299 - \"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_add_char(&header, '\\');
        buf_add_char(&header, *text);
    }
    buf_add_char(&header, '"');
    http_headers_put(&req->exchange->response, "Warning", buf_text(&header));
}

/* --- the end --- */

void request_free(struct request *req)
{
    arena_free(req->arena);
}

void request_reply_text(struct request *req, int code, const char *content_type, struct span text)
{
    http_respond(req->exchange, code, content_type, text);
    request_free(req);
}

static void reply_tree(struct request *req, int code, const char *content_type, const struct value *tree,
                       void write(struct buf *out, const struct value *value))
{
    cleanup_buf struct buf text = BUF_INIT(MAX_ANSWER_BYTES);
    write(&text, tree);
    buf_add_char(&text, '\n');
    http_respond(req->exchange, code, content_type, buf_span(&text));
    request_free(req);
}

void request_reply(struct request *req, int code, const struct value *tree)
{
    if (req->answer.yaml)
        reply_tree(req, code, "application/yaml", tree, yaml_write);
    else
        reply_tree(req, code, "application/json", tree, json_write);
}

void request_reply_typed(struct request *req, const char *content_type, const struct value *tree)
{
    reply_tree(req, 200, content_type, tree, json_write);
}

void request_reply_error(struct request *req, struct error *err)
{
    struct value *status = status_of_error(req, err);
    const struct value *retry = value_path(status, "details.retryAfterSeconds");
    if (retry)
        http_headers_put(&req->exchange->response, "Retry-After",
                         arena_printf(req->arena, "%lld", (long long)value_integer(retry, 1)));
    error_free(err);
    request_reply(req, status_code(status), status);
}

struct value *request_present(const struct request *req, const struct value *object)
{
    return version_from_stored(req->arena, req->target.resource->kind, req->target.version, object);
}

enum table_include request_table_include(const struct request *req)
{
    const char *text = query_get(&req->query, "includeObject");
    if (text && strcmp(text, "Object") == 0)
        return TABLE_INCLUDE_OBJECT;
    return text && strcmp(text, "None") == 0 ? TABLE_INCLUDE_NONE : TABLE_INCLUDE_METADATA;
}

struct value *request_shape(const struct request *req, struct value *presented, bool definitions)
{
    struct value *table;
    switch (req->answer.form) {
    case ANSWER_OBJECT: return presented;
    case ANSWER_METADATA: return partial_metadata(req->arena, presented);
    case ANSWER_TABLE:
        table = table_new(req->arena, req->answer.version, req->target.resource->columns, definitions);
        table_add(&(struct table_context){ req->arena, req->now }, table, req->target.resource->columns,
                  presented, request_table_include(req));
        value_set_text(req->arena, value_child(req->arena, table, "metadata"), "resourceVersion",
                       value_path_string(presented, "metadata.resourceVersion"));
        return table;
    }
    return presented;
}

void request_reply_object(struct request *req, int code, const struct value *object)
{
    request_reply(req, code, request_shape(req, request_present(req, object), true));
}
