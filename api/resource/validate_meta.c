/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata: what apimachinery's ValidateObjectMeta and ValidateObjectMetaUpdate ask of every object, and the
 * conditions that many objects carry.
 */

#include "api/resource/validate_rules.h"

#include <ctype.h>

enum {
    MAX_ANNOTATION_BYTES = 256 * 1024,
    MAX_MANAGER_BYTES = 128,
    MAX_SUBRESOURCE_BYTES = 256,
    MAX_REASON_BYTES = 1024,
    MAX_MESSAGE_BYTES = 32 * 1024,
};

static const struct field_path metadata = { .name = "metadata" };

static void check_labels(struct validator *v, const struct field_path *path, const struct value *labels)
{
    value_each_member (labels, label) {
        check_label_key(v, path, label->name);
        check_label_value(v, path, label->value);
    }
}

static void check_annotations(struct validator *v, const struct field_path *path,
                              const struct value *annotations)
{
    size_t n_bytes = 0;
    value_each_member (annotations, annotation) {
        char *lower = arena_span(v->arena, annotation->name);
        for (size_t i = 0; i < annotation->name.length; i++)
            lower[i] = (char)tolower((unsigned char)lower[i]);
        check_faults(v, path, annotation->name,
                     label_key_faults((struct span){ lower, annotation->name.length }));
        n_bytes += annotation->name.length + text_of(annotation->value).length;
    }
    if (n_bytes > MAX_ANNOTATION_BYTES)
        refuse_too_long(v, path, MAX_ANNOTATION_BYTES);
}

static void check_owner(struct validator *v, const struct field_path *path, const struct value *owner,
                        const void *unused)
{
    static const char *const required[] = { "apiVersion", "kind", "name", "uid" };
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(required); i++)
        if (!has_text(value_get(owner, required[i])))
            refuse_required(v, CHILD(path, required[i]), "must not be empty");

    struct span version, rest, api_version = text_of(value_get(owner, "apiVersion"));
    span_split(api_version, '/', &version);
    span_split(version, '/', &rest);
    if (api_version.length && (rest.data || (version.data && !version.length)))
        refuse_invalid(v, CHILD(path, "apiVersion"), shown_text(v, api_version),
                       "must be <group>/<version> or <version>");
    if (span_is(api_version, "v1") && value_says(value_get(owner, "kind"), "Event"))
        refuse_invalid(v, path, shown(v, owner), "/v1, Kind=Event is disallowed from being an owner");
}

static void check_owners(struct validator *v, const struct field_path *path, const struct value *owners)
{
    const char *first = NULL;
    check_list(v, path, owners, NO_LIMIT, check_owner, NULL);
    value_each (owners, owner) {
        if (!value_true(value_get(owner, "controller")))
            continue;
        const char *name =
            arena_printf(v->arena, SPAN_FMT "/" SPAN_FMT, SPAN_ARG(text_of(value_get(owner, "kind"))),
                         SPAN_ARG(text_of(value_get(owner, "name"))));
        if (first)
            refuse_invalid(v, path, shown(v, owners),
                           "Only one reference can have Controller set to true. Found \"true\" in references "
                           "for %s and %s",
                           first, name);
        else
            first = name;
    }
}

static bool list_has_text(const struct value *list, const char *text)
{
    value_each (list, item)
        if (value_says(item, text))
            return true;
    return false;
}

static void check_finalizer(struct validator *v, const struct field_path *path, const struct value *finalizer,
                            const void *unused)
{
    (void)unused;
    check_label_key(v, path->up, text_of(finalizer));
}

/* Of those without a domain, only Kubernetes' own may be put on a new object. */
static void check_new_finalizer(struct validator *v, const struct field_path *path,
                                const struct value *finalizer, const void *unused)
{
    (void)unused;
    if (!memchr(text_of(finalizer).data, '/', text_of(finalizer).length) &&
        !value_says(finalizer, "kubernetes") && !value_says(finalizer, "orphan") &&
        !value_says(finalizer, "foregroundDeletion"))
        refuse_invalid(v, path, shown(v, finalizer),
                       "name is neither a standard finalizer name nor is it fully qualified");
}

