/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts and stops the roles together: first the caches are filled, then every role hears of everything that
 * there is, as if it had just appeared.
 */

#include "driver/standalone/roles/roles.h"
#include "api/base/log.h"
#include "driver/standalone/roles/all.h"

static const struct role_kind *const kinds[] = {
    &claims_role,     &binding_role, &reservations_role, &eviction_role,
    &namespaces_role, &owners_role,  &pods_role,         &nodes_role,
};

struct ear {
    struct kube_cache_listener listener;
    struct roles *roles;
    enum cluster_kind kind;
};

struct roles {
    struct cluster cluster;
    struct role roles[ARRAY_LEN(kinds)];
    struct ear ears[CLUSTER_KINDS];
    bool running;
    size_t n_drained;
    struct deferred gone;
    void (*stopped)(void *context);
    void *context;
};

static void hear(struct roles *roles, enum cluster_kind kind, const struct kube_object *before,
                 const struct kube_object *after)
{
    if (!after)
        cluster_mark_gone(&roles->cluster, before->uid);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        role_hear(&roles->roles[i], kind, before, after);
}

static void on_changed(struct kube_cache_listener *listener, const struct kube_object *before,
                       const struct kube_object *after)
{
    struct ear *ear = container_of(listener, struct ear, listener);
    if (ear->roles->running)
        hear(ear->roles, ear->kind, before, after);
}

static void on_synced(struct kube_cache_listener *listener)
{
    struct roles *roles = container_of(listener, struct ear, listener)->roles;
    if (roles->running || !cluster_is_synced(&roles->cluster))
        return;
    roles->running = true;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        role_start(&roles->roles[i]);
    for (size_t kind = 0; kind < CLUSTER_KINDS; kind++) {
        for (size_t i = 0; i < kube_cache_count(roles->cluster.caches[kind]); i++)
            hear(roles, kind, NULL, kube_cache_at(roles->cluster.caches[kind], i));
    }
    log_info("the roles are at work", kv_int("roles", ARRAY_LEN(kinds)));
}

struct error *roles_start(struct kube_client *client, struct roles **out)
{
    struct roles *roles = NEW(struct roles);
    struct error *err = cluster_start(&roles->cluster, client);
    if (err) {
        free(roles);
        return error_wrap(err, "start the roles");
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        role_init(&roles->roles[i], kinds[i], &roles->cluster);
    for (size_t kind = 0; kind < CLUSTER_KINDS; kind++) {
        roles->ears[kind] = (struct ear){ .listener = { .changed = on_changed, .synced = on_synced },
                                          .roles = roles,
                                          .kind = kind };
        kube_cache_listen(roles->cluster.caches[kind], &roles->ears[kind].listener);
    }
    *out = roles;
    return NULL;
}

static void on_gone(struct deferred *deferred)
{
    struct roles *roles = container_of(deferred, struct roles, gone);
    void (*stopped)(void *) = roles->stopped;
    void *context = roles->context;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        role_done(&roles->roles[i]);
    cluster_stop(&roles->cluster);
    free(roles);
    if (stopped)
        stopped(context);
}

static void on_drained(struct role *role)
{
    struct roles *roles = container_of(role->cluster, struct roles, cluster);
    if (++roles->n_drained == ARRAY_LEN(kinds))
        loop_defer(roles->cluster.loop, &roles->gone, on_gone);
}

void roles_stop(struct roles *roles, void (*stopped)(void *context), void *context)
{
    roles->running = false;
    roles->stopped = stopped;
    roles->context = context;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        role_stop(&roles->roles[i], on_drained);
}

bool roles_are_running(const struct roles *roles)
{
    return roles->running;
}
