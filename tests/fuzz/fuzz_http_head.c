/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's request parser. Whatever comes in, and however it is cut into pieces, the requests read and
 * the refusal are the same: otherwise a network could change the meaning of a request.
 */

#include "driver/http/request_reader.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>

static const struct request_limits limits = { .max_head_bytes = 2048,
                                              .max_headers = 16,
                                              .max_body_bytes = 512 };

enum { MAX_NOTES_BYTES = 1024 * 1024 };

static void note_request(struct buf *notes, const struct request_reader *reader)
{
    const struct request_head *head = &reader->head;
    assert(head->path && (head->path[0] == '/' || strcmp(head->path, "*") == 0));
    assert(reader->body.length <= limits.max_body_bytes);
    assert(!head->chunked || !head->body_length);
    buf_printf(notes, "%s %s?" SPAN_FMT "\n", head->method, head->path, SPAN_ARG(head->query));
    http_headers_write(&head->headers, notes);
    buf_add_span(notes, buf_span(&reader->body));
    buf_printf(notes, "\n%d%d%d\n", head->old, head->keep_alive, head->expects_continue);
}

/* Feeds BYTES in pieces whose lengths come from a small generator; STEP 0: all at once. */
static void read_requests(struct span bytes, size_t step, struct buf *notes)
{
    struct request_reader reader;
    request_reader_init(&reader, &limits);
    size_t state = step;
    while (bytes.length && reader.state != READER_REFUSED) {
        state = state * 31 + 7;
        size_t length = step ? 1 + state % step : bytes.length;
        struct span piece = { bytes.data, length < bytes.length ? length : bytes.length };
        size_t used = request_reader_feed(&reader, piece);
        assert(used <= piece.length);
        bytes = span_skip(bytes, used);
        if (reader.state == READER_COMPLETE) {
            note_request(notes, &reader);
            request_reader_next(&reader);
        } else {
            assert(used == piece.length || reader.state == READER_REFUSED);
        }
    }
    buf_printf(notes, "refused %d", reader.refusal.status);
    request_reader_done(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = { (const char *)data, size };
    cleanup_buf struct buf whole = BUF_INIT(MAX_NOTES_BYTES);
    read_requests(bytes, 0, &whole);
    static const size_t steps[] = { 1, 3, 40 };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        cleanup_buf struct buf pieces = BUF_INIT(MAX_NOTES_BYTES);
        read_requests(bytes, steps[i], &pieces);
        assert(span_equal(buf_span(&whole), buf_span(&pieces)));
    }
    return 0;
}
