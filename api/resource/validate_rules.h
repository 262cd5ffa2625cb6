/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the validate_*.c files share: field paths, causes, and the rules that occur everywhere. Nobody else
 * includes this. A rule takes the value at PATH, which may be absent (NULL), and adds causes.
 */

#include "api/resource/names.h"
#include "api/resource/quantity.h"
#include "api/resource/validate.h"

/* A path is a chain on the stack; it becomes text only where something is wrong. */
struct field_path {
    const struct field_path *up;
    const char *name; /* NULL: a subscript */
    struct span key;  /* no data: index counts */
    size_t index;
};

#define CHILD(path, member)  (&(struct field_path){ .up = (path), .name = (member) })
#define INDEX(path, number)  (&(struct field_path){ .up = (path), .index = (number) })
#define KEY(path, subscript) (&(struct field_path){ .up = (path), .key = (subscript) })

struct validator {
    const struct validation *input;
    struct arena *arena;
    struct causes *causes;
};

bool gate_is_on(const struct validator *v, const char *name);

/* Refusing. SHOWN is the value as the message shows it (NULL: none); the rest is the detail, which may be
 * "". */
void refuse(struct validator *v, enum cause_type type, const struct field_path *path, const char *shown,
            const char *format, ...) format_printf(5, 6);
void refuse_unsupported(struct validator *v, const struct field_path *path, const struct value *value,
                        const char *const *choices);
void refuse_too_long(struct validator *v, const struct field_path *path, size_t max_bytes);
void refuse_too_many(struct validator *v, const struct field_path *path, size_t n_items, size_t max_items);

#define refuse_invalid(v, path, shown, ...) refuse((v), CAUSE_INVALID, (path), (shown), __VA_ARGS__)
#define refuse_required(v, path, ...)       refuse((v), CAUSE_REQUIRED, (path), NULL, __VA_ARGS__)
#define refuse_forbidden(v, path, ...)      refuse((v), CAUSE_FORBIDDEN, (path), NULL, __VA_ARGS__)
#define refuse_duplicate(v, path, shown)    refuse((v), CAUSE_DUPLICATE, (path), (shown), "%s", "")

/* Values as messages show them. */
const char *shown(struct validator *v, const struct value *value); /* "text" in quotes, JSON for the rest */
const char *shown_text(struct validator *v, struct span text);
const char *shown_quantity(struct validator *v, const struct quantity *quantity);

/* Values; absent ones are empty. */
struct span text_of(const struct value *value);
bool has_text(const struct value *value);
bool is_absent(const struct value *value); /* or null */
bool value_says(const struct value *value, const char *text);
/* False if it is absent or no quantity; the latter is refused. */
bool quantity_of(struct validator *v, const struct field_path *path, const struct value *value,
                 struct quantity *out);

/* Lists and maps */
typedef void item_rule(struct validator *v, const struct field_path *path, const struct value *item,
                       const void *context);
typedef struct span item_key(struct validator *v, const struct value *item);

enum { NO_LIMIT = 0 };

struct span item_itself(struct validator *v, const struct value *item);
struct span item_name(struct validator *v, const struct value *item); /* its member "name" */

/* More than MAX items are refused as a whole, nothing else is looked at then. */
void check_list(struct validator *v, const struct field_path *path, const struct value *list, size_t max,
                item_rule *rule, const void *context);
/* Items differ in their KEY. Upstream's rules by hand and by declaration complain in different forms. */
enum repeat_form { REPEAT_SHOWS_ITEM, REPEAT_SHOWS_KEY, REPEAT_IS_OF_NAME };
void check_repeats(struct validator *v, const struct field_path *path, const struct value *list,
                   item_key *key, enum repeat_form form);
/* A list whose items differ in their KEY, by declaration. */
void check_set(struct validator *v, const struct field_path *path, const struct value *list, size_t max,
               item_rule *rule, item_key *key, const void *context);
/* A map whose keys obey KEY_RULE at PATH itself, and its values RULE (or NULL) at PATH[key]. */
void check_map(struct validator *v, const struct field_path *path, const struct value *map, size_t max,
               void (*key_rule)(struct validator *, const struct field_path *, struct span), item_rule *rule,
               const void *context);

/* Names */
void check_faults(struct validator *v, const struct field_path *path, struct span name,
                  struct name_faults faults);
