/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From trees to typed objects. The schema tables drive it; decoding is lenient (servers are newer than we
 * are: unknown members are skipped, unknown enumeration values become ..._UNKNOWN), and says with a field
 * path what has the wrong type. Absent texts are NULL, but "" where the API requires them; a count that a
 * server would have filled in is filled in. Every struct and string is in ARENA, which must not outlive
 * TREE's arena where opaque parameters are concerned (they point into the tree).
 *
 * The version is taken from apiVersion: resource.k8s.io/v1, v1beta2, v1beta1 (and v1alpha3 for taint rules).
 */

#include "api/resource/claim.h"
#include "api/resource/class.h"
#include "api/resource/slice.h"
#include "api/resource/taint_rule.h"

nodiscard struct error *resource_slice_decode(struct arena *arena, const struct value *tree,
                                              struct resource_slice **out);
nodiscard struct error *device_class_decode(struct arena *arena, const struct value *tree,
                                            struct device_class **out);
nodiscard struct error *resource_claim_decode(struct arena *arena, const struct value *tree,
                                              struct resource_claim **out);
nodiscard struct error *resource_claim_template_decode(struct arena *arena, const struct value *tree,
                                                       struct resource_claim_template **out);
nodiscard struct error *device_taint_rule_decode(struct arena *arena, const struct value *tree,
                                                 struct device_taint_rule **out);
nodiscard struct error *object_meta_decode(struct arena *arena, const struct value *tree,
                                           struct object_meta *out);

/* One device, or a slice's spec fragment, as trees in the v1 form. */
nodiscard struct error *device_decode(struct arena *arena, const struct value *tree, struct device *out);
nodiscard struct error *allocation_decode(struct arena *arena, const struct value *tree,
                                          struct allocation **out);

/* The v1 form. Absent things are left out, as Kubernetes' omitempty does. */
struct value *device_encode(struct arena *arena, const struct device *device);
struct value *counter_set_encode(struct arena *arena, const struct counter_set *set);
struct value *node_selector_encode(struct arena *arena, const struct node_selector *selector);
struct value *taint_encode(struct arena *arena, const struct taint *taint);
struct value *allocation_encode(struct arena *arena, const struct allocation *allocation);
