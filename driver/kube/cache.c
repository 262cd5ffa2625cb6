/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects stand in a map by "namespace/name", and once more under each key that an index gives them. A new
 * list marks what it brings with its number; what it did not bring is gone.
 */

#include "driver/kube/cache.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "api/base/vec.h"
#include "driver/kube/reflector.h"

#include <assert.h>
#include <stdio.h>

enum { MAX_KEY_BYTES = 2048 };

struct kube_cache {
    struct reflector reflector;
    struct kube_cache_options options;
    struct map objects;  /* struct kube_object * */
    struct map *indexes; /* each: struct kube_objects * */
    struct kube_cache_listener *listeners;
    struct kube_cache_listener *newcomers; /* they still have to hear of what is there */
    struct deferred introduce;
    struct loop *loop;
    uint64_t list_number;
    bool synced;
    bool stopped;
};

/* --- objects --- */

struct kube_object *kube_object_ref(const struct kube_object *object)
{
    struct kube_object *shared = (struct kube_object *)object;
    shared->refs++;
    return shared;
}

void kube_object_unref(struct kube_object *object)
{
    if (object && --object->refs == 0)
        arena_free(object->arena); /* the object itself lives there */
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

struct error *kube_object_new(const struct value *tree,
                              struct error *(*decode)(struct arena *, const struct value *, void **),
                              struct kube_object **out)
{
    struct arena *arena = arena_new();
    struct kube_object *object = arena_make(arena, struct kube_object);
    const struct value *copy = value_copy(arena, tree);
    const struct value *metadata = value_get(copy, "metadata");
    *object = (struct kube_object){
        .refs = 1,
        .arena = arena,
        .tree = copy,
        .namespace = or_empty(value_path_string(metadata, "namespace")),
        .name = or_empty(value_path_string(metadata, "name")),
        .uid = or_empty(value_path_string(metadata, "uid")),
        .resource_version = or_empty(value_path_string(metadata, "resourceVersion")),
    };
    *out = object;
    return decode ? decode(arena, copy, &object->typed) : NULL;
}

/* --- keys and indexes --- */

struct key_sink {
    struct kube_cache *cache;
    const struct kube_object *object;
    struct map *index;
    bool remove;
};

static struct span pair_key(char text[MAX_KEY_BYTES], const char *namespace, const char *name)
{
    int length = snprintf(text, MAX_KEY_BYTES, "%s/%s", or_empty(namespace), name);
    return (struct span){ text, length < MAX_KEY_BYTES ? (size_t)length : MAX_KEY_BYTES - 1 };
}

static void list_add(struct map *index, struct span key, const struct kube_object *object)
{
    struct kube_objects *list = map_find(index, key);
    if (!list) {
        list = NEW(struct kube_objects);
        map_set(index, key, list);
    }
    vec_push(list, (struct kube_object *)object);
}

static void list_remove(struct map *index, struct span key, const struct kube_object *object)
{
    struct kube_objects *list = map_find(index, key);
    for (size_t i = 0; list && i < list->length; i++) {
        if (list->items[i] == object) {
            list->items[i] = list->items[--list->length];
            break;
        }
    }
    if (list && list->length == 0) {
        map_remove(index, key);
        vec_done(list);
        free(list);
    }
}

static void sink_key(struct key_sink *sink, struct span key)
{
    if (sink->remove)
        list_remove(sink->index, key, sink->object);
    else
        list_add(sink->index, key, sink->object);
}

void key_sink_add(struct key_sink *sink, const char *key)
{
    if (key)
        sink_key(sink, span_of(key));
}

void key_sink_add_pair(struct key_sink *sink, const char *namespace, const char *name)
{
    char text[MAX_KEY_BYTES];
    if (name)
        sink_key(sink, pair_key(text, namespace, name));
}

static void index_object(struct kube_cache *cache, const struct kube_object *object, bool remove)
{
    for (size_t i = 0; i < cache->options.n_indexes; i++) {
        struct key_sink sink = { cache, object, &cache->indexes[i], remove };
        cache->options.indexes[i].keys(object, &sink);
    }
}

/* --- changes --- */

static void tell(struct kube_cache *cache, const struct kube_object *before, const struct kube_object *after)
{
    for (struct kube_cache_listener *listener = cache->listeners, *next; listener && !cache->stopped;
         listener = next) {
        next = listener->next;
        if (listener->changed)
            listener->changed(listener, before, after);
    }
}

static void put(struct kube_cache *cache, struct kube_object *after)
{
    char text[MAX_KEY_BYTES];
    struct span key = pair_key(text, after->namespace, after->name);
    cleanup_kube_object struct kube_object *before = map_find(&cache->objects, key);
    after->seen = cache->list_number;
    if (before && strcmp(before->resource_version, after->resource_version) == 0 &&
        *after->resource_version) {
        take(before)->seen = cache->list_number; /* a new list shows what we have: nothing changed */
        kube_object_unref(after);
        return;
    }
    if (before)
        index_object(cache, before, true);
    map_set(&cache->objects, key, after);
    index_object(cache, after, false);
    /* listeners may stop the cache, which lets go of both */
    cleanup_kube_object struct kube_object *held = kube_object_ref(after);
    tell(cache, before, held);
}

static void drop(struct kube_cache *cache, struct kube_object *object)
{
    char text[MAX_KEY_BYTES];
    cleanup_kube_object struct kube_object *before =
        map_remove(&cache->objects, pair_key(text, object->namespace, object->name));
    index_object(cache, before, true);
    tell(cache, before, NULL);
}

static struct kube_object *decode(struct kube_cache *cache, const struct value *tree)
{
    struct kube_object *object;
    struct error *err = kube_object_new(tree, cache->options.decode, &object);
    if (err)
        log_error_free(
            LOG_WARN, "an object from the API server cannot be read; it is ignored",
            error_wrap(err, "%s %s/%s", cache->options.resource->plural, object->namespace, object->name));
    return object;
}

static void on_list_begin(struct reflector *reflector)
{
    struct kube_cache *cache = container_of(reflector, struct kube_cache, reflector);
    cache->list_number++;
}

static void on_listed(struct reflector *reflector, const struct value *tree)
{
    struct kube_cache *cache = container_of(reflector, struct kube_cache, reflector);
    put(cache, decode(cache, tree));
}

static void on_list_end(struct reflector *reflector)
{
    struct kube_cache *cache = container_of(reflector, struct kube_cache, reflector);
    for (size_t i = 0; i < cache->objects.length && !cache->stopped;) {
        struct kube_object *object = cache->objects.entries[i].value;
        if (object->seen == cache->list_number)
            i++;
        else
            drop(cache, object); /* the last one moves to this place */
    }
    if (cache->synced || cache->stopped)
        return;
    cache->synced = true;
    for (struct kube_cache_listener *listener = cache->listeners, *next; listener && !cache->stopped;
         listener = next) {
        next = listener->next;
        if (listener->synced)
            listener->synced(listener);
    }
}

static void on_event(struct reflector *reflector, const struct value *tree, bool gone)
{
    struct kube_cache *cache = container_of(reflector, struct kube_cache, reflector);
    if (!gone) {
        put(cache, decode(cache, tree));
        return;
    }
    const struct kube_object *known = kube_cache_find(cache, value_path_string(tree, "metadata.namespace"),
                                                      or_empty(value_path_string(tree, "metadata.name")));
    if (known)
        drop(cache, (struct kube_object *)known);
}

/* --- listeners --- */

static void introduce(struct kube_cache *cache, struct kube_cache_listener *listener)
{
    listener->next = cache->listeners;
    cache->listeners = listener;
    struct kube_objects all = { 0 };
    map_each (&cache->objects, entry)
        vec_push(&all, kube_object_ref(entry->value));
    for (size_t i = 0; i < all.length; i++) {
        bool listening = false;
        for (struct kube_cache_listener *each = cache->listeners; each && !cache->stopped; each = each->next)
            listening |= each == listener;
        if (listening && listener->changed)
            listener->changed(listener, NULL, all.items[i]);
        kube_object_unref(all.items[i]);
    }
    vec_done(&all);
    if (cache->synced && !cache->stopped && listener->synced)
        listener->synced(listener);
}

static void on_introduce(struct deferred *deferred)
{
    struct kube_cache *cache = container_of(deferred, struct kube_cache, introduce);
    while (cache->newcomers && !cache->stopped) {
        struct kube_cache_listener *listener = cache->newcomers;
        cache->newcomers = listener->next;
        introduce(cache, listener);
    }
}

void kube_cache_listen(struct kube_cache *cache, struct kube_cache_listener *listener)
{
    struct kube_cache_listener **last = &cache->newcomers;
    while (*last)
        last = &(*last)->next;
    *last = listener;
    listener->next = NULL;
    loop_defer(cache->loop, &cache->introduce, on_introduce);
}

static void unlink_listener(struct kube_cache_listener **list, const struct kube_cache_listener *listener)
{
    for (; *list; list = &(*list)->next) {
        if (*list == listener) {
            *list = listener->next;
            return;
        }
    }
}

void kube_cache_unlisten(struct kube_cache *cache, struct kube_cache_listener *listener)
{
    unlink_listener(&cache->listeners, listener);
    unlink_listener(&cache->newcomers, listener);
}

/* --- start and stop --- */

static void on_freed(struct reflector *reflector)
{
    struct kube_cache *cache = container_of(reflector, struct kube_cache, reflector);
    for (size_t i = 0; i < cache->options.n_indexes; i++) {
        map_each (&cache->indexes[i], entry) {
            struct kube_objects *list = entry->value;
            vec_done(list);
            free(list);
        }
        map_done(&cache->indexes[i]);
    }
    map_each (&cache->objects, entry)
        kube_object_unref(entry->value);
    map_done(&cache->objects);
    free(cache->indexes);
    free(cache);
}

struct error *kube_cache_start(struct kube_client *client, const struct kube_cache_options *options,
                               struct kube_cache **out)
{
    struct kube_cache *cache = NEW(struct kube_cache);
    cache->options = *options;
    cache->indexes = mem_new(options->n_indexes, sizeof(cache->indexes[0]));
    cache->loop = kube_client_loop(client);
    cache->reflector = (struct reflector){
        .resource = options->resource,
        .namespace = options->namespace,
        .label_selector = options->label_selector,
        .field_selector = options->field_selector,
        .on_list_begin = on_list_begin,
        .on_listed = on_listed,
        .on_list_end = on_list_end,
        .on_event = on_event,
        .on_freed = on_freed,
    };
    reflector_start(&cache->reflector, client);
    *out = cache;
    return NULL;
}

void kube_cache_stop(struct kube_cache *cache)
{
    if (!cache || cache->stopped)
        return;
    cache->stopped = true;
    deferred_stop(&cache->introduce);
    reflector_stop(&cache->reflector);
}

/* --- looking --- */

bool kube_cache_is_synced(const struct kube_cache *cache)
{
    return cache->synced;
}

const struct kube_object *kube_cache_find(const struct kube_cache *cache, const char *namespace,
                                          const char *name)
{
    char text[MAX_KEY_BYTES];
    return map_find(&cache->objects, pair_key(text, namespace, name));
}

size_t kube_cache_count(const struct kube_cache *cache)
{
    return cache->objects.length;
}

const struct kube_object *kube_cache_at(const struct kube_cache *cache, size_t index)
{
    assert(index < cache->objects.length);
    return cache->objects.entries[index].value;
}

const struct kube_objects *kube_cache_lookup(const struct kube_cache *cache, size_t index, const char *key)
{
    static const struct kube_objects none;
    assert(index < cache->options.n_indexes);
    const struct kube_objects *list = map_get(&cache->indexes[index], key);
    return list ? list : &none;
}

struct kube_cache_stats kube_cache_stats(const struct kube_cache *cache)
{
    const struct reflector_stats *stats = &cache->reflector.stats;
    return (struct kube_cache_stats){
        stats->n_lists,   stats->n_watches,  stats->n_events,   stats->n_bookmarks,
        stats->n_expired, stats->n_failures, stats->last_error,
    };
}
