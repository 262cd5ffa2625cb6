/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The doors of resource.k8s.io: v1 inside, v1beta2 (the same but for its name), v1beta1 and v1alpha3 outside
 * (allocation.md 2.13).
 */

#include "api/value/value.h"

/*
 * TREE, an object of resource.k8s.io of any version, in the form of VERSION ("v1", "v1beta1", ...); its
 * apiVersion says so. What looks the same in both is shared with TREE, which must live as long. An object
 * that is in that version already is returned as it is.
 */
struct value *resource_convert(struct arena *arena, struct value *tree, const char *version);

/* "resource.k8s.io/" plus VERSION */
#define RESOURCE_GROUP "resource.k8s.io"
