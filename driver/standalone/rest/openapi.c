/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents are made when they are asked for: clients keep them, and the tables never change in a process.
 */
#include "driver/standalone/rest/openapi.h"

#include "driver/standalone/rest/discovery.h"
#include "driver/standalone/rest/openapi_schema.h"
#include "driver/standalone/rest/openapi_v2.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/versions.h"

/* "api/v1", "apis/resource.k8s.io/v1" */
static const char *document_path(struct arena *arena, const char *group, const char *version)
{
    return arena_printf(arena, "%s/%s", *group ? "apis" : "api", api_version_text(arena, group, version));
}

static struct value *info_new(struct arena *arena, const char *version)
{
    struct value *info = value_object(arena);
    value_set_text(arena, info, "title", "Kubernetes");
    value_set_text(arena, info, "version", arena_printf(arena, "v%s.0", version));
    return info;
}

struct error *serve_openapi_v3_index(struct request *req)
{
    struct arena *arena = req->arena;
    const struct resources *resources = rest_resources(req->server);
    struct value *index = value_object(arena), *paths = value_child(arena, index, "paths");
    for (const char *const *group = group_names(arena, resources); *group; group++) {
        for (const char *const *version = group_versions(arena, resources, *group); *version; version++) {
            const char *path = document_path(arena, *group, *version);
            struct value *entry = value_child(arena, paths, path);
            value_set_text(arena, entry, "serverRelativeURL",
                           arena_printf(arena, "/openapi/v3/%s?hash=%s", path, TRANCHE_VERSION));
        }
    }
    request_reply(req, 200, index);
    return NULL;
}

static struct value *query_parameter(struct arena *arena, const char *name, const char *type)
{
    struct value *parameter = value_object(arena);
    value_set_text(arena, parameter, "name", name);
    value_set_text(arena, parameter, "in", "query");
    value_set_text(arena, value_child(arena, parameter, "schema"), "type", type);
    return parameter;
}

static struct value *gvk_new(struct arena *arena, const struct openapi_path *path)
{
    struct value *gvk = value_object(arena);
    value_set_text(arena, gvk, "group", path->kind->group);
    value_set_text(arena, gvk, "kind", path->kind->kind);
    value_set_text(arena, gvk, "version", path->version->name);
    return gvk;
}

/* What a client needs to know about PATCH: which forms there are, dry run and field validation. */
static struct value *patch_operation(struct arena *arena, const struct openapi_path *path)
{
    static const char *const forms[] = { "application/json-patch+json", "application/merge-patch+json",
                                         "application/strategic-merge-patch+json",
                                         "application/apply-patch+yaml" };
    static const char *const texts[] = { "dryRun", "fieldManager", "fieldValidation" };
    struct value *patch = value_object(arena);
    value_set_text(arena, patch, "operationId",
                   arena_printf(arena, "patch%s%s", path->version->name, path->kind->kind));
    struct value *parameters = value_child_list(arena, patch, "parameters");
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        value_append(arena, parameters, query_parameter(arena, texts[i], "string"));
    value_append(arena, parameters, query_parameter(arena, "force", "boolean"));
    struct value *content = value_child(arena, value_child(arena, patch, "requestBody"), "content");
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        value_set_text(arena, value_child(arena, value_child(arena, content, forms[i]), "schema"), "type",
                       "object");
    struct value *ok = value_child(arena, value_child(arena, patch, "responses"), "200");
    value_set_text(arena, ok, "description", "OK");
    value_set_text(arena, patch, "x-kubernetes-action", "patch");
    value_set(arena, patch, "x-kubernetes-group-version-kind", gvk_new(arena, path));
    return patch;
}

static bool find_document(struct request *req, const char **group, const char **version)
{
    const struct resources *resources = rest_resources(req->server);
    const char *asked = req->exchange->path + strlen("/openapi/v3/");
    for (const char *const *g = group_names(req->arena, resources); *g; g++) {
        for (const char *const *v = group_versions(req->arena, resources, *g); *v; v++) {
            *group = *g;
            *version = *v;
            if (strcmp(document_path(req->arena, *g, *v), asked) == 0)
                return true;
        }
    }
    return false;
}

struct error *serve_openapi_v3(struct request *req)
{
    struct arena *arena = req->arena;
    const struct rest_server *server = req->server;
    const char *group, *version;
    if (!find_document(req, &group, &version))
        return error_not_found("404 page not found");
    struct value *document = value_object(arena);
    value_set_text(arena, document, "openapi", "3.0.0");
    value_set(arena, document, "info", info_new(arena, rest_settings(server)->kube_version));
    openapi_path_vec paths = { 0 };
    openapi_paths(arena, rest_resources(server), group, version, &paths);
    struct value *by_path = value_child(arena, document, "paths");
    vec_each (&paths, path)
        value_set(arena, value_child(arena, by_path, path->path), "patch", patch_operation(arena, path));
    vec_done(&paths);
    value_set(arena, value_child(arena, document, "components"), "schemas",
              openapi_schemas(arena, rest_resources(server), group, version, OPENAPI_V3));
    request_reply(req, 200, document);
    return NULL;
}

struct error *serve_openapi_v2(struct request *req)
{
    const struct rest_server *server = req->server;
    cleanup_buf struct buf document = BUF_INIT(MAX_OPENAPI_BYTES);
    openapi_v2_write(req->arena, rest_resources(server), rest_settings(server)->kube_version, &document);
    TRY(buf_check(&document));
    request_reply_text(req, 200, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
                       buf_span(&document));
    return NULL;
}
