/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client makes of an answer follows grpc-go: a status counts only in trailers; a stream that ends
 * without one is explained by its HTTP status or its reset; a unary call that is OK has exactly one message.
 */

#include "driver/grpc/client_session.h"

#include "api/base/memory.h"
#include "driver/grpc/h2.h"
#include "driver/grpc/timeout.h"

#include <assert.h>

struct client_session {
    nghttp2_session *h2;
    struct client_session_config config;
    struct grpc_exchange *running;
    bool is_greeted, got_goaway;
};

/* --- exchanges --- */

struct grpc_exchange *grpc_exchange_new(struct grpc_request *request, size_t max_message_bytes, uint64_t now)
{
    unsigned char prefix[GRPC_PREFIX_BYTES];
    uint64_t timeout =
        request->timeout_ms > UINT64_MAX / 1000000 ? UINT64_MAX : request->timeout_ms * 1000000;
    struct grpc_exchange *exchange = NEW(struct grpc_exchange);
    *exchange = (struct grpc_exchange){
        .request = request,
        .message = BUF_INIT(sizeof(prefix) + request->message.length),
        .deadline = request->timeout_ms == 0 || timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout,
        .text = BUF_INIT(4 * GRPC_MAX_STATUS_MESSAGE_BYTES),
        .body = { .max_bytes = max_message_bytes },
        .reply = BUF_INIT(max_message_bytes),
    };
    frame_prefix(prefix, request->message.length);
    buf_append(&exchange->message, prefix, sizeof(prefix));
    buf_add_span(&exchange->message, request->message);
    return exchange;
}

void exchange_free(struct grpc_exchange *exchange)
{
    assert(exchange->state != EXCHANGE_RUNNING);
    buf_done(&exchange->message);
    buf_done(&exchange->text);
    buf_done(&exchange->reply);
    frame_splitter_done(&exchange->body);
    free(exchange);
}

static void set_status(struct grpc_exchange *exchange, enum grpc_code code, const char *text)
{
    exchange->has_code = true;
    exchange->code = code;
    buf_clear(&exchange->text);
    buf_add(&exchange->text, text);
}

/* Takes a running exchange off its session. */
static struct client_session *leave_session(struct grpc_exchange *exchange, enum exchange_state state)
{
    struct client_session *session = exchange->session;
    *exchange->prev_running = exchange->next_running;
    if (exchange->next_running)
        exchange->next_running->prev_running = exchange->prev_running;
    exchange->session = NULL;
    exchange->state = state;
    return session;
}

static void end_running(struct grpc_exchange *exchange, enum exchange_state state)
{
    struct client_session *session = leave_session(exchange, state);
    session->config.ended(session->config.owner, exchange);
}

/* Ends what runs, resetting its stream; nghttp2 forgets the exchange. */
static void cut_running(struct grpc_exchange *exchange)
{
    nghttp2_session *h2 = exchange->session->h2;
    h2_must(nghttp2_submit_rst_stream(h2, NGHTTP2_FLAG_NONE, exchange->stream_id, NGHTTP2_CANCEL));
    nghttp2_session_set_stream_user_data(h2, exchange->stream_id, NULL);
    exchange->session->config.wants_turn(exchange->session->config.owner);
    end_running(exchange, EXCHANGE_DONE);
}

void exchange_abandon(struct grpc_exchange *exchange, enum grpc_code code, const char *why)
{
    if (exchange->state == EXCHANGE_DONE)
        return;
    set_status(exchange, code, why);
    if (exchange->state == EXCHANGE_RUNNING)
        cut_running(exchange);
    else
        exchange->state = EXCHANGE_DONE;
}

/* --- what comes in --- */

static void take_message(struct client_session *session, struct grpc_exchange *exchange)
{
    exchange->n_messages++;
    if (exchange->request->on_message) {
        cleanup_buf struct buf message = BUF_INIT(exchange->body.max_bytes);
        frame_splitter_next(&exchange->body, &message);
        session->config.message(session->config.owner, exchange, &message);
    } else {
        frame_splitter_next(&exchange->body, exchange->n_messages == 1 ? &exchange->reply : NULL);
    }
}

/* The fault ends the exchange. */
static void refuse_frame(struct grpc_exchange *exchange, enum frame_fault fault)
{
    cleanup_buf struct buf text = BUF_INIT(256);
    switch (fault) {
    case FRAME_FINE: return;
    case FRAME_COMPRESSED:
    case FRAME_BAD_FLAG: exchange_abandon(exchange, GRPC_INTERNAL, "the reply's prefix is malformed"); return;
    case FRAME_TOO_LARGE:
        buf_printf(&text, "a message of %zu bytes is larger than the %zu that are accepted",
                   frame_splitter_announced(&exchange->body), exchange->body.max_bytes);
        exchange_abandon(exchange, GRPC_RESOURCE_EXHAUSTED, buf_text(&text));
        return;
    }
}

