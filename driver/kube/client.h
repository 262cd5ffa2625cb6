/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Requests to the Kubernetes API. Everything is asynchronous on the loop; trees in, trees out.
 *
 *     struct kube_call_spec spec = { .verb = KUBE_GET, .resource = &KUBE_NODES, .name = node, .done = on_node
 * }; TRY(kube_call_start(client, &spec, &owner->call));
 *
 * The server's refusals become errors: the text is the Status message, the number is the HTTP status, and the
 * kind says what to do: 404 NOT_FOUND, 409 CONFLICT, 401 and 403 DENIED, 410 EXHAUSTED, other 4xx INVALID,
 * 429 and 5xx UNAVAILABLE, as is a server that cannot be reached. Answers with Retry-After (429, 503) are
 * tried again a few times before `done` hears of them.
 */

#include "api/value/value.h"
#include "driver/http/client.h"
#include "driver/kube/config.h"
#include "driver/kube/resource.h"
#include "driver/loop/timer.h"

struct kube_client;
struct kube_call;

/* CONFIG is copied. USER_AGENT names the program. */
nodiscard struct error *kube_client_new(struct loop *loop, const struct kube_config *config,
                                        const char *user_agent, struct kube_client **out);
/* Calls in flight end with ERROR_CANCELLED, from the loop; then it goes away. NULL is fine. */
void kube_client_stop(struct kube_client *client);

struct loop *kube_client_loop(const struct kube_client *client);
const char *kube_client_namespace(const struct kube_client *client); /* the configuration's */
/* NULL once the client has stopped. */
struct http_client *kube_client_http(const struct kube_client *client);

/* The absolute URL of a path that begins with "/". */
void kube_client_url(const struct kube_client *client, const char *path, struct buf *out);

enum kube_verb {
    KUBE_GET,
    KUBE_LIST,
    KUBE_CREATE,
    KUBE_UPDATE,
    KUBE_PATCH_JSON,
    KUBE_PATCH_MERGE,
    KUBE_PATCH_STRATEGIC,
    KUBE_APPLY, /* server-side apply */
    KUBE_DELETE,
    KUBE_DELETE_COLLECTION,
};

/* All of it is copied by kube_call_start. */
struct kube_call_spec {
    enum kube_verb verb;
    const struct kube_resource *resource; /* must stay */
    const char *namespace;                /* NULL: cluster-scoped, or all namespaces of a list */
    const char *name;
    const char *subresource;    /* "status", "binding", or NULL */
    const struct value *body;   /* the object, the patch, the DeleteOptions */
    const char *field_manager;  /* NULL: the user agent decides */
    const char *label_selector; /* these four of lists and collections */
    const char *field_selector;
    const char *continue_token;
    int64_t limit;
    const char *resource_version; /* of a list or get: NULL for the newest */
    const char *raw_path;         /* instead of resource, namespace, name: "/version?timeout=5s" */
    bool force;                   /* KUBE_APPLY: take over conflicting fields */
    bool dry_run;
    uint64_t timeout_ms; /* for the whole of it; 0: 30,000 */
    struct kube_call_retries {
        unsigned max; /* answers with Retry-After that are tried again; 0: 5 */
    } retries;

    /*
     * OBJECT is what the server answered, in call->arena (kube_call_keep keeps it), NULL with an error. ERR
     * is the callee's. Exactly once, later, from the loop; may start the call again or free its owner.
     */
    void (*done)(struct kube_call *call, struct value *object, struct error *err);
};

/* Embedded in its owner; zeroed before the first start. */
struct kube_call {
    struct arena *arena; /* of the answer; ends when `done` returns, unless it is kept */
    int status;          /* of the last answer; 0: none */
    const char *reason;  /* of a Status: "AlreadyExists", "Conflict"; in the arena; NULL if there was none */
    const struct value *status_object;
    struct kube_call_state *state; /* NULL: not in flight */
    bool *kept;
};

/* On an error nothing was started. */
nodiscard struct error *kube_call_start(struct kube_client *client, const struct kube_call_spec *spec,
                                        struct kube_call *call);
/* In `done`: the answer's arena, with everything in it, is the caller's from now on. */
nodiscard struct arena *kube_call_keep(struct kube_call *call);
/* `done` comes soon with ERROR_CANCELLED. Nothing happens if it is not in flight. */
void kube_call_cancel(struct kube_call *call);
bool kube_call_in_flight(const struct kube_call *call);

/*
 * The error in an HTTP answer of the API, or NULL for 2xx. *STATUS is set to the Status object if there was
 * one. BODY need not be JSON.
 */
nodiscard struct error *kube_status_error(struct arena *arena, int http_status, struct span body,
                                          const struct value **status);

/* kube_status_error's words for a Status object (an ERROR event of a watch carries one, too). */
nodiscard struct error *kube_error_of_status(const struct value *status);
