/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole objects: into their v1 form, then by the tables.
 */

#include "api/resource/objects.h"

#include "api/resource/convert.h"
#include "api/resource/decode.h"
#include "api/resource/tables.h"

#include <string.h>

/* A zeroed struct of SCHEMA's, filled from TREE; its kind must be KIND, where it says one. */
static struct error *decode_object(struct arena *arena, const struct schema *schema, const char *kind,
                                   const struct value *tree, void **out)
{
    const char *says = value_string(value_get(tree, "kind"));
    if (says && strcmp(says, kind) != 0)
        return error_invalid("kind: want %s, not %s", kind, says);
    const struct value *v1 = resource_convert(arena, (struct value *)tree, "v1");
    void *typed = arena_array(arena, 1, schema->size);
    TRY(schema_decode(arena, schema, v1, typed));
    *out = typed;
    return NULL;
}

struct error *resource_slice_decode(struct arena *arena, const struct value *tree,
                                    struct resource_slice **out)
{
    return decode_object(arena, &resource_slice_schema, "ResourceSlice", tree, (void **)out);
}

struct error *device_class_decode(struct arena *arena, const struct value *tree, struct device_class **out)
{
    return decode_object(arena, &device_class_schema, "DeviceClass", tree, (void **)out);
}

struct error *resource_claim_decode(struct arena *arena, const struct value *tree,
                                    struct resource_claim **out)
{
    return decode_object(arena, &resource_claim_schema, "ResourceClaim", tree, (void **)out);
}

struct error *resource_claim_template_decode(struct arena *arena, const struct value *tree,
                                             struct resource_claim_template **out)
{
    struct resource_claim_template *typed = NULL;
    TRY(decode_object(arena, &resource_claim_template_schema, "ResourceClaimTemplate", tree,
                      (void **)&typed));
    struct object_meta for_claims = { 0 };
    const struct value *meta = value_path(tree, "spec.metadata");
    if (value_is(meta, VALUE_OBJECT))
        TRY(error_wrap(object_meta_decode(arena, meta, &for_claims), "spec.metadata"));
    typed->labels = for_claims.labels;
    typed->n_labels = for_claims.n_labels;
    typed->annotations = for_claims.annotations;
    typed->n_annotations = for_claims.n_annotations;
    *out = typed;
    return NULL;
}

struct error *device_taint_rule_decode(struct arena *arena, const struct value *tree,
                                       struct device_taint_rule **out)
{
    return decode_object(arena, &device_taint_rule_schema, "DeviceTaintRule", tree, (void **)out);
}

struct error *object_meta_decode(struct arena *arena, const struct value *tree, struct object_meta *out)
{
    return schema_decode(arena, &object_meta_schema, tree, out);
}

struct error *device_decode(struct arena *arena, const struct value *tree, struct device *out)
{
    return schema_decode(arena, &device_schema, tree, out);
}

struct error *allocation_decode(struct arena *arena, const struct value *tree, struct allocation **out)
{
    struct allocation *allocation = arena_make(arena, struct allocation);
    TRY(schema_decode(arena, &allocation_schema, tree, allocation));
    *out = allocation;
    return NULL;
}

struct value *device_encode(struct arena *arena, const struct device *device)
{
    return schema_encode(arena, &device_schema, device);
}

struct value *counter_set_encode(struct arena *arena, const struct counter_set *set)
{
    return schema_encode(arena, &counter_set_schema, set);
}

struct value *node_selector_encode(struct arena *arena, const struct node_selector *selector)
{
    return schema_encode(arena, &node_selector_schema, selector);
}

struct value *taint_encode(struct arena *arena, const struct taint *taint)
{
    return schema_encode(arena, &device_taint_schema, taint);
}

struct value *allocation_encode(struct arena *arena, const struct allocation *allocation)
{
    return schema_encode(arena, &allocation_schema, allocation);
}
