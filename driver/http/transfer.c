/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transfer: the easy handle, set up from the client's options and the request's spec, and its callbacks.
 * From inside these the owner may cancel, pause, resume or stop the client: all of that only sets flags here,
 * and is acted upon in the client's turn, outside of libcurl.
 */

#include "driver/http/transfer.h"

#include "api/base/memory.h"
#include "driver/http/url.h"

#include <assert.h>

enum {
    DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024,
    MAX_REQUEST_BYTES = 1024 * 1024 * 1024,
    MAX_TOKEN_BYTES = 64 * 1024,
    KEEPALIVE_SECONDS = 30,
};

/* --- while it runs --- */

static void on_idle(struct timer *timer)
{
    struct http_transfer *transfer = container_of(timer, struct http_transfer, idle);
    if (transfer->paused) { /* it is we who do not listen */
        timer_start(timer, transfer->client->loop, transfer->idle_timeout_ms, on_idle);
        return;
    }
    transfer->ended = true;
    transfer->err = error_unavailable("nothing from the server for %llu ms",
                                      (unsigned long long)transfer->idle_timeout_ms);
    transfer_is_due(transfer);
}

static void heard_of_server(struct http_transfer *transfer)
{
    if (transfer->idle_timeout_ms)
        timer_start(&transfer->idle, transfer->client->loop, transfer->idle_timeout_ms, on_idle);
}

/* Makes libcurl end the transfer: a callback that takes less than it was given. */
static size_t give_up(struct http_transfer *transfer, struct error *err)
{
    transfer->err = err;
    return 0;
}

static bool is_over(const struct http_transfer *transfer)
{
    return transfer->cancelled || transfer->ended || transfer->err;
}

static size_t end_of_headers(struct http_transfer *transfer, size_t length)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        return length; /* 100 Continue and its kind */
    struct error *err = http_headers_check(&transfer->headers);
    if (err)
        return give_up(transfer, err);
    transfer->headers_complete = true;
    transfer->request->status = (int)status;
    if (transfer->on_headers)
        transfer->on_headers(transfer->request);
    return length;
}

static size_t on_header_line(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_transfer *transfer = ctx;
    size_t length = size * count;
    if (is_over(transfer))
        return 0;
    heard_of_server(transfer);
    if (transfer->headers_complete)
        return length; /* trailers */

    struct span line = { bytes, length }, value;
    while (line.length && strchr("\r\n \t", line.data[line.length - 1]))
        line.length--;
    if (!line.length)
        return end_of_headers(transfer, length);
    if (span_starts_with(line, SPAN("HTTP/"))) {
        http_headers_clear(&transfer->headers);
        return length;
    }
    struct span name = span_split(line, ':', &value);
    if (!http_is_token(name) || !value.data)
        return give_up(transfer, error_unavailable("malformed header from the server"));
    while (value.length && strchr(" \t", *value.data))
        value = span_skip(value, 1);
    http_headers_add(&transfer->headers, name, value);
    return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_transfer *transfer = ctx;
    size_t length = size * count;
    if (is_over(transfer))
        return 0;
    heard_of_server(transfer);
    if (transfer->paused) {
        transfer->curl_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (transfer->on_data) {
        if (length)
            transfer->on_data(transfer->request, (struct span){ bytes, length });
        return length;
    }
    buf_append(&transfer->body, bytes, length);
    struct error *err = error_wrap(buf_check(&transfer->body), "response body");
    return err ? give_up(transfer, err) : length;
}

/* --- how it ended --- */

static enum error_kind kind_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return ERROR_INVALID;
    case CURLE_PEER_FAILED_VERIFICATION: return ERROR_DENIED;
    default: return ERROR_UNAVAILABLE;
    }
}

struct error *transfer_error(struct http_transfer *transfer)
{
    struct error *err = take(transfer->err);
    if (transfer->cancelled) {
        error_free(err);
        err = error_new(ERROR_CANCELLED, "cancelled");
    } else if (!err && transfer->code != CURLE_OK) {
        err = error_new(kind_of(transfer->code), "%s",
                        *transfer->curl_text ? transfer->curl_text : curl_easy_strerror(transfer->code));
        if (transfer->code == CURLE_PEER_FAILED_VERIFICATION)
            err = error_hint(err, "check the certificate authority and the name that the client expects");
    }
    return error_wrap(err, "%s", transfer->label);
}

