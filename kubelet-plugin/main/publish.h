/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From what the backend finds to what is published: a job looks for devices, at start and whenever the
 * backend says that something changed, and the publisher gets the pools.
 */

#include "driver/device/backend.h"
#include "driver/loop/job.h"
#include "driver/loop/timer.h"
#include "driver/publish/publisher.h"

/* Keeps kube-scheduler away from what our controller allocates (contract 9a). */
#define ALLOCATOR_TAINT "tranche.dev/allocator"
/* On a device that the backend found broken. */
#define HEALTH_TAINT "tranche.dev/unhealthy"

struct device_publisher {
    struct loop *loop;
    struct backend *backend;
    struct publisher *publisher;
    const char *node_name;
    bool for_controller; /* put the allocator's taint on every device */

    struct job job;
    struct arena *arena; /* of the discovery at hand */
    struct discovery discovery;
    struct error *err;
    bool again; /* something changed while the job ran */
    bool stopped;
    void (*idle)(void *ctx);
    void *idle_ctx;
    struct timer retry;
    size_t n_devices, n_unhealthy;
};

/* The first five members are set. */
nodiscard struct error *device_publisher_start(struct device_publisher *devices);

/* IDLE is called once no job runs; the publisher itself is the caller's to stop. */
void device_publisher_stop(struct device_publisher *devices, void (*idle)(void *ctx), void *ctx);
