/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's expressions on RE2's engine. The two are sisters, and differ in little: RE2 takes \C (one byte), which
 * Go refuses; it may not know
 * (?<n>a), Go's second way to name a group; and its limits on repetition are other ones, of which the
 * engine's own budget takes care.
 */

#include "selector/regex.h"

#include "api/base/buf.h"
#include "selector/regex_engine.h"

enum { MAX_PATTERN_BYTES = 256 * 1024 };

/* How long the bracket expression at the front of TEXT is: [^]a-z[:alpha:]\]]; its end is not looked for
 * twice. */
static size_t class_length(struct span text)
{
    size_t at = 1;
    at += at < text.length && text.data[at] == '^';
    at += at < text.length && text.data[at] == ']';
    while (at < text.length && text.data[at] != ']') {
        if (text.data[at] == '\\') {
            at += 2;
        } else if (text.data[at] == '[' && at + 1 < text.length && text.data[at + 1] == ':') {
            const char *end = memmem(text.data + at, text.length - at, ":]", 2);
            at = end ? (size_t)(end - text.data) + 2 : at + 1;
        } else {
            at++;
        }
    }
    return at < text.length ? at + 1 : text.length;
}

/* \Q...\E is taken as it stands. */
static size_t quoted_length(struct span text)
{
    const char *end = memmem(text.data, text.length, "\\E", 2);
    return end ? (size_t)(end - text.data) + 2 : text.length;
}

/* PATTERN as RE2 has to read it to mean what Go means. */
static struct error *translate(struct span pattern, struct buf *out)
{
    while (pattern.length) {
        size_t length = 1;
        if (span_starts_with(pattern, SPAN("\\C")))
            return error_invalid("error parsing regexp: invalid escape sequence: `\\C`");
        if (span_starts_with(pattern, SPAN("(?<")) && pattern.length > 3 && pattern.data[3] != '=' &&
            pattern.data[3] != '!') {
            buf_add(out, "(?P<");
            pattern = span_skip(pattern, 3);
            continue;
        }
        if (span_starts_with(pattern, SPAN("\\Q")))
            length = quoted_length(pattern);
        else if (pattern.data[0] == '\\')
            length = 2;
        else if (pattern.data[0] == '[')
            length = class_length(pattern);
        if (length > pattern.length)
            length = pattern.length;
        buf_append(out, pattern.data, length);
        pattern = span_skip(pattern, length);
    }
    return buf_check(out);
}

static struct engine *engine_of(const struct regex *regex)
{
    return (struct engine *)(uintptr_t)regex;
}

struct error *regex_new(struct span pattern, struct regex **out)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_PATTERN_BYTES);
    TRY(translate(pattern, &text));
    char wrong[256];
    struct engine *engine = engine_new(buf_text(&text), text.length, wrong, sizeof(wrong));
    if (!engine)
        return error_invalid("error parsing regexp: %s", wrong);
    *out = (struct regex *)engine;
    return NULL;
}

void regex_free(struct regex *regex)
{
    engine_free(engine_of(regex));
}

bool regex_find(const struct regex *regex, struct span text, size_t from, struct span *out)
{
    return engine_find(engine_of(regex), text.data, text.length, from, &out->data, &out->length);
}