static struct grpc_exchange *exchange_of(struct client_session *session, int32_t stream_id)
{
    return nghttp2_session_get_stream_user_data(session->h2, stream_id);
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream_id, const uint8_t *data, size_t length,
                   void *user_data)
{
    (void)h2, (void)flags;
    struct client_session *session = user_data;
    struct grpc_exchange *exchange = exchange_of(session, stream_id);
    struct span bytes = { (const char *)data, length };
    while (exchange && bytes.length && exchange->state == EXCHANGE_RUNNING) {
        enum frame_fault fault = frame_splitter_feed(&exchange->body, &bytes);
        if (fault != FRAME_FINE)
            refuse_frame(exchange, fault);
        else if (exchange->body.whole)
            take_message(session, exchange);
    }
    return 0;
}

static unsigned parse_http_status(struct span value)
{
    unsigned status = 0;
    for (size_t i = 0; i < value.length && i < 3; i++)
        status = status * 10 + (unsigned)(value.data[i] - '0');
    return status;
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name_data,
                     size_t name_length, const uint8_t *value_data, size_t value_length, uint8_t flags,
                     void *user_data)
{
    (void)h2, (void)flags;
    struct grpc_exchange *exchange = exchange_of(user_data, frame->hd.stream_id);
    struct span name = { (const char *)name_data, name_length };
    struct span value = { (const char *)value_data, value_length };
    if (!exchange)
        return 0;
    if (span_is(name, ":status")) {
        exchange->http_status = parse_http_status(value);
    } else if (span_is(name, "content-type")) {
        exchange->has_content_type = span_starts_with(value, SPAN("application/grpc"));
    } else if (span_is(name, "grpc-status")) {
        exchange->has_code = true;
        exchange->code = grpc_code_parse(value);
    } else if (span_is(name, "grpc-message")) {
        buf_clear(&exchange->text);
        grpc_message_decode(&exchange->text, value);
    }
    return 0;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
    (void)h2;
    struct client_session *session = user_data;
    if (frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
        session->is_greeted = true;
    if (frame->hd.type == NGHTTP2_GOAWAY)
        session->got_goaway = true;
    return 0;
}

/* Decides how an exchange whose stream has closed ended. */
static void judge_end(struct grpc_exchange *exchange, uint32_t http2_error)
{
    bool unary = !exchange->request->on_message;
    char text[96];
    if (exchange->has_code && exchange->has_content_type) {
        if (exchange->code != GRPC_OK)
            return;
        if (frame_splitter_is_midway(&exchange->body))
            set_status(exchange, GRPC_INTERNAL, "the reply ends within a message");
        else if (unary && exchange->n_messages != 1)
            set_status(exchange, GRPC_INTERNAL, "the reply of a unary call has not exactly one message");
        return;
    }
    if (exchange->http_status && exchange->http_status != 200) {
        snprintf(text, sizeof(text), "HTTP status %u", exchange->http_status);
        set_status(exchange, grpc_code_of_http(exchange->http_status), text);
    } else if (http2_error != NGHTTP2_NO_ERROR) {
        snprintf(text, sizeof(text), "the server reset the stream: %s", nghttp2_http2_strerror(http2_error));
        set_status(exchange, grpc_code_of_reset(http2_error), text);
    } else if (exchange->http_status && !exchange->has_content_type) {
        set_status(exchange, GRPC_UNKNOWN, "the reply's content-type is not application/grpc");
    } else {
        set_status(exchange, GRPC_INTERNAL, "the server closed the stream without a status");
    }
}

/* The server never looked at it: once more on another connection, but only once. */
static void end_refused(struct grpc_exchange *exchange)
{
    bool again = !exchange->was_refused;
    exchange->was_refused = true;
    if (!again)
        set_status(exchange, GRPC_UNAVAILABLE, "the server refuses new calls");
    end_running(exchange, again ? EXCHANGE_WAITING : EXCHANGE_DONE);
}

static int on_stream_close(nghttp2_session *h2, int32_t stream_id, uint32_t http2_error, void *user_data)
{
    (void)h2;
    struct grpc_exchange *exchange = exchange_of(user_data, stream_id);
    if (!exchange)
        return 0;
    if (http2_error == NGHTTP2_REFUSED_STREAM) {
        end_refused(exchange);
    } else {
        judge_end(exchange, http2_error);
        end_running(exchange, EXCHANGE_DONE);
    }
    return 0;
}

/* A request that never left, because the server said goodbye first: as good as refused. */
static int on_frame_not_sent(nghttp2_session *h2, const nghttp2_frame *frame, int reason, void *user_data)
{
    struct client_session *session = user_data;
    if (frame->hd.type != NGHTTP2_HEADERS || reason == NGHTTP2_ERR_NOMEM)
        return 0;
    for (struct grpc_exchange *e = session->running; e; e = e->next_running)
        if (e->stream_id == frame->hd.stream_id && !exchange_of(session, e->stream_id)) {
            end_refused(e);
            break;
        }
    (void)h2;
    return 0;
}

/* --- what goes out --- */

static ssize_t read_message(nghttp2_session *h2, int32_t stream_id, uint8_t *out, size_t length,
                            uint32_t *flags, nghttp2_data_source *source, void *user_data)
{
    (void)h2, (void)source;
    struct grpc_exchange *exchange = exchange_of(user_data, stream_id);
    if (!exchange)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* abandoned; its reset is on the way */
    struct span left = span_skip(buf_span(&exchange->message), exchange->n_sent);
    size_t n = left.length < length ? left.length : length;
    memcpy(out, left.data, n);
    exchange->n_sent += n;
    if (n == left.length)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

void client_session_start(struct client_session *session, struct grpc_exchange *exchange, uint64_t now)
{
    assert(exchange->state == EXCHANGE_WAITING);
    char timeout[GRPC_TIMEOUT_TEXT_SIZE] = "";
    nghttp2_nv nv[8] = {
        h2_header(":method", SPAN("POST")),
        h2_header(":scheme", SPAN("http")),
        h2_header(":path", span_of(exchange->request->path)),
        h2_header(":authority", span_of(session->config.authority)),
        h2_header("content-type", SPAN("application/grpc")),
        h2_header("user-agent", SPAN("tranche/" TRANCHE_VERSION)),
        h2_header("te", SPAN("trailers")),
    };
    size_t n = 7;
    if (exchange->deadline != UINT64_MAX) {
        grpc_timeout_format(exchange->deadline > now ? exchange->deadline - now : 0, timeout);
        nv[n++] = h2_header("grpc-timeout", span_of(timeout));
    }

    exchange->n_sent = 0;
    nghttp2_data_provider provider = { .read_callback = read_message };
    exchange->stream_id = nghttp2_submit_request(session->h2, NULL, nv, n, &provider, exchange);
    h2_must(exchange->stream_id);

    exchange->state = EXCHANGE_RUNNING;
    exchange->session = session;
    exchange->next_running = session->running;
    exchange->prev_running = &session->running;
    if (session->running)
        session->running->prev_running = &exchange->next_running;
    session->running = exchange;
    session->config.wants_turn(session->config.owner);
}

/* --- the session --- */

struct client_session *client_session_new(const struct client_session_config *config)
{
    struct client_session *session = NEW(struct client_session);
    session->config = *config;

    nghttp2_session_callbacks *callbacks;
    h2_must(nghttp2_session_callbacks_new(&callbacks));
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_sent);
    h2_must(nghttp2_session_client_new(&session->h2, callbacks, session));
    nghttp2_session_callbacks_del(callbacks);

    const nghttp2_settings_entry settings[] = {
        { NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
        { NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_MAX_HEADER_LIST_BYTES },
    };
    h2_must(nghttp2_submit_settings(session->h2, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings)));
    return session;
}

void client_session_close(struct client_session *session, const char *why)
{
    while (session->running) {
        struct grpc_exchange *exchange = session->running;
        nghttp2_session_set_stream_user_data(session->h2, exchange->stream_id, NULL);
        set_status(exchange, GRPC_UNAVAILABLE, why);
        end_running(exchange, EXCHANGE_DONE);
    }
}

void client_session_free(struct client_session *session)
{
    if (!session)
        return;
    assert(!session->running);
    nghttp2_session_del(session->h2);
    free(session);
}

struct error *client_session_receive(struct client_session *session, struct span bytes)
{
    struct error *err = h2_receive(session->h2, bytes);
    session->config.wants_turn(session->config.owner);
    return err;
}

void client_session_send(struct client_session *session, struct buf *out)
{
    h2_send(session->h2, out);
}

bool client_session_is_greeted(const struct client_session *session)
{
    return session->is_greeted;
}

bool client_session_takes_requests(const struct client_session *session)
{
    return !session->got_goaway && nghttp2_session_check_request_allowed(session->h2);
}

bool client_session_is_idle(const struct client_session *session)
{
    return !session->running;
}

bool client_session_is_finished(const struct client_session *session)
{
    return h2_is_finished(session->h2);
}
