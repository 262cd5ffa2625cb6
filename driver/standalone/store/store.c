/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A collection is a sorted array of references, found by bisection: for the thousands of objects that one
 * machine holds, moving pointers is cheaper than any tree, and a list is a copy of the array.
 *
 * History is a ring indexed by version. An event owns references to the states before and after it.
 */
#include "driver/standalone/store/store.h"

#include "api/base/map.h"

#include <assert.h>
#include <inttypes.h>

typedef VEC(struct object *) object_vec;

struct collection {
    struct store *store;
    char *name;
    object_vec objects;
};

struct store {
    int64_t first_version;
    int64_t version;
    size_t window;
    struct store_event *ring;
    struct map collections;
    store_listener *listener;
    void *listener_context;
};

/* Where an object of that name is, or would stand. */
static size_t objects_position(struct object *const *objects, size_t length, struct span namespace,
                               struct span name)
{
    size_t low = 0, high = length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (object_compare(objects[middle], namespace, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool objects_has_at(const object_vec *objects, size_t at, struct span namespace, struct span name)
{
    return at < objects->length && object_compare(objects->items[at], namespace, name) == 0;
}

static void objects_insert(object_vec *objects, size_t at, struct object *object)
{
    vec_push(objects, object);
    memmove(&objects->items[at + 1], &objects->items[at],
            (objects->length - 1 - at) * sizeof(objects->items[0]));
    objects->items[at] = object;
}

static struct store_event *ring_slot(const struct store *store, int64_t version)
{
    return &store->ring[(size_t)(version - store->first_version) % store->window];
}

/* Takes the reference AFTER; BEFORE is one that leaves the collection, or NULL. */
static void store_record(struct store *store, struct store_event event)
{
    struct store_event *slot = ring_slot(store, ++store->version);
    object_unref(slot->before);
    object_unref(slot->after);
    *slot = event;
    if (store->listener)
        store->listener(store->listener_context);
}

struct store *store_new(int64_t first_version, size_t window)
{
    assert(first_version >= 1 && window >= 1);
    struct store *store = NEW(struct store);
    store->first_version = store->version = first_version;
    store->window = window;
    store->ring = mem_new(window, sizeof(store->ring[0]));
    return store;
}

void store_free(struct store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->window; i++) {
        object_unref(store->ring[i].before);
        object_unref(store->ring[i].after);
    }
    map_each (&store->collections, entry) {
        struct collection *collection = entry->value;
        vec_each (&collection->objects, object)
            object_unref(*object);
        vec_done(&collection->objects);
        free(collection->name);
        free(collection);
    }
    map_done(&store->collections);
    free(store->ring);
    free(store);
}

void store_listen(struct store *store, store_listener *listener, void *context)
{
    store->listener = listener;
    store->listener_context = context;
}

int64_t store_version(const struct store *store)
{
    return store->version;
}

int64_t store_oldest_version(const struct store *store)
{
    int64_t oldest = store->version - (int64_t)store->window;
    return oldest > store->first_version ? oldest : store->first_version;
}

const struct store_event *store_event(const struct store *store, int64_t version)
{
    if (version <= store_oldest_version(store) || version > store->version)
        return NULL;
    return ring_slot(store, version);
}

struct collection *store_collection(struct store *store, const char *name)
{
    struct collection *collection = map_get(&store->collections, name);
    if (!collection) {
        collection = NEW(struct collection);
        collection->store = store;
        collection->name = mem_strdup(name);
        map_put(&store->collections, name, collection);
    }
    return collection;
}

struct object *collection_find(const struct collection *collection, struct span namespace, struct span name)
{
    const object_vec *objects = &collection->objects;
    size_t at = objects_position(objects->items, objects->length, namespace, name);
    return objects_has_at(objects, at, namespace, name) ? objects->items[at] : NULL;
}

size_t collection_length(const struct collection *collection)
{
    return collection->objects.length;
}

static struct error *check_version(const struct object *object, int64_t expected_version)
{
    if (expected_version != 0 && expected_version != object->version)
        return error_conflict("\"" SPAN_FMT "\" is at version %" PRId64 ", not %" PRId64,
                              SPAN_ARG(object->name), object->version, expected_version);
    return NULL;
}

struct error *collection_create(struct collection *collection, const struct value *tree, struct object **out)
{
    struct store *store = collection->store;
    object_vec *objects = &collection->objects;
    struct object *object = object_new(tree, store->version + 1);
    size_t at = objects_position(objects->items, objects->length, object->namespace, object->name);
    if (objects_has_at(objects, at, object->namespace, object->name)) {
        struct error *err =
            error_conflict("%s \"" SPAN_FMT "\" exists", collection->name, SPAN_ARG(object->name));
        object_unref(object);
        return err;
    }
    objects_insert(objects, at, object);
    *out = object;
    store_record(store, (struct store_event){ STORE_ADDED, collection, NULL, object_ref(object) });
    return NULL;
}

struct error *collection_replace(struct collection *collection, const struct value *tree,
                                 int64_t expected_version, struct object **out)
{
    struct store *store = collection->store;
    const struct value *metadata = value_get(tree, "metadata");
    struct span namespace = span_of(value_string(value_get(metadata, "namespace")));
    struct span name = span_of(value_string(value_get(metadata, "name")));
    struct object *before = collection_find(collection, namespace, name);
    if (!before)
        return error_not_found("no %s \"" SPAN_FMT "\"", collection->name, SPAN_ARG(name));
    TRY(check_version(before, expected_version));

    size_t at = objects_position(collection->objects.items, collection->objects.length, namespace, name);
    struct object *after = object_new(tree, store->version + 1);
    collection->objects.items[at] = after;
    *out = after;
    store_record(store, (struct store_event){ STORE_MODIFIED, collection, before, object_ref(after) });
    return NULL;
}

struct error *collection_remove(struct collection *collection, struct span namespace, struct span name,
                                int64_t expected_version, struct object **out)
{
    struct store *store = collection->store;
    object_vec *objects = &collection->objects;
    size_t at = objects_position(objects->items, objects->length, namespace, name);
    if (!objects_has_at(objects, at, namespace, name))
        return error_not_found("no %s \"" SPAN_FMT "\"", collection->name, SPAN_ARG(name));
    struct object *before = objects->items[at];
    TRY(check_version(before, expected_version));

    vec_remove(objects, at);
    struct object *last = object_new(before->tree, store->version + 1);
    *out = last;
    store_record(store, (struct store_event){ STORE_DELETED, collection, before, last });
    return NULL;
}

void snapshot_done(struct snapshot *snapshot)
{
    vec_each (&snapshot->objects, object)
        object_unref(*object);
    vec_done(&snapshot->objects);
}

/* Makes OBJECTS what they were before EVENT. References are not counted here. */
static void event_undo(const struct store_event *event, object_vec *objects)
{
    struct span namespace = event->after->namespace, name = event->after->name;
    size_t at = objects_position(objects->items, objects->length, namespace, name);
    switch (event->change) {
    case STORE_ADDED:
        assert(objects_has_at(objects, at, namespace, name));
        vec_remove(objects, at);
        return;
    case STORE_MODIFIED:
        assert(objects_has_at(objects, at, namespace, name));
        objects->items[at] = event->before;
        return;
    case STORE_DELETED: objects_insert(objects, at, event->before); return;
    }
}

struct error *collection_list(const struct collection *collection, int64_t version, struct span namespace,
                              struct snapshot *out)
{
    const struct store *store = collection->store;
    if (version == 0)
        version = store->version;
    if (version > store->version)
        return error_unavailable("version %" PRId64 " lies ahead of %" PRId64, version, store->version);
    if (version < store_oldest_version(store))
        return error_new(ERROR_EXHAUSTED, "version %" PRId64 " is older than %" PRId64, version,
                         store_oldest_version(store));

    object_vec objects = { 0 };
    for (size_t i = 0; i < collection->objects.length; i++)
        vec_push(&objects, collection->objects.items[i]);
    for (int64_t newer = store->version; newer > version; newer--) {
        const struct store_event *event = ring_slot(store, newer);
        if (event->collection == collection)
            event_undo(event, &objects);
    }
    vec_each (&objects, object) {
        if (!namespace.data || span_equal((*object)->namespace, namespace))
            vec_push(&out->objects, object_ref(*object));
    }
    vec_done(&objects);
    out->version = version;
    return NULL;
}
