/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cells of pods, which say in a word or two how a pod and its containers are.
 */

#include "driver/standalone/rest/table.h"

struct value *cell_pod_ready(const struct table_context *context, const struct value *pod);
struct value *cell_pod_status(const struct table_context *context, const struct value *pod);
struct value *cell_pod_restarts(const struct table_context *context, const struct value *pod);
struct value *cell_pod_ip(const struct table_context *context, const struct value *pod);
struct value *cell_pod_node(const struct table_context *context, const struct value *pod);
struct value *cell_pod_nominated(const struct table_context *context, const struct value *pod);
struct value *cell_pod_readiness(const struct table_context *context, const struct value *pod);
