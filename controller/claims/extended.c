/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods that ask for devices as an extended resource. Only kube-scheduler makes claims of such requests, and
 * it keeps off devices that we allocate: they would wait for ever, so they are told.
 */

#include "api/base/text.h"
#include "controller/claims/claims_private.h"
#include "controller/claims/names.h"
#include "driver/kube/facts.h"

#define IMPLICIT_PREFIX "deviceclass.resource.kubernetes.io/"

static bool provides(const struct device_class *class, const char *resource)
{
    size_t prefix = strlen(IMPLICIT_PREFIX);
    if (!text_is(meta_label(&class->meta, ALLOCATOR_LABEL), "controller"))
        return false;
    return text_is(class->extended_resource_name, resource) ||
           (strncmp(resource, IMPLICIT_PREFIX, prefix) == 0 && text_is(resource + prefix, class->meta.name));
}

/* The class of ours behind a resource, or NULL. */
static const struct device_class *find_provider(const struct claims *claims, const char *resource)
{
    const struct kube_cache *classes = claims->caches.of[CACHE_CLASSES];
    for (size_t i = 0; i < kube_cache_count(classes); i++) {
        const struct device_class *class = kube_cache_at(classes, i)->typed;
        if (class && provides(class, resource))
            return class;
    }
    return NULL;
}

static void note_containers(struct claims *claims, const struct kube_object *pod,
                            const struct container *containers, size_t n_containers)
{
    for (size_t i = 0; i < n_containers; i++) {
        for (size_t j = 0; j < containers[i].n_limits; j++) {
            const char *resource = containers[i].limits[j].name;
            const struct device_class *class = find_provider(claims, resource);
            if (!class)
                continue;
            struct event_target target = event_target_of(pod->tree, &KUBE_PODS);
            recorder_event(
                claims->options.recorder, &target, EVENT_WARNING, "ExtendedResource",
                "container %s asks for %s, which DeviceClass %s provides; where Tranche allocates, "
                "extended resources are not served: use a ResourceClaim, or run with --allocator "
                "scheduler",
                containers[i].name, resource, class->meta.name);
        }
    }
}

void claims_note_extended(struct claims *claims, const struct kube_object *pod)
{
    const struct pod *typed = pod->typed;
    if (!typed || pod_node(pod->tree) || pod_has_ended(pod->tree))
        return;
    note_containers(claims, pod, typed->init_containers, typed->n_init_containers);
    note_containers(claims, pod, typed->containers, typed->n_containers);
}
