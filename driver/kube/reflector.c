/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/kube/reflector.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/value/json.h"
#include "driver/http/url.h"

enum {
    PAGE_SIZE = 500,
    LEAST_WAIT_MS = 200,
    MOST_WAIT_MS = 30 * 1000,
    LEAST_WATCH_S = 300, /* the server ends a watch after a time between one and two of these */
    WATCH_SLACK_MS = 60 * 1000,
    MAX_URL_BYTES = 16 * 1024,
    HTTP_GONE = 410,
};

static void list_page(struct reflector *reflector);
static void watch(struct reflector *reflector);
static void on_freed(struct deferred *deferred);

static void on_wait_over(struct timer *timer)
{
    struct reflector *reflector = container_of(timer, struct reflector, wait);
    if (reflector->list_anew || !reflector->resource_version)
        list_page(reflector);
    else
        watch(reflector);
}

static void go_on_after(struct reflector *reflector, uint64_t delay_ms)
{
    timer_start(&reflector->wait, reflector->loop, delay_ms, on_wait_over);
}

static void set_string(char **place, const char *text)
{
    free(*place);
    *place = text ? mem_strdup(text) : NULL;
}

/* Remembers ERR, and goes on after a while. */
static void fail(struct reflector *reflector, struct error *err, bool list_anew)
{
    set_string(&reflector->error_text, err->text);
    reflector->stats.last_error = reflector->error_text;
    reflector->stats.n_failures++;
    reflector->list_anew |= list_anew;
    log_error_free(error_is_temporary(err) ? LOG_DEBUG : LOG_WARN, "watching the API was interrupted", err);
    go_on_after(reflector, backoff_next(&reflector->backoff));
}

static void forget_list(struct reflector *reflector)
{
    set_string(&reflector->continue_token, NULL);
    set_string(&reflector->resource_version, NULL);
    reflector->list_anew = true;
}

static void expired(struct reflector *reflector)
{
    reflector->stats.n_expired++;
    forget_list(reflector);
    go_on_after(reflector, 0);
}

/* --- list --- */

static void list_ended(struct reflector *reflector, const struct value *list)
{
    set_string(&reflector->continue_token, NULL);
    set_string(&reflector->resource_version, value_path_string(list, "metadata.resourceVersion"));
    reflector->without_pages = false;
    reflector->list_anew = false;
    reflector->stats.n_lists++;
    backoff_reset(&reflector->backoff);
    reflector->on_list_end(reflector);
    if (!reflector->stopped)
        watch(reflector);
}

static void on_page(struct kube_call *call, struct value *list, struct error *err)
{
    struct reflector *reflector = container_of(call, struct reflector, list);
    if (reflector->stopped) {
        error_free(err);
        loop_defer(reflector->loop, &reflector->freed, on_freed);
        return;
    }
    if (err && err->number == HTTP_GONE && reflector->continue_token) {
        error_free(err);
        reflector->without_pages = true;
        expired(reflector);
        return;
    }
    if (err) {
        set_string(&reflector->continue_token, NULL);
        fail(reflector, err, true);
        return;
    }
    if (!reflector->continue_token)
        reflector->on_list_begin(reflector);
    value_each (value_get(list, "items"), item) {
        if (reflector->stopped)
            return;
        reflector->on_listed(reflector, item);
    }
    const char *token = value_path_string(list, "metadata.continue");
    if (token && *token) {
        set_string(&reflector->continue_token, token);
        list_page(reflector);
    } else {
        list_ended(reflector, list);
    }
}

static void list_page(struct reflector *reflector)
{
    struct kube_call_spec spec = {
        .verb = KUBE_LIST,
        .resource = reflector->resource,
        .namespace = reflector->namespace,
        .label_selector = reflector->label_selector,
        .field_selector = reflector->field_selector,
        .continue_token = reflector->continue_token,
        .limit = reflector->without_pages ? 0 : PAGE_SIZE,
        .done = on_page,
    };
    struct error *err = kube_call_start(reflector->client, &spec, &reflector->list);
    if (err)
        fail(reflector, err, true);
}

/* --- watch --- */

static void on_line(struct reflector *reflector, struct span line)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *event = NULL;
    struct error *err = json_parse(arena, line, 0, &event);
    const char *type = value_path_string(event, "type");
    const struct value *object = value_get(event, "object");
    if (err || !type || !object) {
        error_free(err);
        set_string(&reflector->error_text, "the server sent an event that is none");
        reflector->list_anew = true;
        http_request_cancel(&reflector->watch);
        return;
    }
    if (strcmp(type, "ERROR") == 0) {
        err = kube_error_of_status(object);
        reflector->stats.n_expired += err->number == HTTP_GONE;
        set_string(&reflector->error_text, err->text);
        error_free(err);
        reflector->list_anew = true;
        http_request_cancel(&reflector->watch);
        return;
    }
    backoff_reset(&reflector->backoff);
    set_string(&reflector->resource_version, value_path_string(object, "metadata.resourceVersion"));
    if (strcmp(type, "BOOKMARK") == 0) {
        reflector->stats.n_bookmarks++;
        return;
    }
    reflector->stats.n_events++;
    reflector->on_event(reflector, object, strcmp(type, "DELETED") == 0);
}

