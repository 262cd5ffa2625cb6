/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One Event object stands for all times that the same thing happened to the same object; the first time
 * creates it, every further one patches its count. A small table remembers the latest ones.
 */

#include "driver/kube/recorder.h"

#include "api/base/map.h"
#include "api/base/memory.h"
#include "api/base/time.h"
#include "api/base/utf8.h"

enum {
    MAX_MESSAGE_BYTES = 1024,
    MAX_REMEMBERED = 512, /* further ones push out the oldest */
    MAX_IN_FLIGHT = 64,
    LEAST_REPEAT_S = 1, /* a repetition is written at most this often; it counts all the same */
};

struct event {
    struct event *next;
    struct kube_call call;
    struct recorder *recorder;
    char *key;
    char *namespace, *name;
    char *first_time;
    int64_t count, written;
    int64_t written_at;
    bool dead; /* forgotten while in flight: freed when the answer comes */
};

struct recorder {
    struct kube_client *client;
    char *component, *host;
    struct map events; /* struct event *, by what makes two the same */
    size_t n_in_flight;
    uint64_t n_dropped;
    bool stopped;
};

struct error *recorder_new(struct kube_client *client, const char *component, const char *host,
                           struct recorder **out)
{
    struct recorder *recorder = NEW(struct recorder);
    recorder->client = client;
    recorder->component = mem_strdup(component);
    recorder->host = host ? mem_strdup(host) : NULL;
    *out = recorder;
    return NULL;
}

static void event_free(struct event *event)
{
    free(event->key);
    free(event->namespace);
    free(event->name);
    free(event->first_time);
    free(event);
}

static void recorder_free_if_idle(struct recorder *recorder)
{
    if (!recorder->stopped || recorder->n_in_flight)
        return;
    map_each (&recorder->events, entry)
        event_free(entry->value);
    map_done(&recorder->events);
    free(recorder->component);
    free(recorder->host);
    free(recorder);
}

void recorder_stop(struct recorder *recorder)
{
    if (!recorder || recorder->stopped)
        return;
    recorder->stopped = true;
    recorder_free_if_idle(recorder);
}

uint64_t recorder_dropped(const struct recorder *recorder)
{
    return recorder->n_dropped;
}

static void forget(struct recorder *recorder, struct event *event)
{
    map_remove(&recorder->events, span_of(event->key));
    event->dead = true;
    if (!kube_call_in_flight(&event->call))
        event_free(event);
}

static void on_written(struct kube_call *call, struct value *object, struct error *err)
{
    (void)object;
    struct event *event = container_of(call, struct event, call);
    struct recorder *recorder = event->recorder;
    recorder->n_in_flight--;
    bool failed = err != NULL;
    error_free(err); /* an event that is lost holds nobody up; it is counted */
    if (failed)
        recorder->n_dropped++;
    if (event->dead)
        event_free(event);
    else if (failed)
        forget(recorder, event); /* the object may be gone: the next one is made anew */
    recorder_free_if_idle(recorder);
}

static void write_event(struct event *event, struct kube_call_spec *spec)
{
    struct recorder *recorder = event->recorder;
    spec->resource = &KUBE_EVENTS;
    spec->namespace = event->namespace;
    spec->done = on_written;
    struct error *err = kube_call_start(recorder->client, spec, &event->call);
    if (err) {
        error_free(err);
        recorder->n_dropped++;
        return;
    }
    recorder->n_in_flight++;
    event->written = event->count;
    event->written_at = time_now_micros();
}

static void now_text(char out[TIME_TEXT_SIZE])
{
    time_format(time_now_micros(), out);
}

static struct value *target_tree(struct arena *arena, const struct event_target *target)
{
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "apiVersion", target->api_version);
    value_set_text(arena, tree, "kind", target->kind);
    value_set_text(arena, tree, "namespace",
                   target->namespace && *target->namespace ? target->namespace : NULL);
    value_set_text(arena, tree, "name", target->name);
    value_set_text(arena, tree, "uid", target->uid && *target->uid ? target->uid : NULL);
    value_set_text(arena, tree, "resourceVersion", target->resource_version);
    return tree;
}

