/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `kubectl get` prints is made here, on the server: a Table of cells, with the columns that Kubernetes
 * has for each kind. Columns are rows of data; columns.c has them.
 */

#include "api/value/value.h"

struct table_context {
    struct arena *arena;
    int64_t now; /* micros since 1970, for ages */
};

struct table_column {
    const char *name; /* NULL ends a list */
    const char *type; /* "string", "integer" */
    const char *format;
    const char *path; /* a cell is the text there; or */
    struct value *(*cell)(const struct table_context *context, const struct value *object);
    int priority; /* 1: only with -o wide */
    const char *doc;
};

/* What rows carry of their objects (?includeObject=). */
enum table_include { TABLE_INCLUDE_METADATA, TABLE_INCLUDE_OBJECT, TABLE_INCLUDE_NONE };

/* An empty table; without DEFINITIONS its columns are not described, as in all but a watch's first event. */
struct value *table_new(struct arena *arena, const char *version, const struct table_column *columns,
                        bool definitions);
void table_add(const struct table_context *context, struct value *table, const struct table_column *columns,
               struct value *object, enum table_include include);

/* A cell that says OTHERWISE where TEXT is absent or empty. */
struct value *table_text(const struct table_context *context, const char *text, const char *otherwise);

/* {kind: PartialObjectMetadata, metadata}, sharing OBJECT's members. */
struct value *partial_metadata(struct arena *arena, const struct value *object);

/* The columns by name of the kind; Name and Age for those that have none of their own. */
const struct table_column *table_columns(const char *group, const char *plural);
