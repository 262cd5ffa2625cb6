/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Counters, gauges and histograms, and Prometheus' text format. Names begin with "tranche_" and carry their
 * unit. A family without labels is its own only series:
 *
 *     struct metric *prepared = metric_new(metrics, METRIC_COUNTER, "tranche_claims_prepared_total", "...");
 *     metric_add(prepared, 1);
 *     metric_add(metric_with(failures, "reason", "timeout"), 1);
 *
 * Everything lives as long as the registry and belongs to the loop's thread.
 */

#include "api/base/buf.h"

struct metrics;
struct metric;

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

nodiscard struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* NAME and HELP must stay. Asking for the same name again gives the same family. */
struct metric *metric_new(struct metrics *metrics, enum metric_type type, const char *name, const char *help);

/* A histogram of seconds: 100 us to 60 s. */
struct metric *metric_seconds(struct metrics *metrics, const char *name, const char *help);

/* The series of FAMILY with these labels. Label names must stay; values are copied. */
struct metric *metric_with(struct metric *family, const char *label, const char *value);
struct metric *metric_with2(struct metric *family, const char *label1, const char *value1, const char *label2,
                            const char *value2);

void metric_add(struct metric *metric, double amount);
void metric_set(struct metric *metric, double value);
void metric_observe(struct metric *metric, double value);
double metric_value(const struct metric *metric); /* of a histogram: how many */

/* COLLECT is called before each write, to set what is cheaper to look up than to keep. */
void metrics_on_collect(struct metrics *metrics, void (*collect)(void *ctx), void *ctx);

void metrics_write(struct metrics *metrics, struct buf *out);
