/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   HEAD -- empty line --+--> BODY ----- length reached --+--> COMPLETE -- next --> HEAD
 *                        +--> CHUNKS --- last chunk ------+
 *                        +--> (no body) ------------------+
 *   any of them -- not one meaning, or too large --> REFUSED
 */

#include "driver/http/request_reader.h"

static void refuse(struct request_reader *reader, int status, const char *reason)
{
    reader->state = READER_REFUSED;
    reader->refusal = (struct refusal){ status, reason };
}

void request_reader_init(struct request_reader *reader, const struct request_limits *limits)
{
    *reader = (struct request_reader){
        .limits = *limits,
        .text = BUF_INIT(limits->max_head_bytes),
        .body = BUF_INIT(limits->max_body_bytes),
    };
}

void request_reader_done(struct request_reader *reader)
{
    buf_done(&reader->text);
    buf_done(&reader->body);
    request_head_done(&reader->head);
}

void request_reader_next(struct request_reader *reader)
{
    struct request_limits limits = reader->limits;
    request_reader_done(reader);
    request_reader_init(reader, &limits);
}

bool request_reader_has_begun(const struct request_reader *reader)
{
    return reader->state != READER_HEAD || reader->text.length;
}

static void begin_body(struct request_reader *reader)
{
    struct refusal refusal = request_head_parse(buf_span(&reader->text), &reader->limits, &reader->head);
    buf_done(&reader->text);
    if (refusal.status) {
        refuse(reader, refusal.status, refusal.reason);
        return;
    }
    reader->left = reader->head.body_length;
    reader->state = reader->head.chunked ? READER_CHUNKS : reader->left ? READER_BODY : READER_COMPLETE;
}

/* Whether TEXT ends with the empty line that ends a head. */
static bool head_ends(const struct buf *text)
{
    return span_ends_with(buf_span(text), SPAN("\r\n\r\n"));
}

/* Line by line, so that a head without CRs is refused at its first line and not at a timeout. */
static size_t feed_head(struct request_reader *reader, struct span bytes)
{
    size_t used = 0;
    while (used < bytes.length && reader->state == READER_HEAD) {
        struct span rest = span_skip(bytes, used);
        const char *end = memchr(rest.data, '\n', rest.length);
        size_t length = end ? (size_t)(end - rest.data) + 1 : rest.length;
        used += length;
        if (!reader->text.length && length == 2 && span_starts_with(rest, SPAN("\r\n")))
            continue; /* some clients send an empty line after a body */
        buf_append(&reader->text, rest.data, length);
        struct span text = buf_span(&reader->text);
        if (reader->text.overflowed)
            refuse(reader, 431, "head too large");
        else if (end && !span_ends_with(text, SPAN("\r\n")))
            refuse(reader, 400, "line without CR LF");
        else if (span_is(text, "\r\n"))
            buf_clear(&reader->text); /* that empty line, in two pieces */
        else if (end && head_ends(&reader->text))
            begin_body(reader);
    }
    return used;
}

static size_t feed_body(struct request_reader *reader, struct span bytes)
{
    if (bytes.length > reader->left)
        bytes.length = (size_t)reader->left;
    buf_add_span(&reader->body, bytes);
    reader->left -= bytes.length;
    if (!reader->left)
        reader->state = READER_COMPLETE;
    return bytes.length;
}

static size_t feed_chunks(struct request_reader *reader, struct span bytes)
{
    struct span data;
    size_t used = chunk_decode(&reader->chunks, bytes, &data);
    buf_add_span(&reader->body, data);
    if (reader->body.overflowed)
        refuse(reader, 413, "body too large");
    else if (reader->chunks.state == CHUNK_BAD)
        refuse(reader, 400, "malformed chunk");
    else if (reader->chunks.state == CHUNK_DONE)
        reader->state = READER_COMPLETE;
    return used;
}

size_t request_reader_feed(struct request_reader *reader, struct span bytes)
{
    size_t used = 0;
    while (used < bytes.length) {
        struct span rest = span_skip(bytes, used);
        switch (reader->state) {
        case READER_HEAD: used += feed_head(reader, rest); break;
        case READER_BODY: used += feed_body(reader, rest); break;
        case READER_CHUNKS: used += feed_chunks(reader, rest); break;
        case READER_COMPLETE:
        case READER_REFUSED: return used;
        }
    }
    return used;
}
