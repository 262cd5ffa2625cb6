/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who set which field: server-side apply, and the tracking of every other write, in metadata.managedFields.
 *
 * An applied configuration is a wish: the applier owns each field that it names, fields that it named before
 * and names no longer go away unless somebody else owns them, and a field that another manager owns with
 * another value is a conflict. A write by other means makes its manager the owner of what it changed.
 *
 * Pure: trees and schema tables in, trees out. The answers are those of Kubernetes' structured-merge-diff.
 */

#include "api/base/vec.h"
#include "api/schema/schema.h"
#include "api/value/value.h"

/* One write, as managedFields records it. */
struct field_writer {
    const struct schema *schema; /* of the version that is written; NULL: lists are atomic, objects are not */
    const char *manager;         /* fieldManager=, or the first part of the user agent */
    const char *api_version;     /* "resource.k8s.io/v1" */
    const char *subresource;     /* "status", or NULL */
    const char *time;            /* RFC 3339, whole seconds */

    /* Fields that this endpoint does not write, and hence nobody comes to own through it: "status" at the
     * main resource, "spec" at status. Plain paths, NULL at the end; or NULL. */
    const char *const *reset_fields;
};

/* One entry of a conflict's Status.details.causes, reason FieldManagerConflict. Strings are in the arena. */
struct apply_conflict {
    const char *field;   /* ".spec.replicas" */
    const char *message; /* "conflict with \"kubectl-client-side-apply\" using apps/v1" */
    const char *manager; /* the manager's part of the message */
};

struct apply_conflicts {
    struct apply_conflict *items;
    size_t length;
};

/*
 * Applies CONFIG to LIVE (NULL: the object does not exist). *OUT is the new object with its managedFields, an
 * object of its own in ARENA; where nothing changes at all it equals LIVE, times included.
 *
 * ERROR_CONFLICT (409) says "Apply failed with 1 conflict: ..." and fills CONFLICTS; with FORCE the fields
 * change hands instead. ERROR_INVALID (400) for a CONFIG that carries managedFields, names a field that the
 * schema does not have, or gives a list item twice or without its keys.
 */
nodiscard struct error *apply_configuration(struct arena *arena, const struct field_writer *writer,
                                            const struct value *live, const struct value *config, bool force,
                                            struct value **out, struct apply_conflicts *conflicts);

/*
 * Makes OBJECT's managedFields those that follow from LIVE (NULL: it is created) becoming OBJECT by a create,
 * update or patch. What the writer itself put into managedFields counts if it is well formed and not empty; a
 * single empty entry ([{}]) removes them. Where LIVE is not tracked, neither is OBJECT.
 */
void apply_track_update(struct arena *arena, const struct field_writer *writer, const struct value *live,
                        struct value *object);