/* --- setting up --- */

#define SET(option, value)                                                                                   \
    do {                                                                                                     \
        CURLcode set_code_ = curl_easy_setopt(transfer->easy, (option), (value));                            \
        assert(set_code_ == CURLE_OK);                                                                       \
        (void)set_code_;                                                                                     \
    } while (0)

static struct curl_blob blob_of(struct span pem)
{
    return (struct curl_blob){ (void *)pem.data, pem.length, CURL_BLOB_NOCOPY };
}

static void set_tls(struct http_transfer *transfer)
{
    const struct http_client_options *options = &transfer->client->options;
    SET(CURLOPT_SSL_VERIFYPEER, options->insecure ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, options->insecure ? 0L : 2L);
    struct curl_blob ca = blob_of(options->ca_pem), cert = blob_of(options->cert_pem),
                     key = blob_of(options->key_pem);
    if (ca.len)
        SET(CURLOPT_CAINFO_BLOB, &ca);
    else if (options->ca_file)
        SET(CURLOPT_CAINFO, options->ca_file);
    if (ca.len || options->ca_file)
        SET(CURLOPT_CAPATH, NULL);
    if (cert.len)
        SET(CURLOPT_SSLCERT_BLOB, &cert);
    else if (options->cert_file)
        SET(CURLOPT_SSLCERT, options->cert_file);
    if (key.len)
        SET(CURLOPT_SSLKEY_BLOB, &key);
    else if (options->key_file)
        SET(CURLOPT_SSLKEY, options->key_file);
}

static void set_connection(struct http_transfer *transfer)
{
    const struct http_client_options *options = &transfer->client->options;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* cancelling does not wait for a name server */
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_PIPEWAIT, 1L); /* rather wait for a connection to multiplex on than open one each */
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_SECONDS);
    SET(CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_SECONDS / 2);
    SET(CURLOPT_USERAGENT, options->user_agent);
    SET(CURLOPT_PROXY, options->proxy_url ? options->proxy_url : "");
    if (options->unix_socket)
        SET(CURLOPT_UNIX_SOCKET_PATH, options->unix_socket);
}

static void add_line(struct curl_slist **list, const char *line)
{
    *list = must(curl_slist_append(*list, line), 0);
}

static void add_header(struct http_transfer *transfer, const char *name, const char *value)
{
    cleanup_buf struct buf line = BUF_INIT(MAX_HEADER_BYTES);
    /* libcurl's way of writing an empty value, and of leaving a header out, is different from ours. */
    buf_printf(&line, *value ? "%s: %s" : "%s;", name, value);
    add_line(&transfer->header_lines, buf_text(&line));
}

static struct error *add_token(struct http_transfer *transfer)
{
    const struct http_client_options *options = &transfer->client->options;
    if (!options->bearer_token)
        return NULL;
    cleanup_buf struct buf token = BUF_INIT(MAX_TOKEN_BYTES);
    TRY(error_wrap(options->bearer_token(options->token_ctx, &token), "bearer token"));
    TRY(error_wrap(buf_check(&token), "bearer token"));
    if (!token.length)
        return NULL;
    for (size_t i = 0; i < token.length; i++)
        if ((unsigned char)token.data[i] <= ' ' || (unsigned char)token.data[i] >= 0x7f)
            return error_invalid("bearer token: control character, space or non-ASCII byte in it");
    cleanup_buf struct buf value = BUF_INIT(MAX_TOKEN_BYTES + 16);
    buf_printf(&value, "Bearer %s", buf_text(&token));
    add_header(transfer, "Authorization", buf_text(&value));
    return NULL;
}

static struct error *set_headers(struct http_transfer *transfer, const struct http_request_spec *spec)
{
    for (size_t i = 0; spec->headers && i < spec->headers->places.length; i++)
        add_header(transfer, http_header_name(spec->headers, i).data,
                   http_header_value(spec->headers, i).data);
    if (spec->accept)
        add_header(transfer, "Accept", spec->accept);
    if (spec->content_type)
        add_header(transfer, "Content-Type", spec->content_type);
    else
        add_line(&transfer->header_lines, "Content-Type:"); /* no form data by default */
    add_line(&transfer->header_lines, "Expect:");
    if (!spec->without_token)
        TRY(add_token(transfer));
    SET(CURLOPT_HTTPHEADER, transfer->header_lines);
    return NULL;
}

