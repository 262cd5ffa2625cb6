/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little of core validation that our own server needs: pods that can be run and refer to claims, events,
 * leases. Namespaces and nodes have nothing beyond their metadata that we would look at.
 */

#include "api/resource/validate_rules.h"

#include "api/base/map.h"

/* The names of a pod's claim entries, in the order of spec.resourceClaims. */
static void check_claim_entry(struct validator *v, const struct field_path *path, const struct value *entry,
                              const void *unused)
{
    const struct value *name = value_get(entry, "name"), *claim = value_get(entry, "resourceClaimName");
    const struct value *template = value_get(entry, "resourceClaimTemplateName");
    (void)unused;
    if (has_text(name))
        check_label(v, CHILD(path, "name"), name);
    else
        refuse_required(v, CHILD(path, "name"), "%s", "");
    if (!is_absent(claim) && !is_absent(template))
        refuse_invalid(v, path, shown(v, entry),
                       "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
    if (is_absent(claim) && is_absent(template))
        refuse_invalid(v, path, shown(v, entry),
                       "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
    if (!is_absent(claim))
        check_subdomain(v, CHILD(path, "resourceClaimName"), claim);
    if (!is_absent(template))
        check_subdomain(v, CHILD(path, "resourceClaimTemplateName"), template);
}

static const char *entry_names(struct validator *v, const struct value *entries)
{
    cleanup_buf struct buf names = BUF_INIT(4096);
    cleanup_map struct map seen = { 0 };
    value_each (entries, entry)
        if (!map_set(&seen, item_name(v, entry), (void *)1))
            buf_printf(&names, "%s" SPAN_FMT, names.length ? ", " : "", SPAN_ARG(item_name(v, entry)));
    return arena_strdup(v->arena, buf_text(&names));
}

static void check_claim_use(struct validator *v, const struct field_path *path, const struct value *use,
                            const void *entries)
{
    struct span name = text_of(value_get(use, "name"));
    if (name.length == 0) {
        refuse_required(v, path, "%s", "");
        return;
    }
    value_each ((const struct value *)entries, entry)
        if (span_equal(item_name(v, entry), name))
            return;
    if (value_length(entries))
        refuse(v, CAUSE_NOT_FOUND, path, shown_text(v, name),
               "must be one of the names in pod.spec.resourceClaims: %s", entry_names(v, entries));
    else
        refuse(v, CAUSE_NOT_FOUND, path, shown_text(v, name),
               "must be one of the names in pod.spec.resourceClaims which is empty");
}

static struct span claim_use_key(struct validator *v, const struct value *use)
{
    struct span request = text_of(value_get(use, "request"));
    return span_of(arena_printf(v->arena, SPAN_FMT "%s" SPAN_FMT, SPAN_ARG(item_name(v, use)),
                                request.length ? "/" : "", SPAN_ARG(request)));
}

/* A claim is used once as a whole, or by its requests. */
static void check_claim_uses(struct validator *v, const struct field_path *path, const struct value *uses,
                             const struct value *entries)
{
    cleanup_map struct map whole = { 0 }, keys = { 0 }, parts = { 0 };
    check_list(v, path, uses, NO_LIMIT, check_claim_use, entries);
    for (size_t i = 0; i < value_length(uses); i++) {
        const struct value *use = value_at(uses, i);
        struct span name = item_name(v, use), key = claim_use_key(v, use);
        bool is_whole = !has_text(value_get(use, "request"));
        if (map_find(&whole, name) || (is_whole && map_find(&parts, name)))
            refuse_duplicate(v, INDEX(path, i), shown_text(v, name));
        else if (map_set(&keys, key, (void *)1))
            refuse_duplicate(v, INDEX(path, i), shown_text(v, key));
        (void)map_set(is_whole ? &whole : &parts, name, (void *)1);
    }
}

/* Items that have names of their own. */
static void check_named(struct validator *v, const struct field_path *path, const struct value *list,
                        item_rule *rule, const void *context)
{
    check_list(v, path, list, NO_LIMIT, rule, context);
    check_repeats(v, path, list, item_name, REPEAT_IS_OF_NAME);
}

static void check_resource_amount(struct validator *v, const struct field_path *path,
                                  const struct value *amount, const void *unused)
{
    struct quantity quantity;
    (void)unused;
    if (quantity_of(v, path, amount, &quantity) && quantity_sign(&quantity) < 0)
        refuse_invalid(v, path, shown_quantity(v, &quantity), "must be greater than or equal to 0");
}

static void check_container(struct validator *v, const struct field_path *path, const struct value *container,
                            const void *entries)
{
    const struct value *resources = value_get(container, "resources");
    const struct field_path *resources_path = CHILD(path, "resources");
    if (has_text(value_get(container, "name")))
        check_label(v, CHILD(path, "name"), value_get(container, "name"));
    else
        refuse_required(v, CHILD(path, "name"), "%s", "");
    if (!has_text(value_get(container, "image")))
        refuse_required(v, CHILD(path, "image"), "%s", "");
    check_map(v, CHILD(resources_path, "limits"), value_get(resources, "limits"), NO_LIMIT, check_label_key,
              check_resource_amount, NULL);
    check_map(v, CHILD(resources_path, "requests"), value_get(resources, "requests"), NO_LIMIT,
              check_label_key, check_resource_amount, NULL);
    check_claim_uses(v, CHILD(resources_path, "claims"), value_get(resources, "claims"), entries);
}

static void check_distinct_init_names(struct validator *v, const struct field_path *path,
                                      const struct value *spec)
{
    const struct value *inits = value_get(spec, "initContainers");
    for (size_t i = 0; i < value_length(inits); i++)
        value_each (value_get(spec, "containers"), container)
            if (span_equal(item_name(v, container), item_name(v, value_at(inits, i)))) {
                refuse_duplicate(v, CHILD(INDEX(path, i), "name"), shown_text(v, item_name(v, container)));
                break;
            }
}

static void check_gate(struct validator *v, const struct field_path *path, const struct value *gate,
                       const void *unused)
{
    (void)unused;
    check_label_key(v, CHILD(path, "name"), text_of(value_get(gate, "name")));
}

static void check_new_pod(struct validator *v, const struct field_path *path, const struct value *spec)
{
    static const char *const restarts[] = { "Always", "OnFailure", "Never", NULL };
    const struct value *entries = value_get(spec, "resourceClaims"), *node = value_get(spec, "nodeName");
    const struct value *gates = value_get(spec, "schedulingGates");
    check_named(v, CHILD(path, "resourceClaims"), entries, check_claim_entry, NULL);
    if (value_length(value_get(spec, "containers")) == 0)
        refuse_required(v, CHILD(path, "containers"), "%s", "");
    check_named(v, CHILD(path, "containers"), value_get(spec, "containers"), check_container, entries);
    check_named(v, CHILD(path, "initContainers"), value_get(spec, "initContainers"), check_container,
                entries);
    check_distinct_init_names(v, CHILD(path, "initContainers"), spec);
    if (has_text(value_get(spec, "restartPolicy")))
        check_choice(v, CHILD(path, "restartPolicy"), value_get(spec, "restartPolicy"), restarts);
    if (has_text(node))
        validate_node_name(v, CHILD(path, "nodeName"), node);
    if (has_text(node) && value_length(gates))
        refuse_forbidden(v, CHILD(path, "nodeName"),
                         "cannot be set until all schedulingGates have been cleared");
    check_set(v, CHILD(path, "schedulingGates"), gates, NO_LIMIT, check_gate, item_name, NULL);
}

/* The spec without what an update may change. */
static struct value *fixed_part(struct validator *v, const struct value *spec, bool was_gated)
{
    static const char *const changeable[] = { "activeDeadlineSeconds", "tolerations", "schedulingGates",
                                              "terminationGracePeriodSeconds" };
    static const char *const while_gated[] = { "nodeSelector", "affinity" };
    static const char *const containers[] = { "containers", "initContainers" };
    struct value *copy = value_copy(v->arena, spec);
    for (size_t i = 0; i < ARRAY_LEN(changeable); i++)
        value_delete(copy, changeable[i]);
    for (size_t i = 0; was_gated && i < ARRAY_LEN(while_gated); i++)
        value_delete(copy, while_gated[i]);
    for (size_t i = 0; i < ARRAY_LEN(containers); i++)
        value_each (value_get(copy, containers[i]), container)
            value_delete(container, "image");
    return copy;
}

static void check_pod_update(struct validator *v, const struct field_path *path, const struct value *spec,
                             const struct value *old_spec)
{
    const struct value *old_gates = value_get(old_spec, "schedulingGates");
    bool was_gated = value_length(old_gates) > 0;
    value_each (value_get(spec, "schedulingGates"), gate) {
        bool known = false;
        value_each (old_gates, old)
            known |= span_equal(item_name(v, old), item_name(v, gate));
        if (!known)
            refuse_forbidden(v, CHILD(path, "schedulingGates"),
                             "only deletion is allowed, but found new scheduling gate '" SPAN_FMT "'",
                             SPAN_ARG(item_name(v, gate)));
    }
    if (!value_equal(fixed_part(v, spec, was_gated), fixed_part(v, old_spec, was_gated)))
        refuse_forbidden(
            v, path,
            "pod updates may not change fields other than "
            "`spec.containers[*].image`,`spec.initContainers[*].image`,"
            "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
            "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
            "previously negative)");
}

void validate_pod(struct validator *v)
{
    const struct field_path path = { .name = "spec" };
    const struct value *spec = value_get(v->input->object, "spec");
    if (!v->input->old)
        check_new_pod(v, &path, spec);
    else if (!v->input->subresource)
        check_pod_update(v, &path, spec, value_get(v->input->old, "spec"));
}

void validate_event(struct validator *v)
{
    const struct value *object = v->input->object;
    bool core = value_says(value_get(object, "apiVersion"), "v1");
    const struct field_path path = { .name = core ? "involvedObject" : "regarding" };
    struct span ours = text_of(value_path(object, "metadata.namespace"));
    struct span theirs = text_of(value_get(value_get(object, path.name), "namespace"));
    bool fits = theirs.length ? span_equal(ours, theirs) : span_is(ours, "default");
    if (!fits)
        refuse_invalid(v, CHILD(&path, "namespace"), shown_text(v, theirs), "does not match event.namespace");
}

void validate_lease(struct validator *v)
{
    const struct field_path path = { .name = "spec" };
    const struct value *duration = value_path(v->input->object, "spec.leaseDurationSeconds");
    const struct value *transitions = value_path(v->input->object, "spec.leaseTransitions");
    if (!is_absent(duration) && value_integer(duration, 0) <= 0)
        refuse_invalid(v, CHILD(&path, "leaseDurationSeconds"), shown(v, duration), "must be greater than 0");
    if (!is_absent(transitions))
        check_not_negative(v, CHILD(&path, "leaseTransitions"), transitions);
}
