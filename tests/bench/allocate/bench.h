/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the figures of this folder have in common: clusters, claims, and how a figure is written. Each figure
 * is one JSON line on standard output; report.py joins them with Kubernetes' figures, which
 * tests/peers/cmd/allocate -bench takes for the same lines.
 */

#include "api/base/time.h"
#include "controller/allocate/allocate.h"

#include <stdio.h>
#include <string.h>

#define BENCH_DRIVER "gpu.example.com"

static inline double micros_since(uint64_t start)
{
    return (double)(time_monotonic_nanos() - start) / 1e3;
}

/* A cluster of equal nodes, node-00000 and on; each is a pool of its own. */
struct cluster {
    size_t n_nodes;
    size_t n_devices;          /* of each node: gpu-0 and on */
    size_t n_groups;           /* device I has numa and minor I % n_groups; 0: four */
    int64_t counter;           /* that each set has; device I draws on set I % n_sets; 0: none */
    int64_t draw;              /* what a device takes of it; 0: one */
    size_t n_sets;             /* 0: one */
    size_t n_gpus;             /* of 18 partitions each, by 8 memory slices: instead of all of the above */
    bool is_shared;            /* devices of 80Gi memory that may be allocated several times */
    const char *class_accepts; /* the selector of class "gpu", or NULL */
};

/* Objects live in ARENA or in the inventory. */
struct inventory *cluster_build(const struct cluster *cluster);
/* Some slice of a node, as cluster_build puts it. */
struct resource_slice *cluster_slice(const struct cluster *cluster, struct arena *arena, size_t node,
                                     size_t slice);

/* Claim "ns/NAME" with requests r0 and on for COUNT devices of class "gpu" each. */
struct resource_claim *bench_claim(struct arena *arena, const char *name, size_t n_requests, int64_t count);
void request_select(struct arena *arena, struct exact_request *request, const char *expression);
struct device_constraint *claim_constrain(struct arena *arena, struct resource_claim *claim);

/* Without explanation. NODE: the only candidate, or NULL. */
struct outcome bench_allocate(struct inventory *inventory, const struct resource_claim *const *claims,
                              size_t n_claims, const char *node, enum placement placement,
                              struct arena *arena);

/* A figure of ours alone, with what it should be at most, or at LEAST. */
void figure_print(const char *name, double value, const char *unit, double goal, bool least);

void bench_fill(void);
void bench_memory(void);
void bench_event(void);
void bench_hard(void);
void bench_shapes(void);
