/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is served: each kind of the schema tables, with what the tables do not say. Handlers know kinds only
 * through these rows: what may be selected by, which subresources there are, and the few places where a kind
 * has a mind of its own (a claim's status is wiped on create, a class counts its generations, a namespace
 * ends only when it is empty).
 */

#include "api/schema/schema.h"
#include "driver/standalone/rest/selectors.h"
#include "driver/standalone/rest/table.h"
#include "driver/standalone/store/store.h"

struct request;
struct resource;

typedef struct error *resource_handler(struct request *req);

/* Beside "status", which the schema tables announce. */
struct subresource {
    const char *name;                   /* NULL ends a list */
    const char *group, *version, *kind; /* of what is sent to it, as discovery shows them */
    const char *method;
    const char *verb;
    resource_handler *handle;
};

/* Where a kind differs. Every function may be NULL. Trees are in the stored version and may be changed. */
struct strategy {
    /* Admission, which comes first: refuses, or changes the object. BEFORE is NULL at creation. */
    struct error *(*admit)(struct request *req, const struct value *before, struct value *object);
    /* Admission of what is valid by itself: may still refuse it. */
    struct error *(*review)(struct request *req, const struct value *object);
    /* What the server decides at creation; what an update of the object, and of its status, may not touch. */
    void (*on_create)(struct request *req, struct value *object);
    void (*on_update)(struct request *req, const struct value *before, struct value *after);
    void (*on_status)(struct request *req, const struct value *before, struct value *after);
    /* Refuses a delete. */
    struct error *(*admit_delete)(struct request *req, const struct value *object);
    /* Seconds between a delete and the end; ASKED is -1 if the client left it open. NULL: none. */
    int64_t (*grace_seconds)(const struct value *object, int64_t asked);
    /* When a delete begins but cannot end yet. */
    void (*on_deleting)(struct request *req, struct value *object);
    /* What else than metadata.finalizers holds the object. */
    bool (*is_held)(const struct value *object);
    bool counts_generations; /* metadata.generation is the number of specs */
    bool put_creates;        /* an update of an absent object creates it */
    bool keeps_status_in_create;
    bool answers_deleted;      /* a delete answers with the object, not with a Status */
    unsigned lifetime_minutes; /* since the last write, after which an object goes by itself; 0: never */
};

struct resource {
    const struct schema_kind *kind;
    const struct selectable_field *fields;
    const struct table_column *columns;
    const struct subresource *subresources;
    const struct strategy *strategy; /* never NULL */
    resource_handler *create;        /* instead of storing: reviews; or NULL */
    struct collection *collection;   /* NULL for reviews */
};

struct resources {
    VEC(struct resource) rows;
};

/* Every kind that the schema tables serve, then the reviews. */
void resources_init(struct resources *resources, struct store *store);
void resources_done(struct resources *resources);

/* NULL if there is no such resource in that version. */
const struct resource *resource_find(const struct resources *resources, const char *group,
                                     const char *version, const char *plural);
/* In whatever version. */
const struct resource *resource_named(const struct resources *resources, const char *group,
                                      const char *plural);
