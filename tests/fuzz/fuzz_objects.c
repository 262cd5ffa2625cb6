/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects by their tables, for each kind that the document's first byte may choose: what passes the check of
 * types is decoded; pruning and defaulting settle at once; devices and allocations survive encoding; v1beta1
 * is only another form.
 */

#include "api/core/kinds.h"
#include "api/core/pod.h"
#include "api/resource/convert.h"
#include "api/resource/objects.h"
#include "api/resource/tables.h"
#include "api/value/json.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

static void check_device(struct arena *arena, const struct device *device)
{
    struct device again = { 0 };
    struct value *encoded = device_encode(arena, device);
    struct error *err = device_decode(arena, encoded, &again);
    assert(!err);
    assert(value_equal(encoded, device_encode(arena, &again)));
}

static void check_allocation(struct arena *arena, const struct allocation *allocation)
{
    struct allocation *again = NULL;
    struct value *encoded = allocation_encode(arena, allocation);
    struct error *err = allocation_decode(arena, encoded, &again);
    assert(!err);
    assert(value_equal(encoded, allocation_encode(arena, again)));
}

/* The types have been checked, so nothing can go wrong. */
static void check_decode(struct arena *arena, const char *kind, const struct value *tree)
{
    struct resource_slice *slice = NULL;
    struct resource_claim *claim = NULL;
    struct error *err = NULL;
    if (!strcmp(kind, "ResourceSlice"))
        err = resource_slice_decode(arena, tree, &slice);
    else if (!strcmp(kind, "ResourceClaim"))
        err = resource_claim_decode(arena, tree, &claim);
    else if (!strcmp(kind, "ResourceClaimTemplate"))
        err = resource_claim_template_decode(arena, tree, &(struct resource_claim_template *){ 0 });
    else if (!strcmp(kind, "DeviceClass"))
        err = device_class_decode(arena, tree, &(struct device_class *){ 0 });
    else if (!strcmp(kind, "DeviceTaintRule"))
        err = device_taint_rule_decode(arena, tree, &(struct device_taint_rule *){ 0 });
    else if (!strcmp(kind, "Pod"))
        err = pod_decode(arena, tree, &(struct pod *){ 0 });
    else if (!strcmp(kind, "Node"))
        err = node_decode(arena, tree, &(struct node *){ 0 });
    assert(!err);
    for (size_t i = 0; slice && i < slice->n_devices; i++)
        check_device(arena, &slice->devices[i]);
    if (claim && claim->allocation)
        check_allocation(arena, claim->allocation);
}

static void check_settles(struct arena *arena, const struct schema *schema, struct value *tree)
{
    schema_default(schema, arena, tree, 0);
    schema_prune(schema, arena, tree);
    struct schema_complaints complaints = { 0 };
    struct error *err = schema_check(schema, tree, &complaints);
    assert(!err && complaints.texts.length == 0);
    struct value *again = value_copy(arena, tree);
    schema_prune(schema, arena, again);
    assert(value_equal(tree, again));
}

static void check_kind(struct arena *arena, const struct schema_kind *kind,
                       const struct schema_version *version, struct value *tree)
{
    struct schema_complaints complaints = { 0 };
    cleanup_error struct error *err = schema_check(version->schema, tree, &complaints);
    schema_complaints_done(&complaints);
    if (err)
        return;
    value_set_text(arena, tree, "kind", kind->kind);
    if (!strcmp(kind->group, RESOURCE_GROUP))
        value_set(arena, tree, "apiVersion",
                  value_text(arena, arena_printf(arena, RESOURCE_GROUP "/%s", version->name)));
    check_decode(arena, kind->kind, tree);
    if (version == kind->versions)
        check_settles(arena, version->schema, tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t n_kinds;
    const struct schema_kind *kind = schema_kinds(&n_kinds);
    kind += data[0] % n_kinds;
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = NULL;
    cleanup_error struct error *err =
        json_parse(arena, (struct span){ (const char *)data + 1, size - 1 }, 0, &tree);
    if (err)
        return 0;
    for (size_t i = 0; i < kind->n_versions; i++)
        check_kind(arena, kind, &kind->versions[i], value_copy(arena, tree));
    return 0;
}
