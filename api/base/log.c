/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line is one write(2), so lines of several threads and processes never mix.
 */

#include "api/base/log.h"

#include "api/base/buf.h"
#include "api/base/time.h"
#include "api/base/utf8.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_LINE = 16 * 1024 };

static _Atomic(enum log_level) least_level = LOG_INFO;
static _Atomic(enum log_format) line_format = LOG_TEXT;

static const char level_letters[] = { 'D', 'I', 'W', 'E' };
static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_configure(enum log_level least, enum log_format format)
{
    atomic_store(&least_level, least);
    atomic_store(&line_format, format);
}

struct error *log_level_parse(const char *text, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return NULL;
        }
    }
    return error_invalid("unknown log level %s: expected debug, info, warn or error", text);
}

struct error *log_format_parse(const char *text, enum log_format *out)
{
    if (strcmp(text, "text") == 0)
        *out = LOG_TEXT;
    else if (strcmp(text, "json") == 0)
        *out = LOG_JSON;
    else
        return error_invalid("unknown log format %s: expected text or json", text);
    return NULL;
}

static void add_string(struct buf *line, enum log_format format, struct span text)
{
    bool plain = format == LOG_TEXT && text.length > 0;
    for (size_t i = 0; plain && i < text.length; i++)
        plain = text.data[i] > ' ' && text.data[i] != '"' && text.data[i] != '=' && text.data[i] != '\\' &&
                (unsigned char)text.data[i] != 0x7f;
    if (plain)
        buf_add_span(line, text);
    else
        json_quote(line, text);
}

static void add_value(struct buf *line, enum log_format format, const struct log_value *value)
{
    switch (value->type) {
    case KV_STRING: add_string(line, format, span_of(value->string ? value->string : "")); break;
    case KV_SPAN: add_string(line, format, value->span); break;
    case KV_INT: buf_printf(line, "%lld", (long long)value->integer); break;
    case KV_BOOL: buf_add(line, value->boolean ? "true" : "false"); break;
    case KV_DOUBLE: buf_printf(line, "%g", value->number); break;
    case KV_ERROR: add_string(line, format, span_of(value->error ? value->error->text : "")); break;
    }
}

static void add_text_line(struct buf *line, enum log_level level, const char *file, int number,
                          const char *sentence, const struct log_value *values, size_t n_values)
{
    char when[TIME_TEXT_SIZE];
    time_format_micros(time_now_micros(), when);
    const char *base = strrchr(file, '/');
    buf_printf(line, "%c %s %s:%d] ", level_letters[level], when, base ? base + 1 : file, number);
    add_string(line, LOG_JSON, span_of(sentence));
    for (size_t i = 0; i < n_values; i++) {
        buf_printf(line, " %s=", values[i].key);
        add_value(line, LOG_TEXT, &values[i]);
    }
}

static void add_json_line(struct buf *line, enum log_level level, const char *file, int number,
                          const char *sentence, const struct log_value *values, size_t n_values)
{
    char when[TIME_TEXT_SIZE];
    time_format_micros(time_now_micros(), when);
    buf_printf(line, "{\"ts\":\"%s\",\"level\":\"%s\",\"caller\":\"%s:%d\",\"msg\":", when,
               level_names[level], file, number);
    json_quote(line, span_of(sentence));
    for (size_t i = 0; i < n_values; i++) {
        buf_add_char(line, ',');
        json_quote(line, span_of(values[i].key));
        buf_add_char(line, ':');
        add_value(line, LOG_JSON, &values[i]);
    }
    buf_add_char(line, '}');
}

void log_write(enum log_level level, const char *file, int number, const char *sentence,
               const struct log_value *values, size_t n_values)
{
    if (level < atomic_load_explicit(&least_level, memory_order_relaxed))
        return;
    cleanup_buf struct buf line = BUF_INIT(MAX_LINE);
    if (atomic_load_explicit(&line_format, memory_order_relaxed) == LOG_JSON)
        add_json_line(&line, level, file, number, sentence, values, n_values);
    else
        add_text_line(&line, level, file, number, sentence, values, n_values);
    if (line.overflowed) {
        buf_clear(&line);
        json_quote(&line, span_of("a log line was too long"));
    }
    buf_add_char(&line, '\n');
    for (size_t done = 0; done < line.length;) {
        ssize_t wrote = write(STDERR_FILENO, line.data + done, line.length - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return; /* nobody reads our logs; there is nowhere to say so */
        done += (size_t)wrote;
    }
}

void log_error_free(enum log_level level, const char *sentence, struct error *err)
{
    if (!err)
        return;
    if (err->hint)
        log_write(level, err->file, err->line, sentence,
                  (struct log_value[]){ kv_error(err), kv_str("hint", err->hint) }, 2);
    else
        log_write(level, err->file, err->line, sentence, (struct log_value[]){ kv_error(err) }, 1);
    error_free(err);
}
