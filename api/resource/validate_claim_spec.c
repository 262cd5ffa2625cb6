/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spec that claims and templates share (allocation.md 2.9): requests, constraints, config.
 */

#include "api/resource/validate_rules.h"

enum {
    MAX_REQUESTS = 32,
    MAX_ALTERNATIVES = 8,
    MAX_CONSTRAINTS = 32,
    MAX_CONFIGS = 32,
    MAX_SELECTORS = 32,
    MAX_DERIVED_ATTRIBUTES = 32,
    MAX_EXPRESSION_BYTES = 10240,
    MAX_EXPRESSION_COST = 1000000,
    MAX_PARAMETER_BYTES = 10240,
};

void validate_expression(struct validator *v, const struct field_path *path, const struct value *expression,
                         bool derived, uint64_t *cost)
{
    const struct expression_checker *checker = &v->input->expressions;
    uint64_t estimate = 0;
    if (text_of(expression).length > MAX_EXPRESSION_BYTES) {
        refuse_too_long(v, path, MAX_EXPRESSION_BYTES);
        return;
    }
    if (!checker->check)
        return;
    cleanup_error struct error *err =
        checker->check(checker->context, text_of(expression), derived, &estimate);
    if (err && err->kind == ERROR_INVALID)
        refuse_invalid(v, path, shown_text(v, text_of(expression)), "%s", err->text);
    else if (err && err->kind != ERROR_EXHAUSTED)
        refuse(v, CAUSE_INTERNAL, path, NULL, "%s", err->text);
    else if (err || estimate > MAX_EXPRESSION_COST)
        refuse_forbidden(v, path, "too complex, exceeds cost limit");
    if (cost)
        *cost += estimate;
}

void validate_selector(struct validator *v, const struct field_path *path, const struct value *selector,
                       const void *context)
{
    const bool *stored = context;
    const struct value *cel = value_get(selector, "cel");
    if (is_absent(cel))
        refuse_required(v, CHILD(path, "cel"), "%s", "");
    else if (!*stored)
        validate_expression(v, CHILD(CHILD(path, "cel"), "expression"), value_get(cel, "expression"), false,
                            NULL);
}

void validate_opaque(struct validator *v, const struct field_path *path, const struct value *holder,
                     bool stored)
{
    const struct value *opaque = value_get(holder, "opaque");
    const struct field_path *opaque_path = CHILD(path, "opaque");
    if (is_absent(opaque)) {
        refuse_required(v, opaque_path, "%s", "");
        return;
    }
    check_opaque_driver(v, CHILD(opaque_path, "driver"), value_get(opaque, "driver"));
    check_raw_object(v, CHILD(opaque_path, "parameters"), value_get(opaque, "parameters"), stored,
                     MAX_PARAMETER_BYTES);
}

static bool spec_has_request(const struct value *spec, struct span name, struct span alternative)
{
    value_each (value_path(spec, "devices.requests"), request) {
        if (!span_equal(text_of(value_get(request, "name")), name))
            continue;
        if (!alternative.data)
            return true;
        value_each (value_get(request, "firstAvailable"), sub)
            if (span_equal(text_of(value_get(sub, "name")), alternative))
                return true;
    }
    return false;
}

void validate_request_reference(struct validator *v, const struct field_path *path, const struct value *name,
                                const void *spec)
{
    static const char wanted[] = "must be the name of a request in the claim or the name of a request and a "
                                 "subrequest separated by '/'";
    struct span alternative, request = span_split(text_of(name), '/', &alternative);
    if (alternative.data && memchr(alternative.data, '/', alternative.length)) {
        refuse_invalid(v, path, shown(v, name), "%s", wanted);
        return;
    }
    check_faults(v, path, request, dns_label_faults(request));
    if (alternative.data)
        check_faults(v, path, alternative, dns_label_faults(alternative));
    if (!spec_has_request(spec, request, alternative))
        refuse_invalid(v, path, shown_text(v, text_of(name)), "%s", wanted);
}

