/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The frame of a controller: keys that changes concern are brought, one small step after the other, to where
 * they should be.
 *
 * A step (`reconcile`) looks at the caches, starts at most one request and returns. When the request has
 * succeeded and the cache shows what it did, the same key is looked at again, until a step finds nothing to
 * do. So no step needs to remember what the one before it did, and a crash between any two loses nothing. A
 * request that fails makes the key come back later.
 */

#include "driver/kube/cache.h"
#include "driver/loop/queue.h"

struct reconciler;
struct reconcile_task;

struct reconciler_kind {
    const char *name;

    /* One step. An error makes the key come back later. */
    struct error *(*reconcile)(struct reconcile_task *task);

    /* A request that a step made ended with this error; or NULL. */
    void (*refused)(struct reconcile_task *task, const struct error *err);

    /* The object with UID is gone for good (reconcile_ask_gone); or NULL. */
    void (*learn_gone)(struct reconciler *reconciler, const char *uid);
};

struct reconciler {
    const struct reconciler_kind *kind;
    struct kube_client *client;
    struct work_queue queue;
    struct reconcile_task *tasks;                   /* the keys that are being worked on */
    void (*drained)(struct reconciler *reconciler); /* set by reconciler_stop */
    uint64_t n_conflicts;                           /* requests that met a newer object */
};

/* One key being worked on. */
struct reconcile_task {
    struct reconciler *reconciler;
    char *key;
    bool requested; /* this step has started its request */
    /* the frame's */
    struct kube_call call;
    struct timer patience;
    const struct kube_cache *awaited; /* NULL: only the answer is waited for */
    char *awaited_namespace, *awaited_name;
    uint64_t awaited_version; /* 0: anything but version_before */
    char *version_before;
    bool awaiting, later;
    char *asked_uid;
    struct reconcile_task *next;
};

void reconciler_init(struct reconciler *reconciler, const struct reconciler_kind *kind,
                     struct kube_client *client);
/* From now on keys are worked on; until then reconciler_add does nothing. */
void reconciler_start(struct reconciler *reconciler);
/* DRAINED is called from the loop, or at once, when no request is in flight any more. */
void reconciler_stop(struct reconciler *reconciler, void (*drained)(struct reconciler *reconciler));
bool reconciler_is_stopping(const struct reconciler *reconciler);

/* Keys: "NAMESPACE/NAME", or just NAME where NAMESPACE is NULL or "". */
void reconciler_add(struct reconciler *reconciler, const char *namespace, const char *name);
void reconciler_add_key(struct reconciler *reconciler, const char *key);
/* Comes (again) after a while; the earliest wins. */
void reconciler_add_later(struct reconciler *reconciler, const char *key, uint64_t delay_ms);

/* What KEY names; *NAMESPACE is in ARENA, "" if there is none. */
void reconcile_key_split(const char *key, struct arena *arena, const char **namespace, const char **name);

/*
 * The step's request; SPEC->done is set here. Afterwards CACHE is waited for, for five seconds at most; with
 * NULL, only the answer is.
 */
nodiscard struct error *reconcile_request(struct reconcile_task *task, const struct kube_cache *cache,
                                          struct kube_call_spec *spec);

/*
 * The step's request: is the object with UID, which no cache shows, really gone? If it is, learn_gone hears
 * of it before the next step; if not, the key comes back when the caches had time to learn of it.
 */
nodiscard struct error *reconcile_ask_gone(struct reconcile_task *task, const struct kube_resource *resource,
                                           const char *namespace, const char *name, const char *uid);

/* For the owner of the caches, after each change of one that requests wait for. */
void reconciler_hear(struct reconciler *reconciler, const struct kube_cache *cache);

/* A resourceVersion as a number; 0 if it is none. They are compared within one server's history. */
uint64_t resource_version_number(const char *version);
