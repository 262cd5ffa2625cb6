/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Structured logs on standard error: a fixed sentence and keys, as text (klog's look) or JSON.
 *
 *     log_info("claim prepared", kv_str("claim", name), kv_int("devices", n));
 *
 * ERROR wants a person, WARN will be retried, INFO is a life event, DEBUG is ours and the only level that
 * libraries use. Secrets never become values. Safe from any thread.
 */

#include "api/base/error.h"
#include "api/base/span.h"

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

enum log_type { KV_STRING, KV_SPAN, KV_INT, KV_BOOL, KV_DOUBLE, KV_ERROR };

struct log_value {
    const char *key;
    enum log_type type;
    union {
        const char *string;
        struct span span;
        int64_t integer;
        bool boolean;
        double number;
        const struct error *error;
    };
};

#define kv_str(name, text)     ((struct log_value){ (name), KV_STRING, { .string = (text) } })
#define kv_span(name, bytes)   ((struct log_value){ (name), KV_SPAN, { .span = (bytes) } })
#define kv_int(name, value)    ((struct log_value){ (name), KV_INT, { .integer = (int64_t)(value) } })
#define kv_bool(name, value)   ((struct log_value){ (name), KV_BOOL, { .boolean = (value) } })
#define kv_double(name, value) ((struct log_value){ (name), KV_DOUBLE, { .number = (value) } })
#define kv_error(err)          ((struct log_value){ "err", KV_ERROR, { .error = (err) } })

#define LOG_VALUES_(...)                                                                                     \
    (struct log_value[])                                                                                     \
    {                                                                                                        \
        { 0 }, ##__VA_ARGS__                                                                                 \
    }
#define log_at(level, sentence, ...)                                                                         \
    log_write((level), __FILE__, __LINE__, (sentence), LOG_VALUES_(__VA_ARGS__) + 1,                         \
              sizeof(LOG_VALUES_(__VA_ARGS__)) / sizeof(struct log_value) - 1)

#define log_debug(sentence, ...) log_at(LOG_DEBUG, sentence, ##__VA_ARGS__)
#define log_info(sentence, ...)  log_at(LOG_INFO, sentence, ##__VA_ARGS__)
#define log_warn(sentence, ...)  log_at(LOG_WARN, sentence, ##__VA_ARGS__)
#define log_error(sentence, ...) log_at(LOG_ERROR, sentence, ##__VA_ARGS__)

void log_write(enum log_level level, const char *file, int line, const char *sentence,
               const struct log_value *values, size_t n_values);

/* Logs ERR (with its hint) under SENTENCE at ERROR or WARN and frees it. NULL logs nothing. */
void log_error_free(enum log_level level, const char *sentence, struct error *err);

void log_configure(enum log_level least, enum log_format format);
nodiscard struct error *log_level_parse(const char *text, enum log_level *out);
nodiscard struct error *log_format_parse(const char *text, enum log_format *out);