static void create_event(struct event *event, const struct event_target *target, enum event_type type,
                         const char *reason, const char *message)
{
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "apiVersion", "v1");
    value_set_text(arena, tree, "kind", "Event");
    struct value *metadata = value_child(arena, tree, "metadata");
    value_set_text(arena, metadata, "name", event->name);
    value_set_text(arena, metadata, "namespace", event->namespace);
    value_set(arena, tree, "involvedObject", target_tree(arena, target));
    value_set_text(arena, tree, "reason", reason);
    value_set_text(arena, tree, "message", message);
    value_set_text(arena, tree, "type", type == EVENT_WARNING ? "Warning" : "Normal");
    struct value *source = value_child(arena, tree, "source");
    value_set_text(arena, source, "component", event->recorder->component);
    value_set_text(arena, source, "host", event->recorder->host);
    value_set_text(arena, tree, "firstTimestamp", event->first_time);
    value_set_text(arena, tree, "lastTimestamp", event->first_time);
    value_set_int(arena, tree, "count", 1);
    value_set_text(arena, tree, "reportingComponent", event->recorder->component);
    value_set_text(arena, tree, "reportingInstance", event->recorder->host ? event->recorder->host : "");
    struct kube_call_spec spec = { .verb = KUBE_CREATE, .body = tree };
    write_event(event, &spec);
}

static void repeat_event(struct event *event)
{
    event->count++;
    bool soon = time_now_micros() - event->written_at < LEAST_REPEAT_S * 1000000LL;
    if (kube_call_in_flight(&event->call) || soon)
        return;
    cleanup_arena struct arena *arena = arena_new();
    char now[TIME_TEXT_SIZE];
    now_text(now);
    struct value *patch = value_object(arena);
    value_set_int(arena, patch, "count", event->count);
    value_set_text(arena, patch, "lastTimestamp", now);
    struct kube_call_spec spec = { .verb = KUBE_PATCH_MERGE, .name = event->name, .body = patch };
    write_event(event, &spec);
}

static struct event *event_new(struct recorder *recorder, const struct event_target *target, const char *key)
{
    struct event *event = NEW(struct event);
    char now[TIME_TEXT_SIZE], *name = NULL;
    now_text(now);
    if (asprintf(&name, "%.200s.%016llx", target->name, (unsigned long long)time_monotonic_nanos()) < 0)
        out_of_memory(0);
    *event = (struct event){
        .recorder = recorder,
        .key = mem_strdup(key),
        .name = name,
        .namespace = mem_strdup(target->namespace && *target->namespace ? target->namespace : "default"),
        .first_time = mem_strdup(now),
        .count = 1,
    };
    return event;
}

void recorder_event(struct recorder *recorder, const struct event_target *target, enum event_type type,
                    const char *reason, const char *format, ...)
{
    if (!recorder || recorder->stopped)
        return;
    cleanup_arena struct arena *arena = arena_new();
    va_list args;
    va_start(args, format);
    char *raw = NULL;
    if (vasprintf(&raw, format, args) < 0)
        out_of_memory(0);
    va_end(args);
    cleanup_free char *whole = raw;
    const char *message = arena_span(arena, utf8_truncate(span_of(whole), MAX_MESSAGE_BYTES));
    const char *key = arena_printf(arena, "%s\n%s\n%s\n%s\n%s", target->kind, target->uid ? target->uid : "",
                                   target->name, reason, message);
    struct event *event = map_get(&recorder->events, key);
    if (event) {
        repeat_event(event);
        return;
    }
    if (recorder->n_in_flight >= MAX_IN_FLIGHT) {
        recorder->n_dropped++;
        return;
    }
    if (recorder->events.length >= MAX_REMEMBERED)
        forget(recorder, recorder->events.entries[0].value);
    event = event_new(recorder, target, key);
    map_put(&recorder->events, key, event);
    create_event(event, target, type, reason, message);
}

struct event_target event_target_of(const struct value *tree, const struct kube_resource *resource)
{
    const char *api_version = value_path_string(tree, "apiVersion");
    return (struct event_target){
        .api_version = api_version        ? api_version
                       : *resource->group ? "resource.k8s.io/v1"
                                          : "v1",
        .kind = resource->kind,
        .namespace = value_path_string(tree, "metadata.namespace"),
        .name = value_path_string(tree, "metadata.name"),
        .uid = value_path_string(tree, "metadata.uid"),
        .resource_version = value_path_string(tree, "metadata.resourceVersion"),
    };
}
