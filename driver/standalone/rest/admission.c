/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate saves work and nothing else: a pod whose claims Tranche allocates is kept away from schedulers
 * until they are. A claim or template that is not there yet is given the benefit of the doubt; the controller
 * takes the gate off when it turns out to be somebody else's.
 */
#include "driver/standalone/rest/admission.h"

#include "api/base/text.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"

#define ADMIN_ACCESS_LABEL "resource.kubernetes.io/admin-access"

/* The stored object, or NULL. */
static const struct value *find(struct request *req, const char *group, const char *plural,
                                const char *namespace, const char *name)
{
    const struct resource *resource = resource_named(rest_resources(req->server), group, plural);
    if (!resource || !name)
        return NULL;
    struct object *object =
        collection_find(resource->collection, span_of(namespace ? namespace : ""), span_of(name));
    return object ? object->tree : NULL;
}

struct error *admit_into_namespace(struct request *req, const struct value *object)
{
    const char *name = value_path_string(object, "metadata.namespace");
    if (!name)
        return NULL;
    const struct value *namespace = find(req, "", "namespaces", NULL, name);
    if (!namespace)
        return refuse_not_found_in(req, "", "namespaces", name);
    if (!value_path_string(namespace, "metadata.deletionTimestamp"))
        return NULL;
    struct error *err = refuse_forbidden(
        req, value_path_string(object, "metadata.name"),
        arena_printf(req->arena,
                     "unable to create new content in namespace %s because it is being terminated", name));
    refusal_add_cause(req, "NamespaceTerminating",
                      arena_printf(req->arena, "namespace %s is being terminated", name),
                      "metadata.namespace");
    return err;
}

struct error *admit_namespace_delete(struct request *req, const struct value *namespace)
{
    static const char *const eternal[] = { "default", "kube-system", "kube-public" };
    const char *name = value_path_string(namespace, "metadata.name");
    for (size_t i = 0; i < ARRAY_LEN(eternal); i++)
        if (text_is(name, eternal[i]))
            return refuse_forbidden(req, name, "this namespace may not be deleted");
    return NULL;
}

bool namespace_grants_admin(struct request *req, const char *name)
{
    const struct value *namespace = find(req, "", "namespaces", NULL, name);
    const struct value *labels = value_path(namespace, "metadata.labels");
    return text_is(value_string(value_get(labels, ADMIN_ACCESS_LABEL)), "true");
}

/* --- the gate --- */

static bool class_is_ours(struct request *req, const char *name)
{
    const struct value *class = find(req, "resource.k8s.io", "deviceclasses", NULL, name);
    return text_is(value_string(value_get(value_path(class, "metadata.labels"), ALLOCATOR_LABEL)),
                   "controller");
}

/* Whether any request, or alternative of one, names a class that the controller serves. */
static bool spec_is_ours(struct request *req, const struct value *spec)
{
    value_each (value_path(spec, "devices.requests"), request) {
        if (class_is_ours(req, value_path_string(request, "exactly.deviceClassName")))
            return true;
        value_each (value_get(request, "firstAvailable"), alternative)
            if (class_is_ours(req, value_string(value_get(alternative, "deviceClassName"))))
                return true;
    }
    return false;
}

static bool reference_wants_gate(struct request *req, const struct value *pod, const struct value *reference)
{
    const char *namespace = value_path_string(pod, "metadata.namespace");
    const char *claim_name = value_string(value_get(reference, "resourceClaimName"));
    const char *template_name = value_string(value_get(reference, "resourceClaimTemplateName"));
    if (claim_name) {
        const struct value *claim = find(req, "resource.k8s.io", "resourceclaims", namespace, claim_name);
        return !claim ||
               (!value_path(claim, "status.allocation") && spec_is_ours(req, value_get(claim, "spec")));
    }
    if (!template_name)
        return false;
    const struct value *template =
        find(req, "resource.k8s.io", "resourceclaimtemplates", namespace, template_name);
    return !template || spec_is_ours(req, value_path(template, "spec.spec"));
}

static bool has_gate(const struct value *pod)
{
    value_each (value_path(pod, "spec.schedulingGates"), gate)
        if (text_is(value_string(value_get(gate, "name")), ALLOCATE_GATE))
            return true;
    return false;
}

struct error *admit_pod(struct request *req, const struct value *before, struct value *pod)
{
    const char *node = value_path_string(pod, "spec.nodeName");
    if (before || text_is_set(node) || has_gate(pod))
        return NULL;
    if (!rest_gates_pods(req->server))
        return NULL;
    value_each (value_path(pod, "spec.resourceClaims"), reference) {
        if (!reference_wants_gate(req, pod, reference))
            continue;
        struct value *gate = value_object(req->arena);
        value_set_text(req->arena, gate, "name", ALLOCATE_GATE);
        struct value *spec = value_child(req->arena, pod, "spec");
        value_append(req->arena, value_child_list(req->arena, spec, "schedulingGates"), gate);
        return NULL;
    }
    return NULL;
}
