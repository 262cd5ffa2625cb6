/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that a cluster has before its first client. Nodes say what this machine is; the node role
 * corrects them.
 */
#include "driver/standalone/rest/seed.h"

#include "api/base/time.h"
#include "api/base/uuid.h"
#include "api/value/json.h"

#include <sys/utsname.h>
#include <unistd.h>

static const char namespace_text[] = "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{},\"spec\":"
                                     "{\"finalizers\":[\"kubernetes\"]},"
                                     "\"status\":{\"phase\":\"Active\"}}";

static const char node_text[] =
    "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"labels\":{\"kubernetes.io/"
    "os\":\"linux\"}},\"spec\":{},"
    "\"status\":{\"capacity\":{\"pods\":\"110\"},\"allocatable\":{\"pods\":\"110\"},"
    "\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"127.0.0.1\"}],"
    "\"nodeInfo\":{\"operatingSystem\":\"linux\",\"containerRuntimeVersion\":\"podman://\"}}}";

static struct error *store_seed(const struct resources *resources, struct arena *arena, const char *plural,
                                const char *name, struct value *tree)
{
    char uid[UUID_TEXT_SIZE], now[TIME_TEXT_SIZE];
    struct value *metadata = value_child(arena, tree, "metadata");
    uuid_make(uid);
    time_format(time_now_micros(), now);
    value_set_text(arena, metadata, "name", name);
    value_set_text(arena, metadata, "uid", uid);
    value_set_text(arena, metadata, "creationTimestamp", now);
    struct object *stored;
    return collection_create(resource_named(resources, "", plural)->collection, tree, &stored);
}

static struct error *seed_namespace(const struct resources *resources, struct arena *arena, const char *name)
{
    struct value *tree;
    TRY(json_parse(arena, span_of(namespace_text), 0, &tree));
    struct value *metadata = value_child(arena, tree, "metadata");
    value_set_text(arena, value_child(arena, metadata, "labels"), "kubernetes.io/metadata.name", name);
    return store_seed(resources, arena, "namespaces", name, tree);
}

static void describe_machine(struct arena *arena, struct value *status, const char *kube_version)
{
    struct utsname system;
    long n_cpus = sysconf(_SC_NPROCESSORS_ONLN), page = sysconf(_SC_PAGESIZE),
         pages = sysconf(_SC_PHYS_PAGES);
    static const char *const amounts[] = { "capacity", "allocatable" };
    for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
        struct value *amount = value_child(arena, status, amounts[i]);
        value_set_text(arena, amount, "cpu", arena_printf(arena, "%ld", n_cpus));
        value_set_text(arena, amount, "memory", arena_printf(arena, "%ldKi", pages / 1024 * page));
    }
    struct value *info = value_child(arena, status, "nodeInfo");
    value_set_text(arena, info, "kubeletVersion", arena_printf(arena, "v%s.0+tranche", kube_version));
    value_set_text(arena, info, "osImage", "Linux");
    if (uname(&system) == 0) {
        value_set_text(arena, info, "kernelVersion", system.release);
        value_set_text(arena, info, "architecture",
                       strcmp(system.machine, "x86_64") == 0 ? "amd64" : system.machine);
    }
}

static void add_ready(struct arena *arena, struct value *status)
{
    char now[TIME_TEXT_SIZE];
    time_format(time_now_micros(), now);
    struct value *ready = value_object(arena);
    value_set_text(arena, ready, "type", "Ready");
    value_set_text(arena, ready, "status", "True");
    value_set_text(arena, ready, "lastHeartbeatTime", now);
    value_set_text(arena, ready, "lastTransitionTime", now);
    value_set_text(arena, ready, "reason", "KubeletReady");
    value_set_text(arena, ready, "message", "the embedded node is ready");
    value_append(arena, value_child_list(arena, status, "conditions"), ready);
}

/* Those of our gates that nodes declare. */
static void declare_features(struct arena *arena, struct value *status, const struct features *features)
{
    static const char allocatable[] = "DRANodeAllocatableResources";
    if (features_is_on(features, allocatable))
        value_append(arena, value_child_list(arena, status, "declaredFeatures"),
                     value_text(arena, allocatable));
}

static struct error *seed_node(const struct resources *resources, struct arena *arena, const char *name,
                               const char *kube_version, const struct features *features)
{
    struct value *tree;
    TRY(json_parse(arena, span_of(node_text), 0, &tree));
    struct value *status = value_get(tree, "status");
    describe_machine(arena, status, kube_version);
    add_ready(arena, status);
    declare_features(arena, status, features);
    struct value *hostname = value_object(arena);
    value_set_text(arena, hostname, "type", "Hostname");
    value_set_text(arena, hostname, "address", name);
    value_append(arena, value_get(status, "addresses"), hostname);
    struct value *metadata = value_child(arena, tree, "metadata");
    value_set_text(arena, value_child(arena, metadata, "labels"), "kubernetes.io/hostname", name);
    return store_seed(resources, arena, "nodes", name, tree);
}

struct error *seed_store(const struct resources *resources, const char *const *node_names,
                         const char *kube_version, const struct features *features)
{
    static const char *const namespaces[] = { "default", "kube-node-lease", "kube-public", "kube-system" };
    cleanup_arena struct arena *arena = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
        TRY(seed_namespace(resources, arena, namespaces[i]));
    for (; node_names && *node_names; node_names++)
        TRY(seed_node(resources, arena, *node_names, kube_version, features));
    return NULL;
}