static void check_finalizers(struct validator *v, const struct field_path *path,
                             const struct value *finalizers)
{
    check_list(v, path, finalizers, NO_LIMIT, check_finalizer, NULL);
    if (list_has_text(finalizers, "orphan") && list_has_text(finalizers, "foregroundDeletion"))
        refuse_invalid(v, path, shown(v, finalizers),
                       "finalizer orphan and foregroundDeletion cannot be both set");
}

static void check_managed_field(struct validator *v, const struct field_path *path, const struct value *entry,
                                const void *unused)
{
    static const char *const operations[] = { "Apply", "Update", NULL };
    (void)unused;
    if (!has_text(value_get(entry, "operation")))
        refuse_required(v, CHILD(path, "operation"), "must not be empty");
    else
        check_choice(v, CHILD(path, "operation"), value_get(entry, "operation"), operations);
    const struct value *type = value_get(entry, "fieldsType");
    if (has_text(type) && !value_says(type, "FieldsV1"))
        refuse_invalid(v, CHILD(path, "fieldsType"), shown(v, type), "must be `FieldsV1`");
    if (text_of(value_get(entry, "manager")).length > MAX_MANAGER_BYTES)
        refuse_too_long(v, CHILD(path, "manager"), MAX_MANAGER_BYTES);
    if (text_of(value_get(entry, "subresource")).length > MAX_SUBRESOURCE_BYTES)
        refuse_too_long(v, CHILD(path, "subresource"), MAX_SUBRESOURCE_BYTES);
}

/* What create and update check alike. */
static void check_common(struct validator *v, const struct value *meta)
{
    check_not_negative(v, CHILD(&metadata, "generation"), value_get(meta, "generation"));
    check_labels(v, CHILD(&metadata, "labels"), value_get(meta, "labels"));
    check_annotations(v, CHILD(&metadata, "annotations"), value_get(meta, "annotations"));
    check_owners(v, CHILD(&metadata, "ownerReferences"), value_get(meta, "ownerReferences"));
    check_list(v, CHILD(&metadata, "managedFields"), value_get(meta, "managedFields"), NO_LIMIT,
               check_managed_field, NULL);
}

void validate_template_meta(struct validator *v, const struct field_path *path, const struct value *meta)
{
    check_annotations(v, CHILD(path, "annotations"), value_get(meta, "annotations"));
    check_labels(v, CHILD(path, "labels"), value_get(meta, "labels"));
}

/* A prefix may end in "-": more will follow. */
static void check_generate_name(struct validator *v, const struct value *prefix,
                                const struct meta_rules *rules)
{
    struct span masked = text_of(prefix);
    if (masked.length > 1 && masked.data[masked.length - 1] == '-')
        masked = span_of(arena_printf(v->arena, "%.*sa", (int)masked.length - 2, masked.data));
    check_faults(v, CHILD(&metadata, "generateName"), text_of(prefix), rules->name_faults(masked));
}

static void check_namespace(struct validator *v, const struct value *namespace, bool namespaced)
{
    const struct field_path *path = CHILD(&metadata, "namespace");
    if (!namespaced && has_text(namespace))
        refuse_forbidden(v, path, "not allowed on this type");
    else if (namespaced && !has_text(namespace))
        refuse_required(v, path, "%s", "");
    else if (namespaced)
        check_label(v, path, namespace);
}

void validate_meta(struct validator *v, const struct meta_rules *rules)
{
    const struct value *meta = value_get(v->input->object, "metadata");
    const struct value *name = value_get(meta, "name");
    if (has_text(value_get(meta, "generateName")))
        check_generate_name(v, value_get(meta, "generateName"), rules);
    if (has_text(name))
        check_faults(v, CHILD(&metadata, "name"), text_of(name), rules->name_faults(text_of(name)));
    else
        refuse_required(v, CHILD(&metadata, "name"), "name or generateName is required");
    check_namespace(v, value_get(meta, "namespace"), rules->namespaced);
    check_finalizers(v, CHILD(&metadata, "finalizers"), value_get(meta, "finalizers"));
    check_list(v, CHILD(&metadata, "finalizers"), value_get(meta, "finalizers"), NO_LIMIT,
               check_new_finalizer, NULL);
    check_common(v, meta);
}

