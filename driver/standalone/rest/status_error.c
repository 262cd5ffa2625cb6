/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Status has kind and group of the resource in its details, except for Invalid, where the kind is a
 * Kind.
 */
#include "driver/standalone/rest/status_error.h"

static struct value *status_new(struct arena *arena, int code, const char *reason, const char *message)
{
    struct value *status = value_object(arena);
    value_set_text(arena, status, "kind", "Status");
    value_set_text(arena, status, "apiVersion", "v1");
    value_set(arena, status, "metadata", value_object(arena));
    value_set_text(arena, status, "status", "Failure");
    value_set_text(arena, status, "message", message);
    value_set_text(arena, status, "reason", reason);
    value_set_int(arena, status, "code", code);
    return status;
}

/* The code is last, as a real server has it. */
static struct value *status_details(struct arena *arena, struct value *status)
{
    struct value *code = value_get(status, "code");
    struct value *details = value_child(arena, status, "details");
    value_delete(status, "code");
    value_set(arena, status, "code", code);
    return details;
}

static enum error_kind kind_of_code(int code)
{
    switch (code) {
    case 401:
    case 403: return ERROR_DENIED;
    case 404: return ERROR_NOT_FOUND;
    case 409: return ERROR_CONFLICT;
    case 410: return ERROR_EXHAUSTED;
    case 429:
    case 503:
    case 504: return ERROR_UNAVAILABLE;
    default: return code >= 500 ? ERROR_INTERNAL : ERROR_INVALID;
    }
}

static struct error *refuse_with(struct request *req, int code, const char *reason, const char *message)
{
    req->refusal = status_new(req->arena, code, reason, message);
    return error_make(__FILE__, __LINE__, kind_of_code(code), code, "%s", message);
}

static const char *format_text(struct request *req, const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    const char *kept = arena_strdup(req->arena, text ? text : format);
    free(text);
    return kept;
}

struct error *refuse_request(struct request *req, int code, const char *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = format_text(req, format, args);
    va_end(args);
    return refuse_with(req, code, reason, message);
}

struct error *refuse_bad_request(struct request *req, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = format_text(req, format, args);
    va_end(args);
    return refuse_with(req, 400, "BadRequest", message);
}

struct error *refuse_nameless(struct request *req)
{
    return refuse_bad_request(
        req, "the name of the object (%s based on URL) was undeterminable: name must be provided",
        req->target.name);
}

/* "resourceclaims.resource.k8s.io", "pods" */
static const char *qualified(struct arena *arena, const char *group, const char *word)
{
    return *group ? arena_printf(arena, "%s.%s", word, group) : word;
}

static void set_details(struct request *req, const char *group, const char *kind, const char *name)
{
    struct value *details = status_details(req->arena, req->refusal);
    value_set_text(req->arena, details, "name", name && *name ? name : NULL);
    value_set_text(req->arena, details, "group", *group ? group : NULL);
    value_set_text(req->arena, details, "kind", kind);
}

static struct error *refuse_about(struct request *req, int code, const char *reason, const char *name,
                                  const char *message)
{
    const struct schema_kind *kind = req->target.resource->kind;
    struct error *err = refuse_with(req, code, reason, message);
    set_details(req, kind->group, kind->plural, name);
    return err;
}

static const char *target_words(struct request *req)
{
    const struct schema_kind *kind = req->target.resource->kind;
    return qualified(req->arena, kind->group, kind->plural);
}

struct error *refuse_not_found_in(struct request *req, const char *group, const char *plural,
                                  const char *name)
{
    const char *words = qualified(req->arena, group, plural);
    struct error *err =
        refuse_with(req, 404, "NotFound", arena_printf(req->arena, "%s \"%s\" not found", words, name));
    set_details(req, group, plural, name);
    return err;
}

struct error *refuse_not_found(struct request *req, const char *name)
{
    const struct schema_kind *kind = req->target.resource->kind;
    return refuse_not_found_in(req, kind->group, kind->plural, name);
}

struct error *refuse_exists(struct request *req, const char *name)
{
    return refuse_about(req, 409, "AlreadyExists", name,
                        arena_printf(req->arena, "%s \"%s\" already exists", target_words(req), name));
}

struct error *refuse_conflict(struct request *req, const char *name, const char *why)
{
    return refuse_about(req, 409, "Conflict", name,
                        arena_printf(req->arena, "Operation cannot be fulfilled on %s \"%s\": %s",
                                     target_words(req), name, why));
}

