/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form is cel-go's, since that is what users have seen before:
 *
 *     ERROR: <input>:1:7: undefined field 'pool'
 *      | device.pool == "x"
 *      | ......^
 *
 * Columns count code points from 1. A tab shows as a blank; under a character of several bytes the dot and
 * the caret are the full-width ones.
 */

#include "selector/message.h"

#include "api/base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum { MAX_MESSAGES = 100, MAX_MESSAGE_BYTES = 64 * 1024 };

void messages_init(struct messages *messages, struct span source)
{
    *messages = (struct messages){ .source = source, .text = BUF_INIT(MAX_MESSAGE_BYTES) };
}

void messages_done(struct messages *messages)
{
    buf_done(&messages->text);
}

struct place {
    unsigned line, column; /* from 1 */
    struct span text;      /* the line, without its end */
};

static struct place place_of(struct span source, uint32_t at)
{
    struct place place = { .line = 1 };
    size_t start = 0;
    for (size_t i = 0; i < at && i < source.length; i++)
        if (source.data[i] == '\n') {
            place.line++;
            start = i + 1;
        }
    size_t end = start;
    while (end < source.length && source.data[end] != '\n')
        end++;
    place.text = (struct span){ source.data + start, end - start };
    place.column = (unsigned)utf8_count((struct span){ place.text.data, at - start }) + 1;
    return place;
}

static void add_snippet(struct buf *out, const struct place *place)
{
    buf_add(out, "\n | ");
    for (size_t i = 0; i < place->text.length; i++)
        buf_add_char(out, place->text.data[i] == '\t' ? ' ' : place->text.data[i]);
    buf_add(out, "\n | ");
    struct span rest = place->text;
    for (unsigned column = 1; column <= place->column; column++) {
        size_t width = 1;
        if (rest.length)
            utf8_decode(rest, &width);
        bool caret = column == place->column;
        buf_add(out, width > 1 ? (caret ? "\uff3e" : "\uff0e") : (caret ? "^" : "."));
        rest = span_skip(rest, width);
    }
}

void message_add(struct messages *messages, uint32_t at, const char *format, ...)
{
    if (++messages->count > MAX_MESSAGES)
        return;
    va_list args;
    va_start(args, format);
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        abort();
    va_end(args);
    cleanup_free char *owned = text;
    struct buf *out = &messages->text;
    if (messages->count > 1)
        buf_add_char(out, '\n');
    if (at == NOWHERE) {
        buf_printf(out, "ERROR: <input>:-1:0: %s", owned);
        return;
    }
    if (at > messages->source.length)
        at = (uint32_t)messages->source.length;
    struct place place = place_of(messages->source, at);
    buf_printf(out, "ERROR: <input>:%u:%u: %s", place.line, place.column, owned);
    add_snippet(out, &place);
}

struct error *messages_error(const struct messages *messages)
{
    if (!messages->count)
        return NULL;
    return error_invalid("compilation failed: %s", buf_text(&messages->text));
}
