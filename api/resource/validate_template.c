/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceClaimTemplate: a claim's spec, with labels and annotations for the claims to come (allocation.md
 * 2.11). Its spec never changes.
 */

#include "api/resource/tables.h"
#include "api/resource/validate_rules.h"

void validate_template(struct validator *v)
{
    const struct field_path path = { .name = "spec" };
    const struct value *spec = value_get(v->input->object, "spec");
    if (v->input->old) {
        check_immutable_fields(v, NULL, &resource_claim_template_schema, v->input->object, v->input->old);
        return;
    }
    validate_template_meta(v, CHILD(&path, "metadata"), value_get(spec, "metadata"));
    validate_claim_spec(v, CHILD(&path, "spec"), value_get(spec, "spec"));
    validate_admin_access(v, value_get(spec, "spec"));
}