/* What the checks of one request need from the rest of the spec. */
struct spec_context {
    const struct value *spec;
    uint64_t derived_cost;
};

struct request_context {
    struct spec_context *spec;
    struct span request, alternative; /* no data: an exact request */
};

static bool reference_covers(struct span reference, const struct request_context *request)
{
    struct span alternative, base = span_split(reference, '/', &alternative);
    return span_equal(base, request->request) &&
           (!alternative.data || span_equal(alternative, request->alternative));
}

static bool constraint_uses(const struct value *constraint, struct span attribute,
                            const struct request_context *request)
{
    const struct value *match = value_get(constraint, "matchAttribute");
    const struct value *used = is_absent(match) ? value_get(constraint, "distinctAttribute") : match;
    const struct value *requests = value_get(constraint, "requests");
    if (!span_equal(text_of(used), attribute))
        return false;
    value_each (requests, reference)
        if (reference_covers(text_of(reference), request))
            return true;
    return value_length(requests) == 0;
}

static void check_derived(struct validator *v, const struct field_path *path, const struct value *derived,
                          const void *context)
{
    const struct request_context *request = context;
    const struct value *name = value_get(derived, "name"), *expression = value_get(derived, "expression");
    bool used = false;
    value_each (value_path(request->spec->spec, "devices.constraints"), constraint)
        used |= constraint_uses(constraint, text_of(name), request);
    if (!has_text(name)) {
        refuse_required(v, CHILD(path, "name"), "%s", "");
    } else {
        check_full_name(v, CHILD(path, "name"), name);
        if (!used)
            refuse_invalid(v, CHILD(path, "name"), shown(v, name),
                           "must be referenced by at least one matchAttribute or distinctAttribute "
                           "constraint targeting this request");
    }
    if (has_text(expression))
        validate_expression(v, CHILD(path, "expression"), expression, true, &request->spec->derived_cost);
    else
        refuse_required(v, CHILD(path, "expression"), "%s", "");
}

static void check_mode(struct validator *v, const struct field_path *path, const struct value *request)
{
    static const char *const modes[] = { "All", "ExactCount", NULL };
    const struct value *mode = value_get(request, "allocationMode"), *count = value_get(request, "count");
    int64_t number = value_integer(count, 0);
    if (value_says(mode, "All") && number != 0)
        refuse_invalid(v, CHILD(path, "count"), shown(v, count),
                       "must not be specified when allocationMode is 'All'");
    else if (value_says(mode, "ExactCount") && number <= 0)
        refuse_invalid(v, CHILD(path, "count"), count ? shown(v, count) : "0", "must be greater than zero");
    check_choice(v, CHILD(path, "allocationMode"), mode, modes);
}

/* What `exactly` and an alternative have in common. */
static void check_exact(struct validator *v, const struct field_path *path, const struct value *exact,
                        const struct request_context *context)
{
    static const bool stored = false;
    check_class_name(v, CHILD(path, "deviceClassName"), value_get(exact, "deviceClassName"));
    check_list(v, CHILD(path, "selectors"), value_get(exact, "selectors"), MAX_SELECTORS, validate_selector,
               &stored);
    check_set(v, CHILD(path, "derivedAttributes"), value_get(exact, "derivedAttributes"),
              MAX_DERIVED_ATTRIBUTES, check_derived, item_name, context);
    check_mode(v, path, exact);
    check_list(v, CHILD(path, "tolerations"), value_get(exact, "tolerations"), NO_LIMIT, validate_toleration,
               NULL);
}

static void check_alternative(struct validator *v, const struct field_path *path,
                              const struct value *alternative, const void *context)
{
    struct request_context request = *(const struct request_context *)context;
    request.alternative = text_of(value_get(alternative, "name"));
    check_label(v, CHILD(path, "name"), value_get(alternative, "name"));
    check_exact(v, path, alternative, &request);
}

