/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for single values: names of every form, identifiers, opaque objects, things that may not change.
 */

#include "api/resource/validate_rules.h"

#include "api/base/uuid.h"
#include "api/value/json.h"

#include <ctype.h>

void check_faults(struct validator *v, const struct field_path *path, struct span name,
                  struct name_faults faults)
{
    for (size_t i = 0; i < faults.n_texts; i++)
        refuse_invalid(v, path, shown_text(v, name), "%s", faults.texts[i]);
}

void check_label(struct validator *v, const struct field_path *path, const struct value *name)
{
    check_faults(v, path, text_of(name), dns_label_faults(text_of(name)));
}

void check_subdomain(struct validator *v, const struct field_path *path, const struct value *name)
{
    check_faults(v, path, text_of(name), dns_subdomain_faults(text_of(name)));
}

void check_label_key(struct validator *v, const struct field_path *path, struct span key)
{
    check_faults(v, path, key, label_key_faults(key));
}

void check_label_value(struct validator *v, const struct field_path *path, const struct value *value)
{
    check_faults(v, path, text_of(value), label_value_faults(text_of(value)));
}

static void check_driver(struct validator *v, const struct field_path *path, struct span name,
                         struct name_faults (*faults)(struct span))
{
    if (name.length == 0) {
        refuse_required(v, path, "%s", "");
        return;
    }
    if (name.length > DRIVER_NAME_MAX)
        refuse_too_long(v, path, DRIVER_NAME_MAX);
    char *lower = arena_span(v->arena, name);
    for (size_t i = 0; i < name.length; i++)
        lower[i] = (char)tolower((unsigned char)lower[i]);
    check_faults(v, path, name, faults((struct span){ lower, name.length }));
}

void check_driver_name(struct validator *v, const struct field_path *path, struct span name)
{
    check_driver(v, path, name, dns_subdomain_faults);
}

void check_opaque_driver(struct validator *v, const struct field_path *path, const struct value *name)
{
    check_driver(v, path, text_of(name), caseless_subdomain_faults);
}

void check_pool_name(struct validator *v, const struct field_path *path, const struct value *name)
{
    struct span rest = text_of(name);
    if (rest.length == 0) {
        refuse_required(v, path, "%s", "");
        return;
    }
    if (rest.length > POOL_NAME_MAX)
        refuse_too_long(v, path, POOL_NAME_MAX);
    while (rest.data) {
        struct span part = span_split(rest, '/', &rest);
        check_faults(v, path, part, dns_subdomain_faults(part));
    }
}

void check_class_name(struct validator *v, const struct field_path *path, const struct value *name)
{
    if (has_text(name))
        check_subdomain(v, path, name);
    else
        refuse_required(v, path, "%s", "");
}

static void check_identifier(struct validator *v, const struct field_path *path, struct span id)
{
    if (id.length > IDENTIFIER_MAX)
        refuse_too_long(v, path, IDENTIFIER_MAX);
    check_faults(v, path, id, c_identifier_faults(id));
}

void check_qualified_name(struct validator *v, const struct field_path *path, struct span name)
{
    struct span id, domain = span_split(name, '/', &id);
    if (!id.data) {
        check_identifier(v, path, name);
        return;
    }
    if (memchr(id.data, '/', id.length))
        return; /* upstream lets these pass, for fear of the objects that have them */
    if (domain.length == 0)
        refuse_invalid(v, path, "\"\"", "the domain must not be empty");
    else
        check_driver_name(v, path, domain);
    if (id.length == 0)
        refuse_invalid(v, path, "\"\"", "the name must not be empty");
    else
        check_identifier(v, path, id);
}

void check_full_name(struct validator *v, const struct field_path *path, const struct value *name)
{
    struct span text = text_of(name);
    check_qualified_name(v, path, text);
    if (!memchr(text.data, '/', text.length))
        refuse_invalid(v, path, shown_text(v, text),
                       "a fully qualified name must be a domain and a name separated by a slash");
}

void check_share_id(struct validator *v, const struct field_path *path, const struct value *id)
{
    if (!uuid_is_canonical(text_of(id)))
        refuse_invalid(v, path, shown(v, id), "must be a lowercase UUID in 8-4-4-4-12 format");
}

void check_raw_object(struct validator *v, const struct field_path *path, const struct value *raw,
                      bool stored, size_t max_bytes)
{
    cleanup_buf struct buf text = BUF_INIT(max_bytes);
    if (is_absent(raw)) {
        refuse_required(v, path, "%s", "");
        return;
    }
    json_write(&text, raw);
    cleanup_error struct error *too_long = buf_check(&text);
    if (too_long && !stored)
        refuse_too_long(v, path, max_bytes);
    else if (!value_is(raw, VALUE_OBJECT))
        refuse_invalid(v, path, "\"<value omitted>\"", "must be a valid JSON object");
}

void check_immutable(struct validator *v, const struct field_path *path, const struct value *now,
                     const struct value *before)
{
    bool both_absent = is_absent(now) && is_absent(before);
    if (!both_absent && !value_equal(now, before))
        refuse_invalid(v, path, shown(v, now), "field is immutable");
}

void check_immutable_fields(struct validator *v, const struct field_path *path, const struct schema *schema,
                            const struct value *now, const struct value *before)
{
    for (size_t i = 0; i < schema->n_fields; i++) {
        const struct schema_field *field = &schema->fields[i];
        const struct value *new_value = value_get(now, field->name),
                           *old_value = value_get(before, field->name);
        if (field->flags & SCHEMA_IMMUTABLE)
            check_immutable(v, CHILD(path, field->name), new_value, old_value);
        else if (field->type == SCHEMA_OBJECT && (new_value || old_value))
            check_immutable_fields(v, CHILD(path, field->name), field->object, new_value, old_value);
    }
}

void check_not_negative(struct validator *v, const struct field_path *path, const struct value *number)
{
    if (value_integer(number, 0) < 0)
        refuse_invalid(v, path, shown(v, number), "must be greater than or equal to 0");
}

void check_choice(struct validator *v, const struct field_path *path, const struct value *value,
                  const char *const *choices)
{
    for (const char *const *choice = choices; *choice; choice++)
        if (value_says(value, *choice))
            return;
    refuse_unsupported(v, path, value, choices);
}
