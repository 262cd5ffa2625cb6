/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list. Discovery prints it, so its names are those that kubectl users type.
 */

#include "api/core/kinds.h"

#include "api/core/tables.h"
#include "api/resource/convert.h"
#include "api/schema/rows.h"

#include <string.h>

#define VERSIONS(...)                                                                                        \
    .versions = (const struct schema_version[]){ __VA_ARGS__ },                                              \
    .n_versions = ARRAY_LEN(((const struct schema_version[]){ __VA_ARGS__ }))

static const struct schema_kind kinds[] = {
    { .group = "",
      .kind = "Namespace",
      .plural = "namespaces",
      .singular = "namespace",
      .short_names = NAMES("ns"),
      .has_status = true,
      VERSIONS({ "v1", &namespace_schema }) },
    { .group = "",
      .kind = "Node",
      .plural = "nodes",
      .singular = "node",
      .short_names = NAMES("no"),
      .has_status = true,
      VERSIONS({ "v1", &node_schema }) },
    { .group = "",
      .kind = "Pod",
      .plural = "pods",
      .singular = "pod",
      .short_names = NAMES("po"),
      .categories = NAMES("all"),
      .namespaced = true,
      .has_status = true,
      VERSIONS({ "v1", &pod_schema }) },
    { .group = "",
      .kind = "Event",
      .plural = "events",
      .singular = "event",
      .short_names = NAMES("ev"),
      .namespaced = true,
      VERSIONS({ "v1", &event_schema }) },
    { .group = "coordination.k8s.io",
      .kind = "Lease",
      .plural = "leases",
      .singular = "lease",
      .namespaced = true,
      VERSIONS({ "v1", &lease_schema }) },
    { .group = RESOURCE_GROUP,
      .kind = "DeviceClass",
      .plural = "deviceclasses",
      .singular = "deviceclass",
      VERSIONS({ "v1", &device_class_schema }, { "v1beta2", &device_class_schema },
               { "v1beta1", &device_class_schema }) },
    { .group = RESOURCE_GROUP,
      .kind = "ResourceSlice",
      .plural = "resourceslices",
      .singular = "resourceslice",
      VERSIONS({ "v1", &resource_slice_schema }, { "v1beta2", &resource_slice_schema },
               { "v1beta1", &resource_slice_v1beta1_schema }) },
    { .group = RESOURCE_GROUP,
      .kind = "ResourceClaim",
      .plural = "resourceclaims",
      .singular = "resourceclaim",
      .namespaced = true,
      .has_status = true,
      VERSIONS({ "v1", &resource_claim_schema }, { "v1beta2", &resource_claim_schema },
               { "v1beta1", &resource_claim_v1beta1_schema }) },
    { .group = RESOURCE_GROUP,
      .kind = "ResourceClaimTemplate",
      .plural = "resourceclaimtemplates",
      .singular = "resourceclaimtemplate",
      .namespaced = true,
      VERSIONS({ "v1", &resource_claim_template_schema }, { "v1beta2", &resource_claim_template_schema },
               { "v1beta1", &resource_claim_template_v1beta1_schema }) },
    { .group = RESOURCE_GROUP,
      .kind = "DeviceTaintRule",
      .plural = "devicetaintrules",
      .singular = "devicetaintrule",
      .has_status = true,
      VERSIONS({ "v1", &device_taint_rule_schema }, { "v1beta2", &device_taint_rule_schema },
               { "v1alpha3", &device_taint_rule_schema }) },
};

const struct schema_kind *schema_kinds(size_t *n_kinds)
{
    *n_kinds = ARRAY_LEN(kinds);
    return kinds;
}

const struct schema *schema_kind_table(const struct schema_kind *kind, const char *version)
{
    for (size_t i = 0; i < kind->n_versions; i++)
        if (!strcmp(kind->versions[i].name, version))
            return kind->versions[i].schema;
    return NULL;
}

static bool is_served(const struct schema_kind *kind, const char *group, const char *version)
{
    return !strcmp(kind->group, group) && schema_kind_table(kind, version);
}

const struct schema_kind *schema_kind_find(const char *group, const char *version, const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (!strcmp(kinds[i].kind, kind) && is_served(&kinds[i], group, version))
            return &kinds[i];
    return NULL;
}

const struct schema_kind *schema_resource_find(const char *group, const char *version, const char *plural)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (!strcmp(kinds[i].plural, plural) && is_served(&kinds[i], group, version))
            return &kinds[i];
    return NULL;
}

static bool copy_part(char *out, size_t size, struct span text)
{
    if (text.length == 0 || text.length >= size || memchr(text.data, '\0', text.length))
        return false;
    memcpy(out, text.data, text.length);
    out[text.length] = '\0';
    return true;
}

struct error *api_version_parse(const char *text, struct api_version *out)
{
    struct api_version parsed = { 0 };
    struct span version, group = span_split(span_of(text), '/', &version);
    bool fine = version.data ? copy_part(parsed.group, sizeof(parsed.group), group) &&
                                   copy_part(parsed.version, sizeof(parsed.version), version) &&
                                   !strchr(parsed.version, '/')
                             : copy_part(parsed.version, sizeof(parsed.version), group);
    if (!fine)
        return error_invalid("apiVersion \"%s\": want VERSION or GROUP/VERSION", text);
    *out = parsed;
    return NULL;
}

const struct schema_kind *schema_kind_of(const struct value *object)
{
    const char *text = value_string(value_get(object, "apiVersion"));
    const char *kind = value_string(value_get(object, "kind"));
    struct api_version version;
    cleanup_error struct error *err =
        text ? api_version_parse(text, &version) : error_invalid("no apiVersion");
    return err || !kind ? NULL : schema_kind_find(version.group, version.version, kind);
}
