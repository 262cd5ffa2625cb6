/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The embedded API server: HTTP in front, the store behind it, the schema tables between them.
 */

#include "api/resource/validate.h"
#include "driver/http/server.h"
#include "driver/standalone/rest/resources.h"

struct rest_server;
struct request;

/* Strings are copied. */
struct rest_options {
    const char *address;           /* 127.0.0.1 */
    uint16_t port;                 /* 0: any */
    struct tls_context *tls;       /* NULL: plain HTTP */
    const char *token;             /* what clients must bear; NULL: anybody may do anything */
    const char *kube_version;      /* "1.37" */
    const char *log_folder;        /* where the containers' logs are, or NULL */
    const char *const *node_names; /* nodes that are there from the start, NULL at the end; or NULL */
    const char *feature_gates;     /* "DRADeviceTaints=false,...", or NULL */
    bool gate_pods;                /* put on the gate tranche.dev/allocate at admission */
};

nodiscard struct error *rest_start(struct loop *loop, const struct rest_options *options,
                                   struct rest_server **out);
/* Ends watches, lets requests finish; STOPPED is called once, later, and SERVER is gone then. */
void rest_stop(struct rest_server *server, uint64_t grace_ms, void (*stopped)(void *ctx), void *ctx);

uint16_t rest_port(const struct rest_server *server);

/* For the handlers. */
const struct resources *rest_resources(const struct rest_server *server);
struct store *rest_store(const struct rest_server *server);
struct loop *rest_loop(const struct rest_server *server);
struct watches *rest_watches(struct rest_server *server);
const struct rest_options *rest_settings(const struct rest_server *server);
struct expression_checker rest_expressions(const struct rest_server *server);
bool rest_gates_pods(const struct rest_server *server);
/* A schema_gate_fn; CONTEXT is the server. */
bool rest_feature_is_on(const void *context, const char *name);
