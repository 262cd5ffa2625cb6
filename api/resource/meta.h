/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every Kubernetes object carries. Strings are NULL and lists are empty where the object has none.
 */

#include "api/base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct string_pair {
    const char *name;
    const char *value;
};

struct owner_reference {
    const char *api_version;
    const char *kind;
    const char *name;
    const char *uid;
    bool controller;
    bool block_owner_deletion;
};

struct object_meta {
    const char *name;
    const char *generate_name;
    const char *namespace;
    const char *uid;
    const char *resource_version;
    int64_t generation;
    const char *creation_timestamp; /* RFC 3339 */
    const char *deletion_timestamp;
    struct string_pair *labels;
    size_t n_labels;
    struct string_pair *annotations;
    size_t n_annotations;
    const char **finalizers;
    size_t n_finalizers;
    struct owner_reference *owners;
    size_t n_owners;
};

/* NULL if there is none. */
const char *meta_label(const struct object_meta *meta, const char *name);
const char *meta_annotation(const struct object_meta *meta, const char *name);
bool meta_has_finalizer(const struct object_meta *meta, const char *name);
/* The owner that is the controller, or NULL. */
const struct owner_reference *meta_controller(const struct object_meta *meta);
