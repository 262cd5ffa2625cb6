/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   initial state (ADDED each) -- bookmark that says so -- events, as they come -- end of time
 *
 * Which of these there are depends on resourceVersion and sendInitialEvents. watcher_next sends one thing and
 * says whether there may be more; everything else only calls it: the store's changes, room in the socket, the
 * start.
 */
#include "driver/standalone/rest/watch.h"

#include "api/base/time.h"
#include "api/value/json.h"
#include "driver/loop/timer.h"
#include "driver/standalone/rest/read.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"

#include <inttypes.h>

enum {
    BOOKMARK_PERIOD_MS = 60 * 1000,
    LEAST_TIMEOUT_S = 30 * 60,
    MAX_TIMEOUT_S = 24 * 3600,
    MAX_EVENT_BYTES = 64 << 20,
};

struct watches {
    struct loop *loop;
    struct store *store;
    VEC(struct watcher *) all;
    struct deferred pump;
};

struct watcher {
    struct watches *watches;
    struct request *req;
    struct selection selection;
    int64_t seen;
    struct snapshot initial;
    size_t n_initial_sent;
    bool end_of_initial_due;
    bool wants_bookmarks;
    int64_t bookmarked;
    bool paused;    /* until the socket has room */
    bool described; /* a table's columns have been sent */
    struct timer deadline;
    struct timer bookmark;
};

/* --- what is sent --- */

/* A line {"type":..., "object":...}; TREE may be in any arena. */
static void watcher_send(struct watcher *watcher, struct arena *arena, const char *type, struct value *tree)
{
    struct value *event = value_object(arena);
    value_set_text(arena, event, "type", type);
    value_set(arena, event, "object", tree);
    cleanup_buf struct buf line = BUF_INIT(MAX_EVENT_BYTES);
    json_write(&line, event);
    buf_add_char(&line, '\n');
    watcher->paused = !http_response_write(watcher->req->exchange, buf_span(&line));
}

/* VERSION stands in place of the tree's own if it is not 0. */
static const struct value *tree_at_version(struct arena *arena, const struct value *tree, int64_t version)
{
    if (version == 0)
        return tree;
    struct value *copy = value_copy(arena, tree);
    value_set_text(arena, value_child(arena, copy, "metadata"), "resourceVersion",
                   arena_printf(arena, "%" PRId64, version));
    return copy;
}

static void watcher_send_object(struct watcher *watcher, const char *type, const struct value *tree,
                                int64_t version)
{
    cleanup_arena struct arena *arena = arena_new();
    struct request scratch = *watcher->req;
    scratch.arena = arena;
    scratch.now = time_now_micros();
    struct value *shown = request_present(&scratch, tree_at_version(arena, tree, version));
    watcher_send(watcher, arena, type, request_shape(&scratch, shown, !watcher->described));
    watcher->described = true;
}

static void watcher_send_bookmark(struct watcher *watcher, bool end_of_initial)
{
    cleanup_arena struct arena *arena = arena_new();
    struct request scratch = *watcher->req;
    scratch.arena = arena;
    struct value *object = value_object(arena);
    value_set_text(arena, object, "kind", scratch.target.resource->kind->kind);
    value_set_text(arena, object, "apiVersion", request_api_version(&scratch));
    struct value *metadata = value_child(arena, object, "metadata");
    value_set_text(arena, metadata, "resourceVersion", arena_printf(arena, "%" PRId64, watcher->seen));
    value_set(arena, metadata, "creationTimestamp", value_null(arena));
    if (end_of_initial)
        value_set_text(arena, value_child(arena, metadata, "annotations"), "k8s.io/initial-events-end",
                       "true");
    watcher->bookmarked = watcher->seen;
    watcher_send(watcher, arena, "BOOKMARK", object);
}

static void watcher_send_expired(struct watcher *watcher)
{
    cleanup_arena struct arena *arena = arena_new();
    const char *message = arena_printf(arena, "too old resource version: %" PRId64 " (%" PRId64 ")",
                                       watcher->seen, store_oldest_version(watcher->watches->store));
    watcher_send(watcher, arena, "ERROR", status_expired(arena, message));
}

