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

/* The form that the client wants its answer in. */
enum answer_form { ANSWER_OBJECT, ANSWER_TABLE, ANSWER_METADATA };

struct answer_type {
    enum answer_form form;
    bool yaml;
    const char *table_version; /* "meta.k8s.io/v1" */
};

enum field_validation { VALIDATE_IGNORE, VALIDATE_WARN, VALIDATE_STRICT };

struct write_options {
    bool dry_run;
    bool force;
    enum field_validation validation;
    const char *manager; /* never NULL */
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

typedef struct error *request_handler(struct request *req);

/* The table of the version that is written, and of the one that is stored. */
const struct schema *request_schema(const struct request *req);
/* "resource.k8s.io/v1beta1" */
const char *request_api_version(const struct request *req);

nodiscard struct error *request_write_options(struct request *req, struct write_options *out);

/*
 * The body as a tree, from JSON, YAML or the protobuf envelope; *OUT is NULL if there is none. Names given
 * twice are reported through COMPLAINTS, if it is given.
 */
nodiscard struct error *request_body(struct request *req, struct schema_complaints *complaints,
                                     struct value **out);

/* Adds a Warning header, which kubectl prints. */
void request_warn(struct request *req, const char *text);

/* The end of a request: TREE in the form that the client asked for. OBJECT is in the stored version. */
void request_reply(struct request *req, int code, const struct value *tree);
void request_reply_object(struct request *req, int code, const struct object *object);
void request_reply_tree(struct request *req, int code, const struct value *object);
void request_reply_text(struct request *req, int code, const char *content_type, struct span text);

/* {kind: Status, status: Success, details}: what a delete answers. */
void request_reply_deleted(struct request *req, const struct value *object);

/* OBJECT (stored version) as the request's version has it: a tree of its own, apiVersion and kind first. */
struct value *request_present(const struct request *req, const struct value *object);
