/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/caches.h"
#include "api/core/pod.h"
#include "api/resource/objects.h"
#include "driver/kube/facts.h"

enum { LOOK_MS = 20 };

static struct error *decode_class(struct arena *arena, const struct value *tree, void **out)
{
    return device_class_decode(arena, tree, (struct device_class **)out);
}

static struct error *decode_slice(struct arena *arena, const struct value *tree, void **out)
{
    return resource_slice_decode(arena, tree, (struct resource_slice **)out);
}

static struct error *decode_rule(struct arena *arena, const struct value *tree, void **out)
{
    return device_taint_rule_decode(arena, tree, (struct device_taint_rule **)out);
}

static struct error *decode_pod(struct arena *arena, const struct value *tree, void **out)
{
    return pod_decode(arena, tree, (struct pod **)out);
}

static struct error *decode_claim(struct arena *arena, const struct value *tree, void **out)
{
    return resource_claim_decode(arena, tree, (struct resource_claim **)out);
}

static void keys_by_claim(const struct kube_object *pod, struct key_sink *sink)
{
    for (size_t i = 0; i < claim_entries(pod->tree); i++) {
        const char *name = claim_entry_at(pod->tree, i).name;
        if (name)
            key_sink_add_pair(sink, pod->namespace, name);
    }
}

static const struct kube_index pod_indexes[] = { { "claim", keys_by_claim } };

static const struct cache_row {
    const struct kube_resource *resource;
    struct error *(*decode)(struct arena *arena, const struct value *tree, void **out);
} rows[CACHE_KINDS] = {
    [CACHE_NODES] = { &KUBE_NODES, NULL },
    [CACHE_CLASSES] = { &KUBE_DEVICE_CLASSES, decode_class },
    [CACHE_SLICES] = { &KUBE_RESOURCE_SLICES, decode_slice },
    [CACHE_RULES] = { &KUBE_DEVICE_TAINT_RULES, decode_rule },
    [CACHE_PODS] = { &KUBE_PODS, decode_pod },
    [CACHE_CLAIMS] = { &KUBE_RESOURCE_CLAIMS, decode_claim },
};

const struct kube_resource *cache_resource(enum cache_kind kind)
{
    return rows[kind].resource;
}

static bool is_everything_there(const struct caches *caches)
{
    for (size_t kind = 0; kind < CACHE_KINDS; kind++) {
        const struct kube_cache *cache = caches->of[kind];
        bool absent = kind == CACHE_RULES && kube_cache_stats(cache).n_failures > 0;
        if (!kube_cache_is_synced(cache) && !absent)
            return false;
    }
    return true;
}

static void on_look(struct timer *timer)
{
    struct caches *caches = container_of(timer, struct caches, look);
    if (!is_everything_there(caches))
        return;
    timer_stop(timer);
    caches->complete = true;
    caches->on_complete(caches);
}

static void on_changed(struct kube_cache_listener *listener, const struct kube_object *before,
                       const struct kube_object *after)
{
    struct cache_ear *ear = container_of(listener, struct cache_ear, listener);
    if (ear->caches->complete)
        ear->caches->on_changed(ear->caches, ear->kind, before, after);
}

struct error *caches_start(struct caches *caches, struct kube_client *client)
{
    for (size_t kind = 0; kind < CACHE_KINDS; kind++) {
        struct kube_cache_options options = { .resource = rows[kind].resource, .decode = rows[kind].decode };
        if (kind == CACHE_PODS) {
            options.indexes = pod_indexes;
            options.n_indexes = ARRAY_LEN(pod_indexes);
        }
        TRY(kube_cache_start(client, &options, &caches->of[kind]));
        caches->ears[kind] = (struct cache_ear){ { .changed = on_changed }, caches, (enum cache_kind)kind };
        kube_cache_listen(caches->of[kind], &caches->ears[kind].listener);
    }
    timer_start_periodic(&caches->look, kube_client_loop(client), LOOK_MS, on_look);
    return NULL;
}

void caches_stop(struct caches *caches)
{
    timer_stop(&caches->look);
    for (size_t kind = 0; kind < CACHE_KINDS; kind++)
        kube_cache_stop(take(caches->of[kind]));
}

const struct kube_object *caches_find(const struct caches *caches, enum cache_kind kind,
                                      const char *namespace, const char *name)
{
    return kube_cache_find(caches->of[kind], namespace, name);
}

const struct kube_objects *caches_pods_of(const struct caches *caches, const char *namespace,
                                          const char *claim)
{
    cleanup_buf struct buf key = BUF_INIT(1024);
    buf_printf(&key, "%s/%s", namespace, claim);
    return kube_cache_lookup(caches->of[CACHE_PODS], 0, buf_text(&key));
}