static bool is_in_scope(const struct watcher *watcher, const struct object *object)
{
    const char *namespace = watcher->req->target.namespace;
    return object && (!namespace || span_is(object->namespace, namespace)) &&
           selection_has(&watcher->selection, object->tree);
}

/* What enters or leaves the selection is added or deleted, whatever it was to the store. */
static void watcher_send_event(struct watcher *watcher, const struct store_event *event)
{
    bool was = is_in_scope(watcher, event->before);
    bool is = event->change != STORE_DELETED && is_in_scope(watcher, event->after);
    if (is)
        watcher_send_object(watcher, was ? "MODIFIED" : "ADDED", event->after->tree, 0);
    else if (was)
        watcher_send_object(watcher, "DELETED", event->before->tree, event->after->version);
}

/* --- its life --- */

static void watcher_end(struct watcher *watcher)
{
    struct watches *watches = watcher->watches;
    for (size_t i = 0; i < watches->all.length; i++) {
        if (watches->all.items[i] == watcher) {
            vec_remove(&watches->all, i);
            break;
        }
    }
    timer_stop(&watcher->deadline);
    timer_stop(&watcher->bookmark);
    snapshot_done(&watcher->initial);
    struct request *req = watcher->req;
    free(watcher);
    http_response_end(req->exchange);
    request_free(req);
}

enum progress { PROGRESS_MORE, PROGRESS_IDLE, PROGRESS_OVER };

static enum progress watcher_next(struct watcher *watcher)
{
    struct store *store = watcher->watches->store;
    if (watcher->n_initial_sent < watcher->initial.objects.length) {
        const struct object *object = watcher->initial.objects.items[watcher->n_initial_sent++];
        if (selection_has(&watcher->selection, object->tree))
            watcher_send_object(watcher, "ADDED", object->tree, 0);
        return PROGRESS_MORE;
    }
    if (watcher->end_of_initial_due) {
        watcher->end_of_initial_due = false;
        watcher_send_bookmark(watcher, true);
        return PROGRESS_MORE;
    }
    if (watcher->seen >= store_version(store))
        return PROGRESS_IDLE;
    const struct store_event *event = store_event(store, watcher->seen + 1);
    if (!event) {
        watcher_send_expired(watcher);
        return PROGRESS_OVER;
    }
    watcher->seen++;
    if (event->collection == watcher->req->target.resource->collection)
        watcher_send_event(watcher, event);
    return PROGRESS_MORE;
}

static void watcher_pump(struct watcher *watcher)
{
    enum progress progress = PROGRESS_MORE;
    while (!watcher->paused && progress == PROGRESS_MORE)
        progress = watcher_next(watcher);
    if (progress == PROGRESS_OVER)
        watcher_end(watcher);
}

static void on_drain(struct http_exchange *x)
{
    struct watcher *watcher = x->owner;
    watcher->paused = false;
    watcher_pump(watcher);
}

static void on_close(struct http_exchange *x)
{
    watcher_end(x->owner);
}

static void on_deadline(struct timer *timer)
{
    watcher_end(container_of(timer, struct watcher, deadline));
}

static void on_bookmark(struct timer *timer)
{
    struct watcher *watcher = container_of(timer, struct watcher, bookmark);
    if (!watcher->paused && watcher->bookmarked < watcher->seen)
        watcher_send_bookmark(watcher, false);
}

static void on_pump(struct deferred *deferred)
{
    struct watches *watches = container_of(deferred, struct watches, pump);
    for (size_t i = watches->all.length; i-- > 0;)
        watcher_pump(watches->all.items[i]);
}

static void on_store_change(void *context)
{
    struct watches *watches = context;
    loop_defer(watches->loop, &watches->pump, on_pump);
}

struct watches *watches_new(struct loop *loop, struct store *store)
{
    struct watches *watches = NEW(struct watches);
    watches->loop = loop;
    watches->store = store;
    store_listen(store, on_store_change, watches);
    return watches;
}

void watches_end(struct watches *watches)
{
    while (watches->all.length)
        watcher_end(watches->all.items[watches->all.length - 1]);
}