/*
 * The certificate is checked for another name than the one we connect to: libcurl is told that other name,
 * and where to find it.
 */
static void set_server_name(struct http_transfer *transfer, const struct url *url)
{
    const char *name = transfer->client->options.tls_server_name;
    bool bare = strchr(url->host, ':') != NULL;
    cleanup_free char *whole = NULL, *where = NULL, *host = NULL;
    if (asprintf(&whole, "https://%s:%u%s%s%s", name, url->port, url->path, url->query ? "?" : "",
                 url->query ? url->query : "") < 0 ||
        asprintf(&where, bare ? "%s:%u:[%s]:%u" : "%s:%u:%s:%u", name, url->port, url->host, url->port) < 0 ||
        asprintf(&host, bare ? "[%s]:%u" : "%s:%u", url->host, url->port) < 0)
        out_of_memory(0);
    SET(CURLOPT_URL, whole);
    add_line(&transfer->connect_to, where);
    SET(CURLOPT_CONNECT_TO, transfer->connect_to);
    add_header(transfer, "Host", host);
}

static struct error *set_url(struct http_transfer *transfer, const struct http_request_spec *spec)
{
    cleanup_url struct url url = { 0 };
    TRY(url_parse(spec->url, &url));
    cleanup_buf struct buf origin = BUF_INIT(4096);
    url_format_origin(&url, &origin);
    /* Without the query: it may be long, and errors are read by people. */
    if (asprintf(&transfer->label, "%s %s%s", spec->method ? spec->method : "GET", buf_text(&origin),
                 url.path) < 0)
        out_of_memory(0);
    if (transfer->client->options.tls_server_name && url.tls)
        set_server_name(transfer, &url);
    else
        SET(CURLOPT_URL, spec->url);
    return NULL;
}

static void set_method(struct http_transfer *transfer, const struct http_request_spec *spec)
{
    const char *method = spec->method ? spec->method : "GET";
    bool sends = spec->body.data || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
                 strcmp(method, "PATCH") == 0;
    if (strcmp(method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (sends) {
        transfer->request_body = BUF_INIT(MAX_REQUEST_BYTES);
        buf_add_span(&transfer->request_body, spec->body);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->request_body.length);
        SET(CURLOPT_POSTFIELDS, buf_text(&transfer->request_body));
    }
    if (strcmp(method, "HEAD") != 0)
        SET(CURLOPT_CUSTOMREQUEST, method);
}

static void set_callbacks(struct http_transfer *transfer)
{
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->curl_text);
    SET(CURLOPT_HEADERFUNCTION, on_header_line);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, transfer);
}

static struct error *set_up(struct http_transfer *transfer, const struct http_request_spec *spec)
{
    set_callbacks(transfer);
    set_connection(transfer);
    set_tls(transfer);
    set_method(transfer, spec);
    if (spec->timeout_ms)
        SET(CURLOPT_TIMEOUT_MS, (long)spec->timeout_ms);
    TRY(set_url(transfer, spec));
    TRY(set_headers(transfer, spec));
    return NULL;
}

struct error *transfer_new(struct http_client *client, const struct http_request_spec *spec,
                           struct http_request *request, struct http_transfer **out)
{
    struct http_transfer *transfer = NEW(struct http_transfer);
    transfer->client = client;
    transfer->request = request;
    transfer->on_headers = spec->on_headers;
    transfer->on_data = spec->on_data;
    transfer->done = spec->done;
    transfer->idle_timeout_ms = spec->idle_timeout_ms;
    transfer->body = BUF_INIT(spec->max_body_bytes ? spec->max_body_bytes : DEFAULT_MAX_BODY_BYTES);
    transfer->easy = must(curl_easy_init(), 0);
    struct error *err = set_up(transfer, spec);
    if (err) {
        transfer_free(transfer);
        return err;
    }
    heard_of_server(transfer);
    *out = transfer;
    return NULL;
}

void transfer_free(struct http_transfer *transfer)
{
    timer_stop(&transfer->idle);
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->header_lines);
    curl_slist_free_all(transfer->connect_to);
    free(transfer->label);
    buf_done(&transfer->request_body);
    http_headers_done(&transfer->headers);
    buf_done(&transfer->body);
    error_free(transfer->err);
    free(transfer);
}
