/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its answer:
 *
 *   start -- request --> IN FLIGHT -- answer --> done
 *                           ^   |
 *                   timer   |   v  429, 503 with Retry-After; 401 once, with a token read anew
 *                          WAITING
 */

#include "api/base/memory.h"
#include "api/value/json.h"
#include "driver/http/url.h"
#include "driver/kube/client.h"
#include "driver/kube/client_private.h"

enum {
    MAX_URL_BYTES = 64 * 1024,
    MAX_BODY_BYTES = 4 * 1024 * 1024,
    DEFAULT_TIMEOUT_MS = 30 * 1000,
    DEFAULT_RETRIES = 5,
    MAX_RETRY_AFTER_S = 30,
};

struct kube_call_state {
    struct kube_call *call;
    struct kube_client *client;
    struct http_request http;
    struct timer wait;
    struct deferred cancelled;
    void (*done)(struct kube_call *call, struct value *object, struct error *err);
    struct buf url;
    struct buf body;
    const char *method;
    const char *content_type;
    char *what; /* "get resourceclaims ml/train", for messages */
    uint64_t timeout_ms;
    unsigned retries_left;
    bool token_retried;
};

static const struct verb_row {
    const char *method;
    const char *content_type;
    const char *word;
} verbs[] = {
    [KUBE_GET] = { "GET", NULL, "get" },
    [KUBE_LIST] = { "GET", NULL, "list" },
    [KUBE_CREATE] = { "POST", "application/json", "create" },
    [KUBE_UPDATE] = { "PUT", "application/json", "update" },
    [KUBE_PATCH_JSON] = { "PATCH", "application/json-patch+json", "patch" },
    [KUBE_PATCH_MERGE] = { "PATCH", "application/merge-patch+json", "patch" },
    [KUBE_PATCH_STRATEGIC] = { "PATCH", "application/strategic-merge-patch+json", "patch" },
    [KUBE_APPLY] = { "PATCH", "application/apply-patch+yaml", "apply" },
    [KUBE_DELETE] = { "DELETE", "application/json", "delete" },
    [KUBE_DELETE_COLLECTION] = { "DELETE", "application/json", "delete all" },
};

static bool is_write(enum kube_verb verb)
{
    return verb != KUBE_GET && verb != KUBE_LIST;
}

static void add_pair(struct buf *query, const char *key, const char *value)
{
    if (!value)
        return;
    buf_printf(query, "%c%s=", query->length ? '&' : '?', key);
    url_escape(query, span_of(value));
}

static void add_query(const struct kube_call_spec *spec, const struct kube_client *client, struct buf *url)
{
    cleanup_buf struct buf query = BUF_INIT(MAX_URL_BYTES);
    bool deletes = spec->verb == KUBE_DELETE || spec->verb == KUBE_DELETE_COLLECTION;
    if (is_write(spec->verb) && !deletes)
        add_pair(&query, "fieldManager",
                 spec->field_manager ? spec->field_manager : kube_client_manager(client));
    if (spec->verb == KUBE_APPLY)
        add_pair(&query, "force", spec->force ? "true" : "false");
    if (spec->dry_run)
        add_pair(&query, "dryRun", "All");
    add_pair(&query, "labelSelector", spec->label_selector);
    add_pair(&query, "fieldSelector", spec->field_selector);
    add_pair(&query, "continue", spec->continue_token);
    add_pair(&query, "resourceVersion", spec->resource_version);
    if (spec->limit > 0) {
        char limit[24];
        snprintf(limit, sizeof(limit), "%lld", (long long)spec->limit);
        add_pair(&query, "limit", limit);
    }
    buf_add_span(url, buf_span(&query));
}

static void build_url(const struct kube_call_spec *spec, const struct kube_client *client, struct buf *url)
{
    if (spec->raw_path) {
        kube_client_url(client, spec->raw_path, url);
        return;
    }
    cleanup_buf struct buf path = BUF_INIT(MAX_URL_BYTES);
    kube_resource_path(spec->resource, spec->namespace, spec->name, spec->subresource, &path);
    kube_client_url(client, buf_text(&path), url);
    add_query(spec, client, url);
}

static char *describe(const struct kube_call_spec *spec)
{
    char *text = NULL;
    int length;
    if (spec->raw_path)
        length = asprintf(&text, "%s %s", verbs[spec->verb].word, spec->raw_path);
    else
        length = asprintf(&text, "%s %s%s%s%s%s%s", verbs[spec->verb].word, spec->resource->plural,
                          spec->namespace || spec->name ? " " : "", spec->namespace ? spec->namespace : "",
                          spec->namespace && spec->name ? "/" : "", spec->name ? spec->name : "",
                          spec->subresource ? " (subresource)" : "");
    return must(length < 0 ? NULL : text, 0);
}

static void state_free(struct kube_call_state *state)
{
    timer_stop(&state->wait);
    deferred_stop(&state->cancelled);
    buf_done(&state->url);
    buf_done(&state->body);
    free(state->what);
    kube_client_unref(state->client);
    free(state);
}

