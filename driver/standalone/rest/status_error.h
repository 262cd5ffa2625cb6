/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Refusals in Kubernetes' words. Each function makes the Status that a real server would send, leaves it with
 * the request, and returns the error that carries it out; the error's text is the Status' message and its
 * number the HTTP code.
 */

#include "api/resource/validate.h"
#include "driver/standalone/rest/request.h"

nodiscard struct error *refuse_request(struct request *req, int code, const char *reason, const char *format,
                                       ...) format_printf(4, 5);
nodiscard struct error *refuse_bad_request(struct request *req, const char *format, ...) format_printf(2, 3);

/* About the request's resource. */
nodiscard struct error *refuse_not_found(struct request *req, const char *name);
nodiscard struct error *refuse_exists(struct request *req, const char *name);
nodiscard struct error *refuse_conflict(struct request *req, const char *name, const char *why);
/* The object in the body has no name, though the URL has. */
nodiscard struct error *refuse_nameless(struct request *req);
nodiscard struct error *refuse_delete(struct request *req, const char *name, const char *why);
nodiscard struct error *refuse_modified(struct request *req, const char *name);
nodiscard struct error *refuse_forbidden(struct request *req, const char *name, const char *why);

/* About any resource: `namespaces "x" not found`. */
nodiscard struct error *refuse_not_found_in(struct request *req, const char *group, const char *plural,
                                            const char *name);

/* 422 Invalid: `ResourceClaim.resource.k8s.io "x" is invalid: spec.y: Invalid value: ...`. */
nodiscard struct error *refuse_invalid(struct request *req, const char *group, const char *kind,
                                       const char *name, const struct causes *causes);

/* The same about the request's resource and one field. */
nodiscard struct error *refuse_field(struct request *req, const char *name, enum cause_type type,
                                     const char *field, const char *message);

/* Adds one of details.causes to the refusal made last; FIELD may be NULL. */
void refusal_add_cause(struct request *req, const char *reason, const char *message, const char *field);
void refusal_set_retry(struct request *req, int64_t seconds);

/* The Status of ERR: the request's refusal, or what the kind of ERR suggests. */
struct value *status_of_error(struct request *req, const struct error *err);
int status_code(const struct value *status);

/* The Status of a watch that history has passed by. */
struct value *status_expired(struct arena *arena, const char *message);
