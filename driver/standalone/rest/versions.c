/* SPDX-License-Identifier: Apache-2.0 */
/*
 * v1beta1 differs in three places:
 *
 *   a request    the members of `exactly` stand in the request itself
 *   a device     attributes and capacity (and all else) stand in `basic`
 *   a slice      nodeName "" and allNodes false are what v1 leaves out
 *
 * v1beta2 and v1alpha3 (of taint rules) have v1's shape.
 */
#include "driver/standalone/rest/versions.h"

static const char *const exact_members[] = { "deviceClassName", "selectors",   "allocationMode", "count",
                                             "adminAccess",     "tolerations", "capacity" };

static void move_member(struct arena *arena, struct value *from, struct value *to, const char *name)
{
    struct value *value = value_get(from, name);
    if (!value)
        return;
    value_set(arena, to, name, value);
    value_delete(from, name);
}

static void requests_to_v1(struct arena *arena, struct value *devices)
{
    value_each (value_get(devices, "requests"), request) {
        struct value *exactly = value_object(arena);
        bool any = false;
        for (size_t i = 0; i < ARRAY_LEN(exact_members); i++) {
            any |= !value_is_zero(value_get(request, exact_members[i]));
            move_member(arena, request, exactly, exact_members[i]);
        }
        if (any)
            value_set(arena, request, "exactly", exactly);
    }
}

static void requests_to_v1beta1(struct arena *arena, struct value *devices)
{
    value_each (value_get(devices, "requests"), request) {
        struct value *exactly = value_get(request, "exactly");
        for (size_t i = 0; i < ARRAY_LEN(exact_members); i++)
            move_member(arena, exactly, request, exact_members[i]);
        value_delete(request, "exactly");
    }
}

static void claim_to_v1(struct arena *arena, struct value *claim)
{
    requests_to_v1(arena, value_path(claim, "spec.devices"));
}

static void claim_to_v1beta1(struct arena *arena, struct value *claim)
{
    requests_to_v1beta1(arena, value_path(claim, "spec.devices"));
}

static void template_to_v1(struct arena *arena, struct value *template)
{
    requests_to_v1(arena, value_path(template, "spec.spec.devices"));
}

static void template_to_v1beta1(struct arena *arena, struct value *template)
{
    requests_to_v1beta1(arena, value_path(template, "spec.spec.devices"));
}

static void drop_zero(struct value *object, const char *name)
{
    if (value_is_zero(value_get(object, name)))
        value_delete(object, name);
}

static void slice_to_v1(struct arena *arena, struct value *slice)
{
    struct value *spec = value_get(slice, "spec");
    drop_zero(spec, "nodeName");
    drop_zero(spec, "allNodes");
    value_each (value_get(spec, "devices"), device) {
        struct value *basic = value_get(device, "basic");
        value_delete(device, "basic");
        value_each_member (basic, member)
            value_set_span(arena, device, member->name, member->value);
    }
}

static void slice_to_v1beta1(struct arena *arena, struct value *slice)
{
    value_each (value_path(slice, "spec.devices"), device) {
        struct value *basic = value_object(arena);
        value_each_member (device, member)
            if (!span_is(member->name, "name"))
                value_set_span(arena, basic, member->name, member->value);
        value_each_member (basic, moved)
            value_delete(device, moved->name.data);
        value_set(arena, device, "basic", basic);
    }
}

struct conversion {
    const char *plural;
    void (*to_v1)(struct arena *arena, struct value *object);
    void (*to_v1beta1)(struct arena *arena, struct value *object);
};

static const struct conversion *conversion_find(const struct schema_kind *kind, const char *version)
{
    static const struct conversion rows[] = {
        { "resourceclaims", claim_to_v1, claim_to_v1beta1 },
        { "resourceclaimtemplates", template_to_v1, template_to_v1beta1 },
        { "resourceslices", slice_to_v1, slice_to_v1beta1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(version, "v1beta1") == 0 && strcmp(kind->group, "resource.k8s.io") == 0 &&
            strcmp(kind->plural, rows[i].plural) == 0)
            return &rows[i];
    return NULL;
}

const char *api_version_text(struct arena *arena, const char *group, const char *version)
{
    return *group ? arena_printf(arena, "%s/%s", group, version) : version;
}

struct value *version_to_stored(struct arena *arena, const struct schema_kind *kind, const char *version,
                                struct value *object)
{
    const struct conversion *conversion = conversion_find(kind, version);
    if (conversion)
        conversion->to_v1(arena, object);
    value_set_text(arena, object, "apiVersion", api_version_text(arena, kind->group, kind->versions[0].name));
    return object;
}

/* kind and apiVersion come first, as everybody is used to. */
struct value *version_from_stored(struct arena *arena, const struct schema_kind *kind, const char *version,
                                  const struct value *object)
{
    const struct conversion *conversion = conversion_find(kind, version);
    struct value *shown = value_object(arena);
    value_set_text(arena, shown, "kind", kind->kind);
    value_set_text(arena, shown, "apiVersion", api_version_text(arena, kind->group, version));
    value_each_member (object, member) {
        if (span_is(member->name, "kind") || span_is(member->name, "apiVersion"))
            continue;
        value_set_span(arena, shown, member->name,
                       conversion ? value_copy(arena, member->value) : member->value);
    }
    if (kind->has_status) /* upstream's status is a struct in the object: it may be empty, but not absent */
        (void)value_child(arena, shown, "status");
    if (conversion)
        conversion->to_v1beta1(arena, shown);
    return shown;
}