/* The one conflict in which upstream names the Kind, not the resource. */
struct error *refuse_delete(struct request *req, const char *name, const char *why)
{
    const struct schema_kind *kind = req->target.resource->kind;
    const char *words = qualified(req->arena, kind->group, kind->kind);
    struct error *err = refuse_with(
        req, 409, "Conflict",
        arena_printf(req->arena, "Operation cannot be fulfilled on %s \"%s\": %s", words, name, why));
    set_details(req, kind->group, kind->kind, name);
    return err;
}

struct error *refuse_modified(struct request *req, const char *name)
{
    return refuse_conflict(req, name,
                           "the object has been modified; please apply your changes to the latest version "
                           "and try again");
}

struct error *refuse_forbidden(struct request *req, const char *name, const char *why)
{
    const char *words = target_words(req);
    return refuse_about(req, 403, "Forbidden", name,
                        name && *name
                            ? arena_printf(req->arena, "%s \"%s\" is forbidden: %s", words, name, why)
                            : arena_printf(req->arena, "%s is forbidden: %s", words, why));
}

void refusal_add_cause(struct request *req, const char *reason, const char *message, const char *field)
{
    struct arena *arena = req->arena;
    struct value *details = status_details(arena, req->refusal);
    struct value *item = value_object(arena);
    value_set_text(arena, item, "reason", reason);
    value_set_text(arena, item, "message", message);
    value_set_text(arena, item, "field", field);
    value_append(arena, value_child_list(arena, details, "causes"), item);
}

void refusal_set_retry(struct request *req, int64_t seconds)
{
    value_set_int(req->arena, status_details(req->arena, req->refusal), "retryAfterSeconds", seconds);
}

struct error *refuse_invalid(struct request *req, const char *group, const char *kind, const char *name,
                             const struct causes *causes)
{
    struct error *err =
        refuse_with(req, 422, "Invalid",
                    arena_printf(req->arena, "%s \"%s\" is invalid: %s", qualified(req->arena, group, kind),
                                 name ? name : "", causes_text(req->arena, causes)));
    set_details(req, group, kind, name);
    for (size_t i = 0; i < causes->list.length; i++) {
        const struct cause *cause = &causes->list.items[i];
        refusal_add_cause(req, cause_reason(cause->type), cause->message, cause->field);
    }
    return err;
}

struct error *refuse_field(struct request *req, const char *name, enum cause_type type, const char *field,
                           const char *message)
{
    const struct schema_kind *kind = req->target.resource->kind;
    struct causes causes = { 0 };
    vec_push(&causes.list, (struct cause){ type, field, message });
    struct error *err = refuse_invalid(req, kind->group, kind->kind, name, &causes);
    causes_done(&causes);
    return err;
}

static int code_of_kind(enum error_kind kind)
{
    switch (kind) {
    case ERROR_INVALID: return 400;
    case ERROR_NOT_FOUND: return 404;
    case ERROR_CONFLICT: return 409;
    case ERROR_DENIED: return 403;
    case ERROR_EXHAUSTED: return 413;
    case ERROR_UNAVAILABLE:
    case ERROR_CANCELLED: return 503;
    case ERROR_INTERNAL: return 500;
    }
    return 500;
}

static const char *reason_of_code(int code)
{
    static const struct {
        int code;
        const char *reason;
    } rows[] = {
        { 400, "BadRequest" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "NotFound" },
        { 405, "MethodNotAllowed" },
        { 406, "NotAcceptable" },
        { 409, "Conflict" },
        { 410, "Expired" },
        { 413, "RequestEntityTooLarge" },
        { 415, "UnsupportedMediaType" },
        { 422, "Invalid" },
        { 429, "TooManyRequests" },
        { 503, "ServiceUnavailable" },
        { 504, "Timeout" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].code == code)
            return rows[i].reason;
    return "InternalError";
}

struct value *status_of_error(struct request *req, const struct error *err)
{
    if (req->refusal)
        return req->refusal;
    int code = err->number >= 400 && err->number < 600 ? err->number : code_of_kind(err->kind);
    return status_new(req->arena, code, reason_of_code(code), err->text);
}

int status_code(const struct value *status)
{
    return (int)value_integer(value_get(status, "code"), 500);
}

struct value *status_expired(struct arena *arena, const char *message)
{
    return status_new(arena, 410, "Expired", message);
}
