/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules an object meets: one row for each kind. Some kinds have their metadata looked at as if it were
 * new on updates too, as Kubernetes does.
 */

#include "api/resource/validate_rules.h"

static const struct kind_rules {
    const char *group, *kind;
    struct meta_rules meta;
    bool meta_anew; /* the rules for new metadata hold for updates too */
    void (*validate)(struct validator *v);
    void (*validate_status)(struct validator *v);
} kinds[] = {
    { "resource.k8s.io",
      "ResourceClaim",
      { true, dns_subdomain_faults },
      true,
      validate_claim,
      validate_claim_status },
    { "resource.k8s.io",
      "ResourceClaimTemplate",
      { true, dns_subdomain_faults },
      false,
      validate_template,
      NULL },
    { "resource.k8s.io", "ResourceSlice", { false, dns_subdomain_faults }, false, validate_slice, NULL },
    { "resource.k8s.io", "DeviceClass", { false, dns_subdomain_faults }, true, validate_class, NULL },
    { "resource.k8s.io",
      "DeviceTaintRule",
      { false, dns_subdomain_faults },
      false,
      validate_taint_rule,
      validate_taint_rule_status },
    { "", "Namespace", { false, dns_label_faults }, false, NULL, NULL },
    { "", "Node", { false, dns_subdomain_faults }, false, NULL, NULL },
    { "", "Pod", { true, dns_subdomain_faults }, false, validate_pod, NULL },
    { "", "Event", { true, dns_subdomain_faults }, false, validate_event, NULL },
    { "events.k8s.io", "Event", { true, dns_subdomain_faults }, false, validate_event, NULL },
    { "coordination.k8s.io", "Lease", { true, dns_subdomain_faults }, false, validate_lease, NULL },
};

static const struct kind_rules *kind_find(const struct value *object)
{
    struct span version, group = span_split(text_of(value_get(object, "apiVersion")), '/', &version);
    if (!version.data)
        group = SPAN("");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (span_is(group, kinds[i].group) && value_says(value_get(object, "kind"), kinds[i].kind))
            return &kinds[i];
    return NULL;
}

void object_validate(struct arena *arena, const struct validation *validation, struct causes *causes)
{
    struct validator v = { .input = validation, .arena = arena, .causes = causes };
    const struct kind_rules *kind = kind_find(validation->object);
    struct meta_rules meta = { has_text(value_path(validation->object, "metadata.namespace")),
                               dns_subdomain_faults };
    if (kind)
        meta = kind->meta;
    bool status = validation->subresource && strcmp(validation->subresource, "status") == 0;

    if (!validation->old || (kind && kind->meta_anew && !status))
        validate_meta(&v, &meta);
    if (validation->old)
        validate_meta_update(&v);
    if (kind && status && kind->validate_status)
        kind->validate_status(&v);
    else if (kind && !status && kind->validate)
        kind->validate(&v);
}
