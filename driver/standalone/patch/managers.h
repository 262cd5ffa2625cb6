/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The entries of metadata.managedFields. A manager is identified by its name, its operation and its
 * subresource; one that updates (rather than applies) also by the version that it wrote.
 */

#include "driver/standalone/patch/apply.h"
#include "driver/standalone/patch/field_set.h"

struct manager {
    const char *name;
    bool applies; /* operation Apply, else Update */
    const char *api_version;
    const char *subresource; /* "" for none */
    const char *time;        /* "" for none */
    struct field_set *fields;
};

struct managers {
    struct arena *arena; /* of everything in it */
    struct manager *items;
    size_t length, room;
};

/* Appends what METADATA has under managedFields. On an error nothing is appended. */
nodiscard struct error *managers_decode(struct managers *managers, const struct value *metadata);

/* Sorted as a real server does it; those without fields are left out. NULL if there are none. */
struct value *managers_encode(const struct managers *managers);

struct managers managers_copy(const struct managers *managers);

/* The entry of WRITER, made if need be. */
struct manager *managers_take(struct managers *managers, const struct field_writer *writer, bool applies);

/* Whether A and B record the same fields for the same managers; times do not matter. */
bool managers_equal(const struct managers *a, const struct managers *b);

/* Lumps the oldest entries of updates together ("ancient-changes") until there are at most ten. */
void managers_cap(struct managers *managers);

/* "\"kubectl\" with subresource \"status\" using v1" */
char *manager_describe(struct arena *arena, const struct manager *manager);
