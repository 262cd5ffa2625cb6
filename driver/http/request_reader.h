/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes in, requests out: the server's parser, a pure function of what a peer sends. It takes only what has
 * one meaning; everything else ends in READER_REFUSED with the status to answer.
 */

#include "driver/http/chunks.h"
#include "driver/http/headers.h"

struct request_limits {
    size_t max_head_bytes;
    size_t max_headers;
    size_t max_body_bytes;
};

struct request_head {
    const char *method; /* a literal */
    char *path;         /* NUL-terminated, percent-encoded */
    struct span query;  /* in the same memory as path; no data: none */
    struct http_headers headers;
    bool old; /* HTTP/1.0 */
    bool keep_alive;
    bool expects_continue;
    bool chunked;
    uint64_t body_length; /* unless chunked */
};

void request_head_done(struct request_head *head);

struct refusal {
    int status; /* 0: none */
    const char *reason;
};

/* TEXT is a whole head, with its empty line. Its refusal, if any, is returned. */
struct refusal request_head_parse(struct span text, const struct request_limits *limits,
                                  struct request_head *out);

enum reader_state { READER_HEAD, READER_BODY, READER_CHUNKS, READER_COMPLETE, READER_REFUSED };

struct request_reader {
    struct request_limits limits;
    enum reader_state state;
    struct refusal refusal;
    struct buf text; /* of the head, while it comes in */
    struct request_head head;
    struct buf body;
    uint64_t left;
    struct chunk_decoder chunks;
};

void request_reader_init(struct request_reader *reader, const struct request_limits *limits);
void request_reader_done(struct request_reader *reader);

/* Returns the bytes consumed: all of them, unless the request is complete or refused. */
size_t request_reader_feed(struct request_reader *reader, struct span bytes);

/* After READER_COMPLETE: head and body have been taken (or are dropped), on to the next request. */
void request_reader_next(struct request_reader *reader);

/* Whether a request has begun. */
bool request_reader_has_begun(const struct request_reader *reader);
