/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * YAML text and trees, as sigs.k8s.io/yaml reads it for Kubernetes (YAML 1.1 scalars; numbers, booleans and
 * null only when unquoted). Only yaml.c and yaml_write.c know libyaml. Aliases are expanded within a budget,
 * so that no small file becomes a large tree; names given twice and non-string keys that JSON cannot hold are
 * errors.
 */

#include "api/base/buf.h"
#include "api/base/vec.h"
#include "api/value/value.h"

typedef VEC(struct value *) value_vec;

/*
 * Every document of a stream, empty ones left out, appended to DOCUMENTS (the caller's vec_done). JSON is
 * YAML. FILE names the text in messages: "inventory.yaml:12:7: ...".
 */
nodiscard struct error *yaml_parse(struct arena *arena, const char *file, struct span text,
                                   value_vec *documents);

/* Block style, as kubectl -o yaml prints; members sorted by name. */
void yaml_write(struct buf *out, const struct value *value);