static void on_piece(struct http_request *http, struct span piece)
{
    struct reflector *reflector = container_of(http, struct reflector, watch);
    while (!reflector->stopped && http->status == 200) {
        struct span line;
        bool found;
        struct error *err = watch_frames_next(&reflector->frames, &piece, &line, &found);
        if (err) {
            set_string(&reflector->error_text, err->text);
            error_free(err);
            reflector->list_anew = true;
            http_request_cancel(http);
            return;
        }
        if (!found || reflector->list_anew)
            return;
        on_line(reflector, line);
    }
}

static void on_watch_ended(struct http_request *http, struct error *err)
{
    struct reflector *reflector = container_of(http, struct reflector, watch);
    reflector->watching = false;
    int status = http->status;
    watch_frames_done(&reflector->frames);
    if (reflector->stopped) {
        error_free(err);
        loop_defer(reflector->loop, &reflector->freed, on_freed);
        return;
    }
    if (status == HTTP_GONE) {
        error_free(err);
        expired(reflector);
    } else if (status && status != 200) {
        error_free(err);
        fail(reflector,
             error_new(status >= 500 || status == 429 ? ERROR_UNAVAILABLE : ERROR_INVALID,
                       "watch %s: HTTP status %d", reflector->resource->plural, status),
             status != 429);
    } else if (reflector->list_anew) {
        error_free(err);
        forget_list(reflector);
        go_on_after(reflector, backoff_next(&reflector->backoff));
    } else if (err) {
        fail(reflector, error_wrap(err, "watch %s", reflector->resource->plural), false);
    } else {
        go_on_after(reflector, 0); /* the server's time limit: go on from the same place */
    }
}

static void add_selector(struct buf *path, const char *key, const char *selector)
{
    if (!selector)
        return;
    buf_printf(path, "&%s=", key);
    url_escape(path, span_of(selector));
}

static void watch_url(struct reflector *reflector, unsigned seconds, struct buf *url)
{
    cleanup_buf struct buf path = BUF_INIT(MAX_URL_BYTES);
    kube_resource_path(reflector->resource, reflector->namespace, NULL, NULL, &path);
    buf_printf(&path, "?watch=true&allowWatchBookmarks=true&timeoutSeconds=%u&resourceVersion=", seconds);
    url_escape(&path, span_of(reflector->resource_version));
    add_selector(&path, "labelSelector", reflector->label_selector);
    add_selector(&path, "fieldSelector", reflector->field_selector);
    kube_client_url(reflector->client, buf_text(&path), url);
}

static void watch(struct reflector *reflector)
{
    cleanup_buf struct buf url = BUF_INIT(MAX_URL_BYTES);
    unsigned seconds = LEAST_WATCH_S + (unsigned)rand() % LEAST_WATCH_S;
    watch_url(reflector, seconds, &url);
    reflector->frames = WATCH_FRAMES_INIT;
    struct http_request_spec spec = {
        .url = buf_text(&url),
        .accept = "application/json",
        .timeout_ms = seconds * 1000 + WATCH_SLACK_MS,
        .on_data = on_piece,
        .done = on_watch_ended,
    };
    struct http_client *http = kube_client_http(reflector->client);
    struct error *err =
        http ? http_request_start(http, &spec, &reflector->watch)
             : error_new(ERROR_CANCELLED, "watch %s: the client has stopped", reflector->resource->plural);
    if (err) {
        fail(reflector, err, false);
        return;
    }
    reflector->watching = true;
    reflector->stats.n_watches++;
}

/* --- start and stop --- */

void reflector_start(struct reflector *reflector, struct kube_client *client)
{
    reflector->client = client;
    reflector->loop = kube_client_loop(client);
    reflector->stopped = false;
    reflector->backoff = BACKOFF_INIT(LEAST_WAIT_MS, MOST_WAIT_MS);
    go_on_after(reflector, 0);
}

static void on_freed(struct deferred *deferred)
{
    struct reflector *reflector = container_of(deferred, struct reflector, freed);
    set_string(&reflector->resource_version, NULL);
    set_string(&reflector->continue_token, NULL);
    set_string(&reflector->error_text, NULL);
    reflector->on_freed(reflector);
}

void reflector_stop(struct reflector *reflector)
{
    if (reflector->stopped)
        return;
    reflector->stopped = true;
    timer_stop(&reflector->wait);
    if (kube_call_in_flight(&reflector->list))
        kube_call_cancel(&reflector->list);
    else if (reflector->watching)
        http_request_cancel(&reflector->watch);
    else
        loop_defer(reflector->loop, &reflector->freed, on_freed);
}