void watches_free(struct watches *watches)
{
    if (!watches)
        return;
    deferred_stop(&watches->pump);
    store_listen(watches->store, NULL, NULL);
    vec_done(&watches->all);
    free(watches);
}

/* --- the start --- */

static struct error *parse_timeout(struct request *req, uint64_t *out_ms)
{
    const char *text = query_get(&req->query, "timeoutSeconds");
    char *end = NULL;
    long long seconds = text && *text ? strtoll(text, &end, 10) : 0;
    if (end && (*end || seconds < 0))
        return refuse_bad_request(
            req, "Invalid value: \"%s\": timeoutSeconds must be a number that is not negative", text);
    if (seconds == 0)
        seconds = LEAST_TIMEOUT_S + (long long)((uint64_t)req->now % LEAST_TIMEOUT_S);
    *out_ms = (uint64_t)(seconds < MAX_TIMEOUT_S ? seconds : MAX_TIMEOUT_S) * 1000;
    return NULL;
}

static struct error *refuse_list_options(struct request *req, const char *field, const char *message)
{
    struct causes causes = { 0 };
    vec_push(&causes.list, (struct cause){ CAUSE_FORBIDDEN, field, message });
    struct error *err = refuse_invalid(req, "meta.k8s.io", "ListOptions", "", &causes);
    causes_done(&causes);
    return err;
}

/* Where it begins: at the state of now, or behind a version. */
static struct error *watcher_begin(struct watcher *watcher, struct request *req)
{
    bool has_version, initial;
    const char *asked = query_get(&req->query, "sendInitialEvents");
    const char *match = query_get(&req->query, "resourceVersionMatch");
    TRY(parse_version(req, &watcher->seen, &has_version));
    TRY(check_version_reached(req, watcher->seen));
    TRY(query_get_bool(&req->query, "sendInitialEvents", &initial));
    TRY(query_get_bool(&req->query, "allowWatchBookmarks", &watcher->wants_bookmarks));
    if (asked && !(match && strcmp(match, "NotOlderThan") == 0))
        return refuse_list_options(
            req, "resourceVersionMatch",
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    if (!asked && match && *match)
        return refuse_list_options(req, "resourceVersionMatch",
                                   "Forbidden: resourceVersionMatch is forbidden for watch unless "
                                   "sendInitialEvents is provided");
    watcher->end_of_initial_due = initial && watcher->wants_bookmarks;
    if (asked ? !initial && watcher->seen != 0 : watcher->seen != 0)
        return NULL;
    if (asked && !initial) {
        watcher->seen = store_version(watcher->watches->store);
        return NULL;
    }
    struct span namespace = { req->target.namespace,
                              req->target.namespace ? strlen(req->target.namespace) : 0 };
    TRY(collection_list(req->target.resource->collection, 0, namespace, &watcher->initial));
    watcher->seen = watcher->initial.version;
    return NULL;
}

static struct error *watcher_new(struct request *req, struct watcher **out)
{
    struct watcher *watcher = NEW(struct watcher);
    watcher->watches = rest_watches(req->server);
    watcher->req = req;
    struct error *err = selection_parse(req, &watcher->selection);
    if (!err)
        err = watcher_begin(watcher, req);
    if (err) {
        snapshot_done(&watcher->initial);
        free(watcher);
        return err;
    }
    *out = watcher;
    return NULL;
}

struct error *serve_watch(struct request *req)
{
    uint64_t timeout_ms;
    struct watcher *watcher;
    TRY(parse_timeout(req, &timeout_ms));
    TRY(watcher_new(req, &watcher));
    struct loop *loop = watcher->watches->loop;
    req->exchange->owner = watcher;
    req->exchange->on_drain = on_drain;
    req->exchange->on_close = on_close;
    vec_push(&watcher->watches->all, watcher);
    timer_start(&watcher->deadline, loop, timeout_ms, on_deadline);
    timer_set_background(&watcher->deadline);
    if (watcher->wants_bookmarks) {
        timer_start_periodic(&watcher->bookmark, loop, BOOKMARK_PERIOD_MS, on_bookmark);
        timer_set_background(&watcher->bookmark);
    }
    http_response_start(req->exchange, 200, "application/json");
    watcher_pump(watcher);
    return NULL;
}
