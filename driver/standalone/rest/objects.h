/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The common way of every write: defaults, admission, what the server decides itself, validation, managed
 * fields, the store. Trees are in the stored version, belong to the request and are changed on the way.
 */

#include "driver/standalone/patch/apply.h"
#include "driver/standalone/rest/request.h"

struct write {
    struct request *req;
    struct write_options options;
    bool applied;               /* apply has kept the managed fields already */
    const struct value *result; /* afterwards: what is stored now, or would be */
};

/* In whose name the managed fields are kept. */
struct field_writer write_tracker(const struct write *write);

/* Stores TREE as a new object. */
nodiscard struct error *object_create(struct write *write, struct value *tree);

/*
 * Stores TREE in place of BEFORE; which part of it counts depends on the target's subresource. An update that
 * changes nothing is none; one that takes the last finalizer off an object being deleted ends it.
 */
nodiscard struct error *object_update(struct write *write, struct object *before, struct value *tree);

/* Likewise for changes that the server makes by itself: neither checked nor tracked. */
nodiscard struct error *object_replace(struct write *write, struct object *before, struct value *tree);

/* Whether nothing but the last write keeps a deleted object. */
bool object_may_go(const struct resource *resource, const struct value *tree);
nodiscard struct error *object_remove(struct write *write, struct object *before);

/* 409 unless OBJECT has that uid and version; absent ones (NULL, "") fit everything. */
nodiscard struct error *check_preconditions(struct request *req, const struct object *object, const char *uid,
                                            const char *version);
