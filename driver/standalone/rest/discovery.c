/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything here is a projection of the resource rows: by group, by version, by resource.
 */
#include "driver/standalone/rest/discovery.h"

#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"
#include "driver/standalone/rest/versions.h"

/* --- groups and versions --- */

typedef VEC(const char *) text_vec;

static bool texts_have(const text_vec *texts, const char *text)
{
    for (size_t i = 0; i < texts->length; i++)
        if (strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

static const char *const *texts_keep(struct arena *arena, text_vec *texts)
{
    const char **kept = arena_make_array(arena, const char *, texts->length + 1);
    if (texts->length)
        memcpy(kept, texts->items, texts->length * sizeof(texts->items[0]));
    vec_done(texts);
    return kept;
}

/* "v1" before "v1beta2" before "v1beta1" before "v1alpha3". */
static int compare_versions(const void *a, const void *b)
{
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    bool left_stable = !left[strspn(left, "v0123456789")],
         right_stable = !right[strspn(right, "v0123456789")];
    if (left_stable != right_stable)
        return left_stable ? -1 : 1;
    return strcmp(right, left);
}

const char *const *group_versions(struct arena *arena, const struct resources *resources, const char *group)
{
    text_vec versions = { 0 };
    for (size_t i = 0; i < resources->rows.length; i++) {
        const struct schema_kind *kind = resources->rows.items[i].kind;
        for (size_t j = 0; strcmp(kind->group, group) == 0 && j < kind->n_versions; j++)
            if (!texts_have(&versions, kind->versions[j].name))
                vec_push(&versions, kind->versions[j].name);
    }
    if (versions.length)
        qsort(versions.items, versions.length, sizeof(versions.items[0]), compare_versions);
    return texts_keep(arena, &versions);
}

const char *const *group_names(struct arena *arena, const struct resources *resources)
{
    text_vec groups = { 0 };
    for (size_t i = 0; i < resources->rows.length; i++)
        if (!texts_have(&groups, resources->rows.items[i].kind->group))
            vec_push(&groups, resources->rows.items[i].kind->group);
    return texts_keep(arena, &groups);
}

static bool serves(const struct resource *resource, const char *group, const char *version)
{
    const struct schema_kind *kind = resource->kind;
    for (size_t i = 0; i < kind->n_versions; i++)
        if (strcmp(kind->versions[i].name, version) == 0)
            return strcmp(kind->group, group) == 0;
    return false;
}

/* --- small pieces --- */

static struct value *texts_value(struct arena *arena, const char *const *texts)
{
    struct value *list = value_list(arena);
    for (; texts && *texts; texts++)
        value_append(arena, list, value_text(arena, *texts));
    return list;
}

static void set_texts(struct arena *arena, struct value *object, const char *name, const char *const *texts)
{
    if (texts && *texts)
        value_set(arena, object, name, texts_value(arena, texts));
}

static struct value *verbs_value(struct arena *arena, const struct resource *resource)
{
    static const char *const stored[] = { "create", "delete", "deletecollection",
                                          "get",    "list",   "patch",
                                          "update", "watch",  NULL };
    static const char *const asked[] = { "create", NULL };
    return texts_value(arena, resource->collection ? stored : asked);
}

static struct value *document_new(struct arena *arena, const char *kind, const char *api_version)
{
    struct value *document = value_object(arena);
    value_set_text(arena, document, "kind", kind);
    value_set_text(arena, document, "apiVersion", api_version);
    return document;
}

/* --- subresources, of which a row of the table is one method --- */

struct sub_view {
    const char *name, *group, *version, *kind;
    const char *verbs[8];
};

static size_t sub_views(const struct resource *resource, const char *version, struct sub_view *out,
                        size_t room)
{
    const struct schema_kind *kind = resource->kind;
    size_t n = 0;
    if (kind->has_status && n < room)
        out[n++] =
            (struct sub_view){ "status", kind->group, version, kind->kind, { "get", "patch", "update" } };
    for (const struct subresource *sub = resource->subresources; sub && sub->name && n < room; sub++)
        out[n++] = (struct sub_view){ sub->name, sub->group, sub->version, sub->kind, { sub->verb } };
    return n;
}

enum { MAX_SUBRESOURCES = 8 };

/* --- the old form --- */

static struct value *group_new(struct arena *arena, const struct resources *resources, const char *group)
{
    struct value *object = value_object(arena);
    value_set_text(arena, object, "name", group);
    for (const char *const *version = group_versions(arena, resources, group); *version; version++) {
        struct value *item = value_object(arena);
        value_set_text(arena, item, "groupVersion", api_version_text(arena, group, *version));
        value_set_text(arena, item, "version", *version);
        value_append(arena, value_child_list(arena, object, "versions"), item);
        if (!value_get(object, "preferredVersion"))
            value_set(arena, object, "preferredVersion", item);
    }
    return object;
}

static struct value *resource_new(struct arena *arena, const struct resource *resource)
{
    const struct schema_kind *kind = resource->kind;
    struct value *object = value_object(arena);
    value_set_text(arena, object, "name", kind->plural);
    value_set_text(arena, object, "singularName", kind->singular);
    value_set_bool(arena, object, "namespaced", kind->namespaced);
    value_set_text(arena, object, "kind", kind->kind);
    value_set(arena, object, "verbs", verbs_value(arena, resource));
    set_texts(arena, object, "shortNames", kind->short_names);
    set_texts(arena, object, "categories", kind->categories);
    return object;
}

static void append_subresources(struct arena *arena, struct value *list, const struct resource *resource,
                                const char *version)
{
    struct sub_view views[MAX_SUBRESOURCES];
    size_t n_views = sub_views(resource, version, views, ARRAY_LEN(views));
    for (size_t i = 0; i < n_views; i++) {
        const struct sub_view *view = &views[i];
        bool foreign = strcmp(view->group, resource->kind->group) != 0;
        struct value *object = value_object(arena);
        value_set_text(arena, object, "name",
                       arena_printf(arena, "%s/%s", resource->kind->plural, view->name));
        value_set_text(arena, object, "singularName", "");
        value_set_bool(arena, object, "namespaced", resource->kind->namespaced);
        value_set_text(arena, object, "group", foreign ? view->group : NULL);
        value_set_text(arena, object, "version", foreign ? view->version : NULL);
        value_set_text(arena, object, "kind", view->kind);
        value_set(arena, object, "verbs", texts_value(arena, view->verbs));
        value_append(arena, list, object);
    }
}

static struct value *resource_list_new(struct arena *arena, const struct resources *resources,
                                       const char *group, const char *version)
{
    struct value *document = document_new(arena, "APIResourceList", "v1");
    value_set_text(arena, document, "groupVersion", api_version_text(arena, group, version));
    struct value *list = value_child_list(arena, document, "resources");
    for (size_t i = 0; i < resources->rows.length; i++) {
        const struct resource *resource = &resources->rows.items[i];
        if (!serves(resource, group, version))
            continue;
        value_append(arena, list, resource_new(arena, resource));
        append_subresources(arena, list, resource, version);
    }
    return document;
}

/* --- the new form --- */

static struct value *response_kind(struct arena *arena, const char *group, const char *version,
                                   const char *kind)
{
    struct value *object = value_object(arena);
    value_set_text(arena, object, "group", group);
    value_set_text(arena, object, "version", version);
    value_set_text(arena, object, "kind", kind);
    return object;
}

static struct value *discovered_resource(struct arena *arena, const struct resource *resource,
                                         const char *version)
{
    const struct schema_kind *kind = resource->kind;
    struct value *object = value_object(arena);
    value_set_text(arena, object, "resource", kind->plural);
    value_set(arena, object, "responseKind", response_kind(arena, kind->group, version, kind->kind));
    value_set_text(arena, object, "scope", kind->namespaced ? "Namespaced" : "Cluster");
    value_set_text(arena, object, "singularResource", kind->singular);
    value_set(arena, object, "verbs", verbs_value(arena, resource));
    set_texts(arena, object, "shortNames", kind->short_names);
    set_texts(arena, object, "categories", kind->categories);
    struct sub_view views[MAX_SUBRESOURCES];
    size_t n_views = sub_views(resource, version, views, ARRAY_LEN(views));
    for (size_t i = 0; i < n_views; i++) {
        struct value *sub = value_object(arena);
        value_set_text(arena, sub, "subresource", views[i].name);
        value_set(arena, sub, "responseKind",
                  response_kind(arena, views[i].group, views[i].version, views[i].kind));
        value_set(arena, sub, "verbs", texts_value(arena, views[i].verbs));
        value_append(arena, value_child_list(arena, object, "subresources"), sub);
    }
    return object;
}

static struct value *discovered_group(struct arena *arena, const struct resources *resources,
                                      const char *group)
{
    struct value *object = value_object(arena);
    struct value *metadata = value_child(arena, object, "metadata");
    value_set_text(arena, metadata, "name", *group ? group : NULL);
    value_set(arena, metadata, "creationTimestamp", value_null(arena));
    for (const char *const *version = group_versions(arena, resources, group); *version; version++) {
        struct value *item = value_object(arena);
        value_set_text(arena, item, "version", *version);
        struct value *list = value_child_list(arena, item, "resources");
        for (size_t i = 0; i < resources->rows.length; i++)
            if (serves(&resources->rows.items[i], group, *version))
                value_append(arena, list, discovered_resource(arena, &resources->rows.items[i], *version));
        value_set_text(arena, item, "freshness", "Current");
        value_append(arena, value_child_list(arena, object, "versions"), item);
    }
    return object;
}

/* Answers with the groups that CORE selects in the new form, if the client asks for that. */
static bool serve_aggregated(struct request *req, bool core)
{
    const char *accept = http_headers_get(req->exchange->headers, "Accept");
    const char *asked = accept ? strstr(accept, "v=v2;as=APIGroupDiscoveryList") : NULL;
    if (!asked)
        return false;
    const struct resources *resources = rest_resources(req->server);
    struct value *document = document_new(req->arena, "APIGroupDiscoveryList", "apidiscovery.k8s.io/v2");
    value_set(req->arena, document, "metadata", value_object(req->arena));
    struct value *items = value_child_list(req->arena, document, "items");
    for (const char *const *group = group_names(req->arena, resources); *group; group++)
        if ((**group == 0) == core)
            value_append(req->arena, items, discovered_group(req->arena, resources, *group));
    request_reply_typed(req, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
                        document);
    return true;
}

/* --- pages --- */

struct error *serve_core_versions(struct request *req)
{
    if (serve_aggregated(req, true))
        return NULL;
    struct value *document = document_new(req->arena, "APIVersions", NULL);
    set_texts(req->arena, document, "versions", group_versions(req->arena, rest_resources(req->server), ""));
    request_reply(req, 200, document);
    return NULL;
}

struct error *serve_groups(struct request *req)
{
    if (serve_aggregated(req, false))
        return NULL;
    const struct resources *resources = rest_resources(req->server);
    struct value *document = document_new(req->arena, "APIGroupList", "v1");
    struct value *groups = value_child_list(req->arena, document, "groups");
    for (const char *const *group = group_names(req->arena, resources); *group; group++)
        if (**group)
            value_append(req->arena, groups, group_new(req->arena, resources, *group));
    request_reply(req, 200, document);
    return NULL;
}

struct error *serve_group_or_version(struct request *req)
{
    const struct resources *resources = rest_resources(req->server);
    const char *group = req->target.name, *version = req->target.version;
    const char *const *versions = group_versions(req->arena, resources, group);
    bool known = *versions && !version;
    for (; version && *versions && !known; versions++)
        known = strcmp(*versions, version) == 0;
    if (!known)
        return error_not_found("404 page not found");
    if (version) {
        request_reply(req, 200, resource_list_new(req->arena, resources, group, version));
        return NULL;
    }
    struct value *document = document_new(req->arena, "APIGroup", "v1");
    value_each_member (group_new(req->arena, resources, group), member)
        value_set_span(req->arena, document, member->name, member->value);
    request_reply(req, 200, document);
    return NULL;
}

struct error *serve_version(struct request *req)
{
    struct arena *arena = req->arena;
    const char *version = rest_settings(req->server)->kube_version;
    struct span minor, major = span_split(span_of(version), '.', &minor);
    struct value *document = value_object(arena);
    value_set(arena, document, "major", value_span(arena, major));
    value_set(arena, document, "minor", value_span(arena, minor));
    value_set_text(arena, document, "gitVersion",
                   arena_printf(arena, "v%s.0+tranche-%s", version, TRANCHE_VERSION));
    value_set_text(arena, document, "gitCommit", "");
    value_set_text(arena, document, "gitTreeState", "clean");
    value_set_text(arena, document, "buildDate", "1970-01-01T00:00:00Z");
    value_set_text(arena, document, "goVersion", "");
    value_set_text(arena, document, "compiler", "cc");
    value_set_text(arena, document, "platform", "linux/amd64");
    request_reply(req, 200, document);
    return NULL;
}

struct error *serve_health(struct request *req)
{
    request_reply_text(req, 200, "text/plain; charset=utf-8", SPAN("ok"));
    return NULL;
}