void check_label(struct validator *v, const struct field_path *path, const struct value *name);
void check_subdomain(struct validator *v, const struct field_path *path, const struct value *name);
void check_driver_name(struct validator *v, const struct field_path *path, struct span name);
void check_opaque_driver(struct validator *v, const struct field_path *path, const struct value *name);
void check_pool_name(struct validator *v, const struct field_path *path, const struct value *name);
void check_label_key(struct validator *v, const struct field_path *path, struct span key);
void check_label_value(struct validator *v, const struct field_path *path, const struct value *value);
void check_qualified_name(struct validator *v, const struct field_path *path, struct span name);
void check_full_name(struct validator *v, const struct field_path *path, const struct value *name);
void check_class_name(struct validator *v, const struct field_path *path, const struct value *name);
void check_share_id(struct validator *v, const struct field_path *path, const struct value *id);

/* A JSON object of at most MAX_BYTES; STORED ones may be larger. */
void check_raw_object(struct validator *v, const struct field_path *path, const struct value *raw,
                      bool stored, size_t max_bytes);
void check_immutable(struct validator *v, const struct field_path *path, const struct value *now,
                     const struct value *before);
/* Likewise each field that SCHEMA calls immutable, down through objects. */
void check_immutable_fields(struct validator *v, const struct field_path *path, const struct schema *schema,
                            const struct value *now, const struct value *before);
void check_not_negative(struct validator *v, const struct field_path *path, const struct value *number);
void check_choice(struct validator *v, const struct field_path *path, const struct value *value,
                  const char *const *choices);

/* Of validate_meta.c. NAME_FAULTS: the form of the kind's names. */
struct meta_rules {
    bool namespaced;
    struct name_faults (*name_faults)(struct span);
};
void validate_meta(struct validator *v, const struct meta_rules *rules);
void validate_meta_update(struct validator *v);
/* Labels and annotations only, as in templates. */
void validate_template_meta(struct validator *v, const struct field_path *path, const struct value *meta);
void validate_conditions(struct validator *v, const struct field_path *path, const struct value *conditions,
                         size_t max);

/* Shared by kinds of resource.k8s.io */
void validate_node_selector(struct validator *v, const struct field_path *path, const struct value *selector);
void validate_node_name(struct validator *v, const struct field_path *path, const struct value *name);
void validate_device(struct validator *v, const struct field_path *path, const struct value *device,
                     const struct value *old_device, bool per_device_nodes);
void validate_taint(struct validator *v, const struct field_path *path, const struct value *taint,
                    const struct value *old_taint);
void validate_toleration(struct validator *v, const struct field_path *path, const struct value *toleration,
                         const void *unused);
/* A non-empty map of counters. */
void validate_counters(struct validator *v, const struct field_path *path, const struct value *counters);
void validate_binding_conditions(struct validator *v, const struct field_path *path,
                                 const struct value *holder);
void validate_skip_operations(struct validator *v, const struct field_path *path, const struct value *list);
/* CONTEXT points to a bool: the selectors are stored ones. */
void validate_selector(struct validator *v, const struct field_path *path, const struct value *selector,
                       const void *context);
/* Refuses a CEL expression; *COST (or NULL) grows by its estimate. */
void validate_expression(struct validator *v, const struct field_path *path, const struct value *expression,
                         bool derived, uint64_t *cost);
/* The member `opaque` of HOLDER. */
void validate_opaque(struct validator *v, const struct field_path *path, const struct value *holder,
                     bool stored);
void validate_claim_spec(struct validator *v, const struct field_path *path, const struct value *spec);
/* Requests with admin access need a namespace that allows it. */
void validate_admin_access(struct validator *v, const struct value *claim_spec);
/* A reference to a request of the claim spec at CONTEXT. */
void validate_request_reference(struct validator *v, const struct field_path *path, const struct value *name,
                                const void *context);

/* One kind each */
void validate_slice(struct validator *v);
void validate_claim(struct validator *v);
void validate_claim_status(struct validator *v);
void validate_class(struct validator *v);
void validate_template(struct validator *v);
void validate_taint_rule(struct validator *v);
void validate_taint_rule_status(struct validator *v);
void validate_pod(struct validator *v);
void validate_event(struct validator *v);
void validate_lease(struct validator *v);
