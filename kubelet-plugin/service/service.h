/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The DRA service that kubelet calls (node.md 2): NodePrepareResources and NodeUnprepareResources, v1 and
 * v1beta1, on one socket. One bad claim never fails the others of a call.
 */

#include "driver/grpc/server.h"
#include "driver/kube/client.h"
#include "driver/kube/recorder.h"
#include "kubelet-plugin/prepare/engine.h"

struct service;

struct service_options {
    const char *socket_path;
    struct kube_client *client;
    struct recorder *recorder; /* failures become Events on the claim; or NULL */
    struct engine *engine;
    /* each finished call, for metrics; or NULL */
    void (*observe)(const struct grpc_call_record *record, void *data);
    void *observe_data;
};

nodiscard struct error *service_start(struct loop *loop, const struct service_options *options,
                                      struct service **out);

/* Running calls get GRACE_MS to end; then STOPPED is called from the loop and it is gone. */
void service_stop(struct service *service, uint64_t grace_ms, void (*stopped)(void *ctx), void *ctx);

/* Whether kubelet could reach it, and whether somebody is connected. */
bool service_is_bound(const struct service *service);
size_t service_n_connections(const struct service *service);

struct service_stats {
    uint64_t n_prepared, n_prepare_errors, n_unprepared, n_unprepare_errors;
};
struct service_stats service_stats(const struct service *service);
