/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A copy of the objects of one kind, kept up to date: paginated list, then watch with bookmarks; what the
 * server has forgotten (410) is listed anew. Objects never change once they are here, so whoever needs one
 * for longer takes a reference. Everything happens on the loop.
 *
 * Any number of listeners hear of each change, after the cache shows it. The first complete list ends with
 * `synced`; before it, objects may be missing.
 */

#include "api/base/map.h"
#include "driver/kube/client.h"

struct kube_object {
    unsigned refs;
    struct arena *arena;
    const struct value *tree;
    const char *namespace; /* "" for cluster-scoped objects */
    const char *name;
    const char *uid;
    const char *resource_version;
    void *typed;   /* what options.decode made of it; NULL if it could not (logged once) or there is none */
    uint64_t seen; /* in which list it was last, for the cache alone */
};

struct kube_object *kube_object_ref(const struct kube_object *object);
void kube_object_unref(struct kube_object *object);
DEFINE_CLEANUP(cleanup_kube_object_, struct kube_object *, kube_object_unref)
#define cleanup_kube_object __attribute__((cleanup(cleanup_kube_object_)))

struct kube_objects {
    struct kube_object **items;
    size_t length;
    size_t room;
};

struct key_sink;
void key_sink_add(struct key_sink *sink, const char *key);
void key_sink_add_pair(struct key_sink *sink, const char *namespace, const char *name); /* "namespace/name" */

/* Under which keys an object is found besides its name. */
struct kube_index {
    const char *name;
    void (*keys)(const struct kube_object *object, struct key_sink *sink);
};

struct kube_cache_listener {
    /* BEFORE is NULL for a new object, AFTER for one that is gone. Optional. */
    void (*changed)(struct kube_cache_listener *listener, const struct kube_object *before,
                    const struct kube_object *after);
    void (*synced)(struct kube_cache_listener *listener); /* optional; once */
    struct kube_cache_listener *next;
};

struct kube_cache_options {
    const struct kube_resource *resource; /* must stay */
    const char *namespace;                /* NULL: all */
    const char *label_selector;
    const char *field_selector;
    /* Makes the typed object in ARENA. */
    struct error *(*decode)(struct arena *arena, const struct value *tree, void **out);
    const struct kube_index *indexes;
    size_t n_indexes;
};

struct kube_cache;

/* Starts listing in the loop's next turn. OPTIONS are copied (what they point to by name above must stay). */
nodiscard struct error *kube_cache_start(struct kube_client *client, const struct kube_cache_options *options,
                                         struct kube_cache **out);
/* No callback comes any more; references taken stay good. NULL is fine. */
void kube_cache_stop(struct kube_cache *cache);

/* Hears of what is already there, too: `changed` for each object, and `synced`, in the loop's next turn. */
void kube_cache_listen(struct kube_cache *cache, struct kube_cache_listener *listener);
void kube_cache_unlisten(struct kube_cache *cache, struct kube_cache_listener *listener);

bool kube_cache_is_synced(const struct kube_cache *cache);

/* Borrowed until the loop turns, or NULL. NAMESPACE is NULL or "" for cluster-scoped kinds. */
const struct kube_object *kube_cache_find(const struct kube_cache *cache, const char *namespace,
                                          const char *name);

/* All of them, in no order; borrowed until the cache changes. */
size_t kube_cache_count(const struct kube_cache *cache);
const struct kube_object *kube_cache_at(const struct kube_cache *cache, size_t index);

/* What index number INDEX has under KEY; never NULL, may be empty. */
const struct kube_objects *kube_cache_lookup(const struct kube_cache *cache, size_t index, const char *key);

struct kube_cache_stats {
    uint64_t n_lists, n_watches, n_events, n_bookmarks, n_expired, n_failures;
    const char *last_error; /* or NULL; borrowed */
};
struct kube_cache_stats kube_cache_stats(const struct kube_cache *cache);

/* An object that stands alone (for tests, and for answers to writes): decoded like the cache's own. */
nodiscard struct error *kube_object_new(const struct value *tree,
                                        struct error *(*decode)(struct arena *, const struct value *,
                                                                void **),
                                        struct kube_object **out);
