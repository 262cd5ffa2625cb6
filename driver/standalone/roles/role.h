/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A role: a controller in driver/kube's frame (reconciler.h) that works on the caches which all roles share.
 * It hears of changes, names the keys that they concern, and brings each key to where it should be.
 */

#include "driver/kube/reconciler.h"
#include "driver/standalone/roles/cluster.h"

/* Whose fields are written: the programs of Kubernetes that a role stands for. */
#define MANAGER_CONTROLLERS "kube-controller-manager"
#define MANAGER_EVICTION    "device-taint-eviction"
#define MANAGER_SCHEDULER   "kube-scheduler"

struct role;
struct role_task;

struct role_kind {
    const char *name;

    /* Once, before the first change; or NULL. */
    void (*begin)(struct role *role);

    /* Calls role_add for each key that the change of an object concerns. */
    void (*observe)(struct role *role, enum cluster_kind kind, const struct kube_object *before,
                    const struct kube_object *after);

    /* One step. An error makes the key come back later. */
    struct error *(*reconcile)(struct role_task *task);

    size_t state_size;                 /* of what the role remembers; zeroed, role->state */
    void (*forget)(struct role *role); /* frees what is in the state; or NULL */
};

struct role {
    struct reconciler frame;
    const struct role_kind *kind;
    struct reconciler_kind frame_kind;
    struct cluster *cluster;
    void *state;
    void (*drained)(struct role *role); /* set by role_stop */
};

/* One step of one key. */
struct role_task {
    struct role *role;
    struct cluster *cluster;
    const char *key;
    bool requested; /* this step has started its request */
    struct reconcile_task *frame;
};

void role_init(struct role *role, const struct role_kind *kind, struct cluster *cluster);
/* From now on keys are worked on; until then role_add does nothing. */
void role_start(struct role *role);
/* DRAINED is called from the loop, or at once, when no request is in flight any more. */
void role_stop(struct role *role, void (*drained)(struct role *role));
void role_done(struct role *role);

/* Keys: "NAMESPACE/NAME", or just NAME where NAMESPACE is NULL or "". */
void role_add(struct role *role, const char *namespace, const char *name);
void role_add_key(struct role *role, const char *key);
/* Comes (again) after a while; the earliest wins. */
void role_add_later(struct role *role, const char *key, uint64_t delay_ms);

/* What KEY names; *NAMESPACE is in ARENA, "" if there is none. */
void role_key_split(const char *key, struct arena *arena, const char **namespace, const char **name);

/*
 * The step's request; SPEC->resource and SPEC->done are set here. Afterwards the caches are waited for, for
 * five seconds at most.
 */
nodiscard struct error *role_request(struct role_task *task, enum cluster_kind kind,
                                     struct kube_call_spec *spec);

/* Such a request: a merge patch of OBJECT, or of its SUBRESOURCE, by MANAGER. */
nodiscard struct error *role_patch(struct role_task *task, enum cluster_kind kind,
                                   const struct kube_object *object, const char *subresource,
                                   const struct value *patch, const char *manager);

/* Such a request: the end of this very OBJECT, not of another by its name. OPTIONS may be NULL. */
nodiscard struct error *role_delete(struct role_task *task, struct arena *arena, enum cluster_kind kind,
                                    const struct kube_object *object, struct value *options);

/* Likewise for a kind without a cache: the next step comes after the answer. */
nodiscard struct error *role_request_other(struct role_task *task, const struct kube_resource *resource,
                                           struct kube_call_spec *spec);

/* The beginning of a body of KIND, of v1, about POD. */
struct value *role_body(struct arena *arena, const char *kind, const struct kube_object *pod);

/*
 * The step's request: is the object with UID, which no cache shows, really gone? If it is, the next step
 * finds that the cluster knows; if not, the key comes back when the caches had time to learn of it.
 */
nodiscard struct error *role_ask_gone(struct role_task *task, const struct kube_resource *resource,
                                      const char *namespace, const char *name, const char *uid);

/* For the owner of the caches: an object changed. */
void role_hear(struct role *role, enum cluster_kind kind, const struct kube_object *before,
               const struct kube_object *after);
