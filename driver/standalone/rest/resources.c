/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows that say what is served: the kinds of the schema tables, each with what is said of it here.
 */
#include "driver/standalone/rest/resources.h"

#include "api/core/kinds.h"
#include "driver/standalone/rest/pods.h"
#include "driver/standalone/rest/reviews.h"
#include "driver/standalone/rest/strategies.h"

/* What lists may select by, beside name and namespace. */
static const struct selectable_field *fields_find(const char *group, const char *plural)
{
    static const struct selectable_field pod_fields[] = {
        { "spec.nodeName", NULL },
        { "spec.restartPolicy", NULL },
        { "spec.schedulerName", NULL },
        { "spec.serviceAccountName", NULL },
        { "spec.hostNetwork", "false" },
        { "status.phase", NULL },
        { "status.podIP", NULL },
        { "status.nominatedNodeName", NULL },
        { 0 },
    };
    static const struct selectable_field node_fields[] = { { "spec.unschedulable", "false" }, { 0 } };
    static const struct selectable_field namespace_fields[] = { { "status.phase", NULL }, { 0 } };
    static const struct selectable_field event_fields[] = {
        { "involvedObject.kind", NULL },
        { "involvedObject.namespace", NULL },
        { "involvedObject.name", NULL },
        { "involvedObject.uid", NULL },
        { "involvedObject.apiVersion", NULL },
        { "involvedObject.resourceVersion", NULL },
        { "involvedObject.fieldPath", NULL },
        { "reason", NULL },
        { "reportingComponent", NULL },
        { "source", NULL },
        { "type", NULL },
        { 0 },
    };
    static const struct selectable_field slice_fields[] = {
        { "spec.nodeName", NULL },
        { "spec.driver", NULL },
        { "spec.pool.name", NULL },
        { 0 },
    };
    static const struct {
        const char *group, *plural;
        const struct selectable_field *fields;
    } rows[] = {
        { "", "pods", pod_fields },
        { "", "nodes", node_fields },
        { "", "namespaces", namespace_fields },
        { "", "events", event_fields },
        { "resource.k8s.io", "resourceslices", slice_fields },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].group, group) == 0 && strcmp(rows[i].plural, plural) == 0)
            return rows[i].fields;
    return NULL;
}

static const struct subresource *subresources_find(const char *group, const char *plural)
{
    static const struct subresource pod_subresources[] = {
        { "binding", "", "v1", "Binding", "POST", "create", pod_bind },
        { "eviction", "policy", "v1", "Eviction", "POST", "create", pod_evict },
        { "log", "", "v1", "Pod", "GET", "get", pod_log },
        { 0 },
    };
    static const struct subresource namespace_subresources[] = {
        { "finalize", "", "v1", "Namespace", "PUT", "update", namespace_finalize },
        { 0 },
    };
    static const struct {
        const char *group, *plural;
        const struct subresource *subresources;
    } rows[] = { { "", "pods", pod_subresources }, { "", "namespaces", namespace_subresources } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].group, group) == 0 && strcmp(rows[i].plural, plural) == 0)
            return rows[i].subresources;
    return NULL;
}

void resources_init(struct resources *resources, struct store *store)
{
    size_t n_kinds, n_reviews;
    const struct schema_kind *kinds = schema_kinds(&n_kinds);
    for (size_t i = 0; i < n_kinds; i++) {
        const struct schema_kind *kind = &kinds[i];
        char name[256];
        snprintf(name, sizeof(name), "%s/%s", kind->group, kind->plural);
        vec_push(&resources->rows, (struct resource){
                                       .kind = kind,
                                       .fields = fields_find(kind->group, kind->plural),
                                       .columns = table_columns(kind->group, kind->plural),
                                       .subresources = subresources_find(kind->group, kind->plural),
                                       .strategy = strategy_find(kind->group, kind->plural),
                                       .collection = store_collection(store, name),
                                   });
    }
    const struct review *reviews = review_list(&n_reviews);
    for (size_t i = 0; i < n_reviews; i++)
        vec_push(&resources->rows, (struct resource){
                                       .kind = &reviews[i].kind,
                                       .columns = table_columns("", ""),
                                       .strategy = strategy_find("", ""),
                                       .create = reviews[i].create,
                                   });
}

void resources_done(struct resources *resources)
{
    vec_done(&resources->rows);
}

static bool is_named(const struct schema_kind *kind, const char *group, const char *plural)
{
    return strcmp(kind->group, group) == 0 && strcmp(kind->plural, plural) == 0;
}

const struct resource *resource_named(const struct resources *resources, const char *group,
                                      const char *plural)
{
    for (size_t i = 0; i < resources->rows.length; i++)
        if (is_named(resources->rows.items[i].kind, group, plural))
            return &resources->rows.items[i];
    return NULL;
}

const struct resource *resource_find(const struct resources *resources, const char *group,
                                     const char *version, const char *plural)
{
    const struct resource *resource = resource_named(resources, group, plural);
    for (size_t i = 0; resource && i < resource->kind->n_versions; i++)
        if (strcmp(resource->kind->versions[i].name, version) == 0)
            return resource;
    return NULL;
}
