/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caches that the roles share, and the indexes by which they are asked.
 */

#include "driver/standalone/roles/cluster.h"
#include "api/resource/objects.h"
#include "driver/kube/facts.h"

enum { MAX_GONE = 20000 };

static struct error *decode_claim(struct arena *arena, const struct value *tree, void **out)
{
    return resource_claim_decode(arena, tree, (struct resource_claim **)out);
}

static struct error *decode_slice(struct arena *arena, const struct value *tree, void **out)
{
    return resource_slice_decode(arena, tree, (struct resource_slice **)out);
}

static struct error *decode_rule(struct arena *arena, const struct value *tree, void **out)
{
    return device_taint_rule_decode(arena, tree, (struct device_taint_rule **)out);
}

static void keys_by_claim(const struct kube_object *pod, struct key_sink *sink)
{
    for (size_t i = 0; i < claim_entries(pod->tree); i++) {
        const char *name = claim_entry_at(pod->tree, i).name;
        if (name)
            key_sink_add_pair(sink, pod->namespace, name);
    }
}

static void keys_by_node(const struct kube_object *pod, struct key_sink *sink)
{
    if (pod_node(pod->tree))
        key_sink_add(sink, pod_node(pod->tree));
}

static void keys_by_owner(const struct kube_object *object, struct key_sink *sink)
{
    value_each (value_path(object->tree, "metadata.ownerReferences"), owner) {
        const char *uid = value_string(value_get(owner, "uid"));
        if (uid)
            key_sink_add(sink, uid);
    }
}

static const struct kube_index pod_indexes[] = {
    [PODS_BY_CLAIM] = { "claim", keys_by_claim },
    [PODS_BY_NODE] = { "node", keys_by_node },
    { "owner", keys_by_owner },
};
static const struct kube_index plain_indexes[] = { { "owner", keys_by_owner } };

static const struct cluster_row {
    const struct kube_resource *resource;
    struct error *(*decode)(struct arena *arena, const struct value *tree, void **out);
    bool optional; /* there are servers without it */
} rows[CLUSTER_KINDS] = {
    [CLUSTER_NAMESPACES] = { &KUBE_NAMESPACES, NULL, false },
    [CLUSTER_NODES] = { &KUBE_NODES, NULL, false },
    [CLUSTER_PODS] = { &KUBE_PODS, NULL, false },
    [CLUSTER_CLAIMS] = { &KUBE_RESOURCE_CLAIMS, decode_claim, false },
    [CLUSTER_TEMPLATES] = { &KUBE_RESOURCE_CLAIM_TEMPLATES, NULL, false },
    [CLUSTER_SLICES] = { &KUBE_RESOURCE_SLICES, decode_slice, false },
    [CLUSTER_RULES] = { &KUBE_DEVICE_TAINT_RULES, decode_rule, true },
    [CLUSTER_LEASES] = { &KUBE_LEASES, NULL, false },
};

static size_t owner_index(enum cluster_kind kind)
{
    return kind == CLUSTER_PODS ? ARRAY_LEN(pod_indexes) - 1 : 0;
}

const struct kube_resource *cluster_resource(enum cluster_kind kind)
{
    return rows[kind].resource;
}

static struct error *start_caches(struct cluster *cluster)
{
    for (size_t kind = 0; kind < CLUSTER_KINDS; kind++) {
        bool pods = kind == CLUSTER_PODS;
        struct kube_cache_options options = { .resource = rows[kind].resource,
                                              .decode = rows[kind].decode,
                                              .indexes = pods ? pod_indexes : plain_indexes,
                                              .n_indexes =
                                                  pods ? ARRAY_LEN(pod_indexes) : ARRAY_LEN(plain_indexes) };
        TRY(kube_cache_start(cluster->client, &options, &cluster->caches[kind]));
    }
    return NULL;
}

static struct error *start_recorders(struct cluster *cluster)
{
    TRY(recorder_new(cluster->client, "default-scheduler", NULL, &cluster->scheduler_events));
    TRY(recorder_new(cluster->client, "device-taint-eviction", NULL, &cluster->eviction_events));
    return recorder_new(cluster->client, "resource_claim", NULL, &cluster->claim_events);
}

struct error *cluster_start(struct cluster *cluster, struct kube_client *client)
{
    *cluster = (struct cluster){ .loop = kube_client_loop(client), .client = client };
    struct error *err = start_recorders(cluster);
    if (!err)
        err = start_caches(cluster);
    if (err)
        cluster_stop(cluster);
    return err;
}

void cluster_stop(struct cluster *cluster)
{
    for (size_t kind = 0; kind < CLUSTER_KINDS; kind++)
        kube_cache_stop(take(cluster->caches[kind]));
    recorder_stop(take(cluster->scheduler_events));
    recorder_stop(take(cluster->eviction_events));
    recorder_stop(take(cluster->claim_events));
    map_done(&cluster->gone);
}

bool cluster_is_synced(const struct cluster *cluster)
{
    for (size_t kind = 0; kind < CLUSTER_KINDS; kind++) {
        if (!rows[kind].optional && !kube_cache_is_synced(cluster->caches[kind]))
            return false;
    }
    return true;
}

const struct kube_object *cluster_find(const struct cluster *cluster, enum cluster_kind kind,
                                       const char *namespace, const char *name)
{
    return kube_cache_find(cluster->caches[kind], namespace, name);
}

bool cluster_is_gone(const struct cluster *cluster, const char *uid)
{
    return map_get(&cluster->gone, uid);
}

/* Whoever asks about a uid that was forgotten has to find out again. */
void cluster_mark_gone(struct cluster *cluster, const char *uid)
{
    if (cluster->gone.length >= MAX_GONE)
        map_done(&cluster->gone);
    map_put(&cluster->gone, uid, cluster);
}

const struct kube_objects *cluster_pods_of_claim(const struct cluster *cluster, const char *namespace,
                                                 const char *claim)
{
    cleanup_buf struct buf key = BUF_INIT(1024);
    buf_printf(&key, "%s/%s", namespace, claim);
    return kube_cache_lookup(cluster->caches[CLUSTER_PODS], PODS_BY_CLAIM, buf_text(&key));
}

const struct kube_objects *cluster_pods_of_node(const struct cluster *cluster, const char *node)
{
    return kube_cache_lookup(cluster->caches[CLUSTER_PODS], PODS_BY_NODE, node);
}

const struct kube_objects *cluster_owned(const struct cluster *cluster, enum cluster_kind kind,
                                         const char *uid)
{
    return kube_cache_lookup(cluster->caches[kind], owner_index(kind), uid);
}