static void check_request(struct validator *v, const struct field_path *path, const struct value *request,
                          const void *context)
{
    const struct value *exactly = value_get(request, "exactly"),
                       *first = value_get(request, "firstAvailable");
    bool has_exactly = !is_absent(exactly), has_first = value_length(first) > 0;
    struct request_context inner = {
        .spec = (struct spec_context *)context,
        .request = text_of(value_get(request, "name")),
    };
    check_label(v, CHILD(path, "name"), value_get(request, "name"));
    if (!has_exactly && !has_first)
        refuse_required(v, path, "exactly one of `exactly` or `firstAvailable` is required");
    else if (has_exactly && has_first)
        refuse_invalid(
            v, path, "null",
            "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set");
    else if (has_exactly)
        check_exact(v, CHILD(path, "exactly"), exactly, &inner);
    else
        check_set(v, CHILD(path, "firstAvailable"), first, MAX_ALTERNATIVES, check_alternative, item_name,
                  &inner);
}

static void check_constraint(struct validator *v, const struct field_path *path,
                             const struct value *constraint, const void *spec)
{
    const struct value *match = value_get(constraint, "matchAttribute");
    const struct value *distinct = value_get(constraint, "distinctAttribute");
    check_set(v, CHILD(path, "requests"), value_get(constraint, "requests"), MAX_REQUESTS,
              validate_request_reference, item_itself, spec);
    if (!is_absent(match) && !is_absent(distinct))
        refuse_invalid(v, path, "\"{`matchAttribute`, `distinctAttribute`}\"",
                       "must specify exactly one of: `matchAttribute`, `distinctAttribute`");
    if (!is_absent(match))
        check_full_name(v, CHILD(path, "matchAttribute"), match);
    else if (!is_absent(distinct))
        check_full_name(v, CHILD(path, "distinctAttribute"), distinct);
    else if (gate_is_on(v, "DRAConsumableCapacity"))
        refuse_required(
            v, path, /* not what is wrong, but what upstream says */
            "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple "
            "fields are set");
    else
        refuse_required(v, CHILD(path, "matchAttribute"), "%s", "");
}

static void check_config(struct validator *v, const struct field_path *path, const struct value *config,
                         const void *spec)
{
    check_set(v, CHILD(path, "requests"), value_get(config, "requests"), MAX_REQUESTS,
              validate_request_reference, item_itself, spec);
    validate_opaque(v, path, config, false);
}

void validate_claim_spec(struct validator *v, const struct field_path *path, const struct value *spec)
{
    const struct value *devices = value_get(spec, "devices");
    const struct field_path *devices_path = CHILD(path, "devices");
    struct spec_context context = { .spec = spec };
    check_set(v, CHILD(devices_path, "requests"), value_get(devices, "requests"), MAX_REQUESTS, check_request,
              item_name, &context);
    check_list(v, CHILD(devices_path, "constraints"), value_get(devices, "constraints"), MAX_CONSTRAINTS,
               check_constraint, spec);
    check_list(v, CHILD(devices_path, "config"), value_get(devices, "config"), MAX_CONFIGS, check_config,
               spec);
    if (context.derived_cost > MAX_EXPRESSION_COST)
        refuse_forbidden(v, devices_path,
                         "too complex, total cost of derived attribute CEL expressions in the claim exceeds "
                         "cost limit");
}

void validate_admin_access(struct validator *v, const struct value *claim_spec)
{
    const struct value *requests = value_path(claim_spec, "devices.requests");
    const struct field_path spec = { .name = "spec" };
    for (size_t i = 0; i < value_length(requests) && !v->input->admin_namespace; i++)
        if (value_true(value_path(value_at(requests, i), "exactly.adminAccess"))) {
            refuse_forbidden(
                v, CHILD(INDEX(CHILD(CHILD(&spec, "devices"), "requests"), i), "adminAccess"),
                "admin access to devices requires the `resource.kubernetes.io/admin-access: true` "
                "label on the containing namespace");
            return;
        }
}