static void check_no_new_finalizers(struct validator *v, const struct value *meta,
                                    const struct value *old_meta)
{
    cleanup_buf struct buf added = BUF_INIT(4096);
    value_each (value_get(meta, "finalizers"), finalizer)
        if (!list_has_text(value_get(old_meta, "finalizers"), text_of(finalizer).data))
            buf_printf(&added, "%s\"" SPAN_FMT "\"", added.length ? ", " : "", SPAN_ARG(text_of(finalizer)));
    if (added.length)
        refuse_forbidden(
            v, CHILD(&metadata, "finalizers"),
            "no new finalizers can be added if the object is being deleted, found new finalizers "
            "[]string{%s}",
            buf_text(&added));
}

void validate_meta_update(struct validator *v)
{
    static const char *const immutable[] = {
        "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
    };
    const struct value *meta = value_get(v->input->object, "metadata");
    const struct value *old_meta = value_get(v->input->old, "metadata");
    if (!is_absent(value_get(old_meta, "deletionTimestamp")))
        check_no_new_finalizers(v, meta, old_meta);
    if (!has_text(value_get(meta, "resourceVersion")))
        refuse_invalid(v, CHILD(&metadata, "resourceVersion"), "\"\"", "must be specified for an update");
    if (value_integer(value_get(meta, "generation"), 0) < value_integer(value_get(old_meta, "generation"), 0))
        refuse_invalid(v, CHILD(&metadata, "generation"), shown(v, value_get(meta, "generation")),
                       "must not be decremented");
    for (size_t i = 0; i < ARRAY_LEN(immutable); i++)
        check_immutable(v, CHILD(&metadata, immutable[i]), value_get(meta, immutable[i]),
                        value_get(old_meta, immutable[i]));
    check_common(v, meta);
}

static void check_condition(struct validator *v, const struct field_path *path, const struct value *condition,
                            const void *unused)
{
    static const char *const statuses[] = { "False", "True", "Unknown", NULL };
    const struct value *type = value_get(condition, "type"), *status = value_get(condition, "status");
    const struct value *reason = value_get(condition, "reason");
    (void)unused;
    if (has_text(type))
        check_label_key(v, CHILD(path, "type"), text_of(type));
    else
        refuse_required(v, CHILD(path, "type"), "is required");
    if (has_text(status))
        check_choice(v, CHILD(path, "status"), status, statuses);
    else
        refuse_required(v, CHILD(path, "status"), "%s", "");
    if (value_integer(value_get(condition, "observedGeneration"), 0) < 0)
        refuse_invalid(v, CHILD(path, "observedGeneration"),
                       shown(v, value_get(condition, "observedGeneration")),
                       "must be greater than or equal to zero");
    if (!has_text(value_get(condition, "lastTransitionTime")))
        refuse_required(v, CHILD(path, "lastTransitionTime"), "%s", "");
    if (has_text(reason))
        check_faults(v, CHILD(path, "reason"), text_of(reason), condition_reason_faults(text_of(reason)));
    else
        refuse_required(v, CHILD(path, "reason"), "%s", "");
    if (text_of(reason).length > MAX_REASON_BYTES)
        refuse_too_long(v, CHILD(path, "reason"), MAX_REASON_BYTES);
    if (text_of(value_get(condition, "message")).length > MAX_MESSAGE_BYTES)
        refuse_too_long(v, CHILD(path, "message"), MAX_MESSAGE_BYTES);
}

static struct span condition_type(struct validator *v, const struct value *condition)
{
    (void)v;
    return text_of(value_get(condition, "type"));
}

void validate_conditions(struct validator *v, const struct field_path *path, const struct value *conditions,
                         size_t max)
{
    check_set(v, path, conditions, max, check_condition, condition_type, NULL);
}
