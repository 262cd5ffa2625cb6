/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DeviceClass (allocation.md 2.8). Classes may change; expressions and parameters that did not are not
 * looked at again, where "did not" means the whole list.
 */

#include "api/resource/validate_rules.h"

enum { MAX_SELECTORS = 32, MAX_CONFIGS = 32 };

static void check_config(struct validator *v, const struct field_path *path, const struct value *config,
                         const void *stored)
{
    validate_opaque(v, path, config, *(const bool *)stored);
}

void validate_class(struct validator *v)
{
    const struct field_path path = { .name = "spec" };
    const struct value *spec = value_get(v->input->object, "spec"),
                       *old_spec = value_get(v->input->old, "spec");
    const struct value *selectors = value_get(spec, "selectors"), *configs = value_get(spec, "config");
    const struct value *resource = value_get(spec, "extendedResourceName");
    bool same_selectors = v->input->old && value_equal(selectors, value_get(old_spec, "selectors"));
    bool same_configs = v->input->old && value_equal(configs, value_get(old_spec, "config"));
    check_list(v, CHILD(&path, "selectors"), selectors, MAX_SELECTORS, validate_selector, &same_selectors);
    check_list(v, CHILD(&path, "config"), configs, MAX_CONFIGS, check_config, &same_configs);
    if (!is_absent(resource))
        check_faults(v, CHILD(&path, "extendedResourceName"), text_of(resource),
                     extended_resource_name_faults(text_of(resource)));
}
