/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a Kubernetes API server refuses, and how it says so: the rules of pkg/apis/resource/validation for the
 * five resource.k8s.io kinds, those of metadata for every kind, and the most necessary ones of Namespace,
 * Node, Pod, Event and Lease. Trees in, causes out; nothing is changed.
 *
 * The caller has checked types and filled in defaults by the schema tables before, has brought the object
 * into its v1 form, and has replaced what the request may not touch (status on the main resource, everything
 * but status and metadata on /status) by what is stored.
 */

#include "api/base/vec.h"
#include "api/schema/schema.h"
#include "api/value/value.h"

enum cause_type {
    CAUSE_INVALID,
    CAUSE_REQUIRED,
    CAUSE_DUPLICATE,
    CAUSE_NOT_SUPPORTED,
    CAUSE_FORBIDDEN,
    CAUSE_TOO_LONG,
    CAUSE_TOO_MANY,
    CAUSE_NOT_FOUND,
    CAUSE_TYPE_INVALID,
    CAUSE_INTERNAL,
};

/* A status cause of Kubernetes. */
struct cause {
    enum cause_type type;
    const char *field;   /* "spec.devices.requests[0].name" */
    const char *message; /* "Invalid value: \"A\": a lowercase RFC 1123 label must ..." */
};

/* "FieldValueInvalid" */
const char *cause_reason(enum cause_type type);

struct causes {
    VEC(struct cause) list; /* the strings are in the arena */
};
void causes_done(struct causes *causes);

/*
 * "FIELD: MESSAGE", or several in brackets with ", " between them: what stands behind `is invalid: ` in an
 * API server's answer.
 */
const char *causes_text(struct arena *arena, const struct causes *causes);
/* The same as ERROR_INVALID; NULL if there are none. */
nodiscard struct error *causes_error(const struct causes *causes);

/*
 * Compiles CEL, for which api has no means of its own. ERROR_INVALID: the expression is wrong, the text says
 * how. *COST becomes the estimate (selector.md). DERIVED: of a derived attribute, which may be of any type
 * that attributes have, not only bool.
 */
struct expression_checker {
    struct error *(*check)(const void *context, struct span expression, bool derived, uint64_t *cost);
    const void *context;
};

struct validation {
    const struct value *object;
    const struct value *old; /* the stored object; NULL: this is a create */
    const char *subresource; /* "status", or NULL */
    bool admin_namespace;    /* the namespace has the label resource.kubernetes.io/admin-access: "true" */
    struct expression_checker expressions; /* no function: CEL is not looked at */
    schema_gate_fn *gate;                  /* NULL: every gate is on */
    const void *gate_context;
};

/* Appends the causes for refusing the object. A kind that we do not know gets the rules of metadata only. */
void object_validate(struct arena *arena, const struct validation *validation, struct causes *causes);
