/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DeviceTaintRule, taints and tolerations (allocation.md 2.7).
 */

#include "api/resource/validate_rules.h"

enum { MAX_RULE_CONDITIONS = 8 };

static const char *const effects[] = { "NoExecute", "NoSchedule", "None", NULL };

void validate_taint(struct validator *v, const struct field_path *path, const struct value *taint,
                    const struct value *old_taint)
{
    const struct value *effect = value_get(taint, "effect");
    check_label_key(v, CHILD(path, "key"), text_of(value_get(taint, "key")));
    check_label_value(v, CHILD(path, "value"), value_get(taint, "value"));
    /* What an older server let in may stay. */
    if (old_taint && value_equal(effect, value_get(old_taint, "effect")))
        return;
    if (has_text(effect))
        check_choice(v, CHILD(path, "effect"), effect, effects);
    else
        refuse_required(v, CHILD(path, "effect"), "%s", "");
}

void validate_toleration(struct validator *v, const struct field_path *path, const struct value *toleration,
                         const void *unused)
{
    static const char *const operators[] = { "Equal", "Exists", NULL };
    const struct value *op = value_get(toleration, "operator"), *value = value_get(toleration, "value");
    (void)unused;
    if (has_text(value_get(toleration, "key")))
        check_label_key(v, CHILD(path, "key"), text_of(value_get(toleration, "key")));
    if (!has_text(op))
        refuse_required(v, CHILD(path, "operator"), "%s", "");
    else
        check_choice(v, CHILD(path, "operator"), op, operators);
    if (value_says(op, "Exists") && has_text(value))
        refuse_invalid(v, CHILD(path, "value"), shown(v, value), "must be empty for operator `Exists`");
    if (value_says(op, "Equal"))
        check_label_value(v, CHILD(path, "value"), value);
    if (has_text(value_get(toleration, "effect")))
        check_choice(v, CHILD(path, "effect"), value_get(toleration, "effect"), effects);
}

void validate_taint_rule(struct validator *v)
{
    const struct field_path path = { .name = "spec" };
    const struct value *spec = value_get(v->input->object, "spec");
    const struct value *selector = value_get(spec, "deviceSelector");
    const struct field_path *selector_path = CHILD(&path, "deviceSelector");
    if (!is_absent(value_get(selector, "driver")))
        check_driver_name(v, CHILD(selector_path, "driver"), text_of(value_get(selector, "driver")));
    if (!is_absent(value_get(selector, "pool")))
        check_pool_name(v, CHILD(selector_path, "pool"), value_get(selector, "pool"));
    if (!is_absent(value_get(selector, "device")))
        check_label(v, CHILD(selector_path, "device"), value_get(selector, "device"));
    validate_taint(v, CHILD(&path, "taint"), value_get(spec, "taint"),
                   value_path(v->input->old, "spec.taint"));
}

void validate_taint_rule_status(struct validator *v)
{
    const struct field_path path = { .name = "status" };
    validate_conditions(v, CHILD(&path, "conditions"), value_path(v->input->object, "status.conditions"),
                        MAX_RULE_CONDITIONS);
}