/* The end of the story: the owner may free or restart the call in `done`. */
static void finish(struct kube_call_state *state, struct value *object, struct error *err)
{
    struct kube_call *call = state->call;
    void (*done)(struct kube_call *, struct value *, struct error *) = state->done;
    err = error_wrap(err, "%s", state->what);
    state_free(state);
    call->state = NULL;
    struct arena *arena = call->arena;
    bool kept = false;
    call->kept = &kept;
    done(call, object, err);
    if (!kept)
        arena_free(arena);
}

static struct error *send(struct kube_call_state *state);

static void on_wait_over(struct timer *timer)
{
    struct kube_call_state *state = container_of(timer, struct kube_call_state, wait);
    struct error *err = send(state);
    if (err)
        finish(state, NULL, err);
}

/* Seconds to wait if the server asks for another try and there are tries left, else -1. */
static int64_t retry_after(const struct kube_call_state *state, const struct http_request *http)
{
    const char *seconds = http_headers_get(http->headers, "retry-after");
    if (!state->retries_left || !seconds || (http->status != 429 && http->status != 503))
        return -1;
    char *end;
    long wait = strtol(seconds, &end, 10);
    if (end == seconds || *end || wait < 0)
        return -1;
    return wait > MAX_RETRY_AFTER_S ? MAX_RETRY_AFTER_S : wait;
}

static bool try_again(struct kube_call_state *state, const struct http_request *http)
{
    if (http->status == 401 && !state->token_retried) {
        state->token_retried = true;
        kube_client_forget_token(state->client);
        timer_start(&state->wait, kube_client_loop(state->client), 0, on_wait_over);
        return true;
    }
    int64_t wait = retry_after(state, http);
    if (wait < 0)
        return false;
    state->retries_left--;
    timer_start(&state->wait, kube_client_loop(state->client), (uint64_t)wait * 1000, on_wait_over);
    return true;
}

static struct error *read_answer(struct kube_call *call, const struct http_request *http,
                                 struct value **object)
{
    call->status = http->status;
    TRY(kube_status_error(call->arena, http->status, buf_span(http->body), &call->status_object));
    if (http->body->length == 0)
        return NULL;
    return error_wrap(json_parse(call->arena, buf_span(http->body), 0, object), "the server's answer");
}

static void on_answer(struct http_request *http, struct error *err)
{
    struct kube_call_state *state = container_of(http, struct kube_call_state, http);
    struct kube_call *call = state->call;
    if (!err && try_again(state, http))
        return;
    struct value *object = NULL;
    if (!err)
        err = read_answer(call, http, &object);
    call->reason = value_path_string(call->status_object, "reason");
    finish(state, err ? NULL : object, err);
}

static struct error *send(struct kube_call_state *state)
{
    struct http_client *http = kube_client_http(state->client);
    if (!http)
        return error_new(ERROR_CANCELLED, "the client has stopped");
    struct http_request_spec spec = {
        .method = state->method,
        .url = buf_text(&state->url),
        .accept = "application/json",
        .content_type = state->body.length ? state->content_type : NULL,
        .body = state->body.length ? buf_span(&state->body) : (struct span){ NULL, 0 },
        .timeout_ms = state->timeout_ms,
        .done = on_answer,
    };
    return http_request_start(http, &spec, &state->http);
}

struct error *kube_call_start(struct kube_client *client, const struct kube_call_spec *spec,
                              struct kube_call *call)
{
    struct kube_call_state *state = NEW(struct kube_call_state);
    *state = (struct kube_call_state){
        .call = call,
        .client = kube_client_ref(client),
        .done = spec->done,
        .url = BUF_INIT(MAX_URL_BYTES),
        .body = BUF_INIT(MAX_BODY_BYTES),
        .method = verbs[spec->verb].method,
        .content_type = verbs[spec->verb].content_type,
        .what = describe(spec),
        .timeout_ms = spec->timeout_ms ? spec->timeout_ms : DEFAULT_TIMEOUT_MS,
        .retries_left = spec->retries.max ? spec->retries.max : DEFAULT_RETRIES,
    };
    build_url(spec, client, &state->url);
    if (spec->body)
        json_write(&state->body, spec->body);
    struct error *err = buf_check(&state->url);
    if (!err)
        err = buf_check(&state->body);
    if (!err)
        err = send(state);
    if (err) {
        err = error_wrap(err, "%s", state->what);
        state_free(state);
        return err;
    }
    *call = (struct kube_call){ .arena = arena_new(), .state = state };
    return NULL;
}

static void on_cancelled(struct deferred *deferred)
{
    struct kube_call_state *state = container_of(deferred, struct kube_call_state, cancelled);
    finish(state, NULL, error_new(ERROR_CANCELLED, "cancelled"));
}

void kube_call_cancel(struct kube_call *call)
{
    struct kube_call_state *state = call->state;
    if (!state)
        return;
    if (timer_is_running(&state->wait)) {
        timer_stop(&state->wait);
        loop_defer(kube_client_loop(state->client), &state->cancelled, on_cancelled);
    } else if (!deferred_is_waiting(&state->cancelled)) {
        http_request_cancel(&state->http);
    }
}

struct arena *kube_call_keep(struct kube_call *call)
{
    *call->kept = true;
    return take(call->arena);
}

bool kube_call_in_flight(const struct kube_call *call)
{
    return call->state != NULL;
}
