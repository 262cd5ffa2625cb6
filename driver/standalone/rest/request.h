/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request on its way through the server: where it goes (target), what it asks for (options), and how it
 * ends. A handler answers with one of the reply functions, or returns an error, which the server turns into a
 * Status: status_error.h's refusals become exactly the Status that Kubernetes would send, other errors one
 * that their kind suggests.
 *
 * Everything that a request makes lives in its arena and goes with its answer.
 */

#include "api/schema/schema.h"
#include "driver/http/query.h"
#include "driver/http/server.h"
#include "driver/standalone/rest/negotiate.h"
#include "driver/standalone/rest/resources.h"

struct rest_server;

/* What a path names. */
struct target {
    const struct resource *resource; /* NULL: no API resource */
    const char *version;             /* "v1beta1" */
    const char *namespace;           /* NULL: cluster-scoped, or all namespaces */
    const char *name;                /* NULL: the collection */
    const char *subresource;         /* or NULL */
};

enum field_validation { VALIDATE_IGNORE, VALIDATE_WARN, VALIDATE_STRICT };

struct write_options {
    bool dry_run;
    bool force;
    enum field_validation validation;
    const char *manager; /* never NULL */
    bool manager_given;  /* by the query, not guessed from the user agent */
};

struct request {
    struct rest_server *server;
    struct http_exchange *exchange;
    struct arena *arena;
    int64_t now; /* micros since 1970 */
    struct query query;
    struct target target;
    struct answer_type answer;
    struct value *refusal; /* the Status that goes with the error on its way out */
};

/* The table of the version that the request speaks. */
const struct schema *request_schema(const struct request *req);
/* "resource.k8s.io/v1beta1" */
const char *request_api_version(const struct request *req);

nodiscard struct error *request_write_options(struct request *req, struct write_options *out);

/*
 * The body as a tree, from JSON, YAML or the protobuf envelope; *OUT is NULL if there is none. Names given
 * twice are added to COMPLAINTS, if it is given.
 */
nodiscard struct error *request_body(struct request *req, struct schema_complaints *complaints,
                                     struct value **out);

/* Adds a Warning header, which kubectl prints. */
void request_warn(struct request *req, const char *text);

/* --- the end of a request; REQ is gone afterwards --- */

/* TREE as it is. */
void request_reply(struct request *req, int code, const struct value *tree);
/* JSON under a content type of its own. */
void request_reply_typed(struct request *req, const char *content_type, const struct value *tree);
/* An object in the stored version, in the form that the client asked for. */
void request_reply_object(struct request *req, int code, const struct value *object);
void request_reply_text(struct request *req, int code, const char *content_type, struct span text);
void request_reply_error(struct request *req, struct error *err);
/* Nothing more: the answer has been streamed, or somebody else has the exchange. */
void request_free(struct request *req);

/* OBJECT (stored version) as the request's version has it: kind and apiVersion first; shares members. */
struct value *request_present(const struct request *req, const struct value *object);

/* Metadata, or a row of a table, or all of it. PRESENTED is what request_present gave. */
struct value *request_shape(const struct request *req, struct value *presented, bool definitions);
/* What ?includeObject= says. */
enum table_include request_table_include(const struct request *req);

/* Now, as metadata has it. */
const char *request_time_text(const struct request *req);
