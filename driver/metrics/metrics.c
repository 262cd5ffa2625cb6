/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/metrics/metrics.h"

#include "api/base/arena.h"
#include "api/base/map.h"
#include "api/base/vec.h"

#include <assert.h>
#include <math.h>

enum { MAX_SERIES_OF_A_FAMILY = 2000 }; /* labels come from outside: one more series is the last one again */

static const double seconds_bounds[] = { 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                         0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60 };

struct metric {
    struct metric_family *family;
    const char *labels; /* "a=\"b\",c=\"d\"" or "" */
    double value;       /* of a histogram: the sum */
    uint64_t count;
    uint64_t *buckets;
};

struct metric_family {
    struct metrics *metrics;
    enum metric_type type;
    const char *name, *help;
    struct metric base; /* the series without labels; shown if it was touched or has no siblings */
    bool touched;
    struct map by_labels;
    VEC(struct metric *) series;
};

struct metrics {
    struct arena *arena;
    struct map by_name;
    VEC(struct metric_family *) families;
    VEC(struct collector {
        void (*collect)(void *ctx);
        void *ctx;
    })
    collectors;
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = NEW(struct metrics);
    metrics->arena = arena_new();
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    vec_each (&metrics->families, family) {
        map_done(&(*family)->by_labels);
        vec_done(&(*family)->series);
    }
    vec_done(&metrics->families);
    vec_done(&metrics->collectors);
    map_done(&metrics->by_name);
    arena_free(metrics->arena);
    free(metrics);
}

static void series_init(struct metric *metric, struct metric_family *family, const char *labels)
{
    metric->family = family;
    metric->labels = labels;
    if (family->type == METRIC_HISTOGRAM)
        metric->buckets = arena_make_array(family->metrics->arena, uint64_t, ARRAY_LEN(seconds_bounds));
}

struct metric *metric_new(struct metrics *metrics, enum metric_type type, const char *name, const char *help)
{
    struct metric_family *family = map_get(&metrics->by_name, name);
    if (!family) {
        family = arena_make(metrics->arena, struct metric_family);
        family->metrics = metrics;
        family->type = type;
        family->name = name;
        family->help = help;
        series_init(&family->base, family, "");
        map_put(&metrics->by_name, name, family);
        vec_push(&metrics->families, family);
    }
    assert(family->type == type);
    return &family->base;
}

struct metric *metric_seconds(struct metrics *metrics, const char *name, const char *help)
{
    return metric_new(metrics, METRIC_HISTOGRAM, name, help);
}

static void add_label(struct buf *labels, const char *name, const char *value)
{
    buf_printf(labels, "%s%s=\"", labels->length ? "," : "", name);
    for (const char *c = value ? value : ""; *c; c++) {
        if (*c == '\n')
            buf_add(labels, "\\n");
        else if (*c == '"' || *c == '\\')
            buf_printf(labels, "\\%c", *c);
        else
            buf_add_char(labels, *c);
    }
    buf_add_char(labels, '"');
}

static struct metric *find_series(struct metric_family *family, struct span labels)
{
    struct metric *metric = map_find(&family->by_labels, labels);
    if (metric)
        return metric;
    if (family->series.length >= MAX_SERIES_OF_A_FAMILY)
        return *vec_last(&family->series);
    metric = arena_make(family->metrics->arena, struct metric);
    series_init(metric, family, arena_span(family->metrics->arena, labels));
    map_set(&family->by_labels, labels, metric);
    vec_push(&family->series, metric);
    return metric;
}

struct metric *metric_with(struct metric *family, const char *label, const char *value)
{
    cleanup_buf struct buf labels = BUF_INIT(4096);
    add_label(&labels, label, value);
    return find_series(family->family, buf_span(&labels));
}

struct metric *metric_with2(struct metric *family, const char *label1, const char *value1, const char *label2,
                            const char *value2)
{
    cleanup_buf struct buf labels = BUF_INIT(8192);
    add_label(&labels, label1, value1);
    add_label(&labels, label2, value2);
    return find_series(family->family, buf_span(&labels));
}

static void touch(struct metric *metric)
{
    if (metric == &metric->family->base)
        metric->family->touched = true;
}

void metric_add(struct metric *metric, double amount)
{
    metric->value += amount;
    touch(metric);
}

void metric_set(struct metric *metric, double value)
{
    metric->value = value;
    touch(metric);
}

void metric_observe(struct metric *metric, double value)
{
    metric->value += value;
    metric->count++;
    for (size_t i = 0; i < ARRAY_LEN(seconds_bounds); i++)
        if (value <= seconds_bounds[i])
            metric->buckets[i]++;
    touch(metric);
}

double metric_value(const struct metric *metric)
{
    return metric->family->type == METRIC_HISTOGRAM ? (double)metric->count : metric->value;
}

void metrics_on_collect(struct metrics *metrics, void (*collect)(void *ctx), void *ctx)
{
    vec_push(&metrics->collectors, (struct collector){ collect, ctx });
}

/* --- text --- */

static void write_sample(struct buf *out, const char *name, const char *suffix, const char *labels,
                         const char *more, double value)
{
    bool any = *labels || *more;
    buf_printf(out, "%s%s%s%s%s%s%s ", name, suffix, any ? "{" : "", labels, *labels && *more ? "," : "",
               more, any ? "}" : "");
    if (value == floor(value) && fabs(value) < 1e15)
        buf_printf(out, "%.0f\n", value);
    else
        buf_printf(out, "%.9g\n", value);
}

static void write_series(struct buf *out, const struct metric *metric)
{
    const struct metric_family *family = metric->family;
    if (family->type != METRIC_HISTOGRAM) {
        write_sample(out, family->name, "", metric->labels, "", metric->value);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(seconds_bounds); i++) {
        char bound[32];
        snprintf(bound, sizeof(bound), "le=\"%g\"", seconds_bounds[i]);
        write_sample(out, family->name, "_bucket", metric->labels, bound, (double)metric->buckets[i]);
    }
    write_sample(out, family->name, "_bucket", metric->labels, "le=\"+Inf\"", (double)metric->count);
    write_sample(out, family->name, "_sum", metric->labels, "", metric->value);
    write_sample(out, family->name, "_count", metric->labels, "", (double)metric->count);
}

void metrics_write(struct metrics *metrics, struct buf *out)
{
    static const char *const types[] = { "counter", "gauge", "histogram" };
    vec_each (&metrics->collectors, collector)
        collector->collect(collector->ctx);
    vec_each (&metrics->families, at) {
        struct metric_family *family = *at;
        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
                   types[family->type]);
        if (family->touched || family->series.length == 0)
            write_series(out, &family->base);
        vec_each (&family->series, metric)
            write_series(out, *metric);
    }
}
