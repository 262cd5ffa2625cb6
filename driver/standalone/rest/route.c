/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   /api/v1/...                              core
 *   /apis/GROUP/VERSION/...                  the others
 *     RESOURCE[/NAME[/SUBRESOURCE]]          cluster-scoped, or all namespaces
 *     namespaces/NS/RESOURCE[/NAME[/SUB]]    one namespace
 *
 * What lies above a resource is discovery's; a few paths stand by themselves.
 */
#include "driver/standalone/rest/route.h"

#include "driver/standalone/rest/delete.h"
#include "driver/standalone/rest/discovery.h"
#include "driver/standalone/rest/openapi.h"
#include "driver/standalone/rest/read.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"
#include "driver/standalone/rest/watch.h"
#include "driver/standalone/rest/write.h"

enum { MAX_SEGMENTS = 9 };

struct path {
    const char *segments[MAX_SEGMENTS];
    size_t n_segments;
};

/* False if there are more segments than any path of ours has. */
static struct error *path_split(struct request *req, struct path *out)
{
    struct span rest = span_of(req->exchange->path);
    while (rest.data) {
        struct span raw = span_split(rest, '/', &rest), decoded;
        if (raw.length == 0)
            continue;
        TRY(percent_decode(req->arena, raw, false, &decoded));
        if (out->n_segments == MAX_SEGMENTS || strlen(decoded.data) != decoded.length)
            return error_not_found("404 page not found");
        out->segments[out->n_segments++] = decoded.data;
    }
    return NULL;
}

static bool method_is(const struct request *req, const char *method)
{
    return strcmp(req->exchange->method, method) == 0;
}

static struct error *refuse_method(struct request *req)
{
    return refuse_request(req, 405, "MethodNotAllowed",
                          "the server does not allow this method on the requested resource");
}

/* --- paths that stand by themselves --- */

static resource_handler *find_page(const char *path)
{
    static const struct {
        const char *path;
        resource_handler *handle;
    } rows[] = {
        { "/version", serve_version },       { "/healthz", serve_health },
        { "/livez", serve_health },          { "/readyz", serve_health },
        { "/api", serve_core_versions },     { "/apis", serve_groups },
        { "/openapi/v2", serve_openapi_v2 }, { "/openapi/v3", serve_openapi_v3_index },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].path, path) == 0)
            return rows[i].handle;
    return strncmp(path, "/openapi/v3/", 12) == 0 ? serve_openapi_v3 : NULL;
}

/* --- resources --- */

/* Takes RESOURCE[/NAME[/SUBRESOURCE]] or namespaces/NS/RESOURCE... apart. */
static struct error *target_parse(struct request *req, const char *group, const char *version,
                                  const char *const *segments, size_t n_segments)
{
    static const char *const of_namespaces[] = { "status", "finalize" };
    struct target target = { .version = version };
    bool in_namespace = n_segments >= 3 && strcmp(segments[0], "namespaces") == 0;
    for (size_t i = 0; in_namespace && n_segments == 3 && i < ARRAY_LEN(of_namespaces); i++)
        in_namespace = strcmp(segments[2], of_namespaces[i]) != 0;
    if (in_namespace) {
        target.namespace = segments[1];
        segments += 2;
        n_segments -= 2;
    }
    target.resource = resource_find(rest_resources(req->server), group, version, segments[0]);
    bool is_fit = target.resource && n_segments <= 3 &&
                  (!in_namespace || target.resource->kind->namespaced) &&
                  (in_namespace || n_segments == 1 || !target.resource->kind->namespaced);
    if (!is_fit)
        return refuse_request(req, 404, "NotFound", "the server could not find the requested resource");
    target.name = n_segments > 1 ? segments[1] : NULL;
    target.subresource = n_segments > 2 ? segments[2] : NULL;
    req->target = target;
    return NULL;
}

static struct error *find_subresource(struct request *req, resource_handler **out)
{
    const struct resource *resource = req->target.resource;
    const char *name = req->target.subresource;
    if (strcmp(name, "status") == 0 && resource->kind->has_status) {
        *out = method_is(req, "GET")     ? serve_get
               : method_is(req, "PUT")   ? serve_update
               : method_is(req, "PATCH") ? serve_patch
                                         : NULL;
        return *out ? NULL : refuse_method(req);
    }
    bool known = false;
    for (const struct subresource *sub = resource->subresources; sub && sub->name; sub++) {
        bool same = strcmp(sub->name, name) == 0;
        known |= same;
        if (same && method_is(req, sub->method)) {
            *out = sub->handle;
            return NULL;
        }
    }
    return known ? refuse_method(req)
                 : refuse_request(req, 404, "NotFound", "the server could not find the requested resource");
}

static struct error *find_collection_verb(struct request *req, resource_handler **out)
{
    const struct resource *resource = req->target.resource;
    bool placed = req->target.namespace || !resource->kind->namespaced;
    bool watch = false;
    TRY(query_get_bool(&req->query, "watch", &watch));
    if (method_is(req, "POST") && resource->create)
        *out = resource->create;
    else if (method_is(req, "POST") && placed && resource->collection)
        *out = serve_create;
    else if (method_is(req, "GET") && resource->collection)
        *out = watch ? serve_watch : serve_list;
    else if (method_is(req, "DELETE") && placed && resource->collection)
        *out = serve_delete_collection;
    else
        return refuse_method(req);
    return NULL;
}

static struct error *find_object_verb(struct request *req, resource_handler **out)
{
    static const struct {
        const char *method;
        resource_handler *handle;
    } rows[] = {
        { "GET", serve_get },
        { "PUT", serve_update },
        { "PATCH", serve_patch },
        { "DELETE", serve_delete },
    };
    for (size_t i = 0; req->target.resource->collection && i < ARRAY_LEN(rows); i++) {
        if (method_is(req, rows[i].method)) {
            *out = rows[i].handle;
            return NULL;
        }
    }
    return refuse_method(req);
}

static struct error *find_verb(struct request *req, resource_handler **out)
{
    if (req->target.subresource)
        return find_subresource(req, out);
    return req->target.name ? find_object_verb(req, out) : find_collection_verb(req, out);
}

struct error *route_find(struct request *req, resource_handler **out)
{
    resource_handler *page = find_page(req->exchange->path);
    if (page) {
        *out = page;
        return method_is(req, "GET") || method_is(req, "HEAD") ? NULL : refuse_method(req);
    }
    struct path path = { 0 };
    TRY(path_split(req, &path));
    bool core = path.n_segments >= 2 && strcmp(path.segments[0], "api") == 0;
    bool grouped = path.n_segments >= 2 && strcmp(path.segments[0], "apis") == 0;
    if (!core && !grouped)
        return error_not_found("404 page not found");
    const char *group = core ? "" : path.segments[1];
    size_t n_base = core ? 2 : 3;
    if (path.n_segments > n_base) {
        TRY(target_parse(req, group, path.segments[n_base - 1], &path.segments[n_base],
                         path.n_segments - n_base));
        return find_verb(req, out);
    }
    if (!method_is(req, "GET"))
        return refuse_method(req);
    req->target = (struct target){ .name = group, .version = core ? path.segments[1] : path.segments[2] };
    *out = serve_group_or_version;
    return NULL;
}
