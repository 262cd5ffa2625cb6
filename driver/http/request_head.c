/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a request. http-parser reads the request line and splits the headers; around it stands what it
 * is too kind about: the shape of every line before, and the headers that say where the body ends, after.
 */

#include "driver/http/request_reader.h"

#include "api/base/memory.h"

#include <ctype.h>
#include <http_parser.h>
#include <strings.h>

#define REFUSE(status, reason) ((struct refusal){ (status), (reason) })
#define FINE                   ((struct refusal){ 0, NULL })

/* --- the shape of the lines --- */

static struct refusal check_line(struct span line, bool is_first)
{
    for (size_t i = 0; i < line.length; i++) {
        unsigned char c = (unsigned char)line.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return REFUSE(400, "control character in the head");
    }
    if (is_first)
        return FINE;
    if (line.data[0] == ' ' || line.data[0] == '\t')
        return REFUSE(400, "folded header line");
    struct span value;
    if (!http_is_token(span_split(line, ':', &value)) || !value.data)
        return REFUSE(400, "malformed header name");
    return FINE;
}

static struct refusal check_lines(struct span text, size_t max_headers)
{
    size_t n_lines = 0;
    while (text.length > 2) {
        struct span rest;
        struct span line = span_split(text, '\n', &rest);
        if (!rest.data || !line.length || line.data[line.length - 1] != '\r')
            return REFUSE(400, "line without CR LF");
        line.length--;
        if (!line.length)
            return REFUSE(400, "empty line in the head");
        struct refusal refusal = check_line(line, n_lines == 0);
        if (refusal.status)
            return refusal;
        if (n_lines++ > max_headers)
            return REFUSE(431, "too many headers");
        text = rest;
    }
    return span_is(text, "\r\n") ? FINE : REFUSE(400, "head without an end");
}

/* --- what http-parser finds --- */

struct head_parse {
    http_parser parser;
    struct request_head *head;
    struct span target, name;
    bool complete;
};

static int on_url(http_parser *parser, const char *at, size_t length)
{
    ((struct head_parse *)parser->data)->target = (struct span){ at, length };
    return 0;
}

static int on_name(http_parser *parser, const char *at, size_t length)
{
    ((struct head_parse *)parser->data)->name = (struct span){ at, length };
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t length)
{
    struct head_parse *parse = parser->data;
    while (length && (at[length - 1] == ' ' || at[length - 1] == '\t'))
        length--;
    if (!http_is_token(parse->name))
        return -1;
    http_headers_add(&parse->head->headers, parse->name, (struct span){ at, length });
    return 0;
}

static int on_headers_complete(http_parser *parser)
{
    ((struct head_parse *)parser->data)->complete = true;
    return 1; /* the body is ours */
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
};

static struct refusal refuse_by(const http_parser *parser)
{
    enum http_errno number = HTTP_PARSER_ERRNO(parser);
    if (number == HPE_INVALID_METHOD)
        return REFUSE(501, "unknown method");
    if (number == HPE_INVALID_VERSION)
        return REFUSE(505, "unknown HTTP version");
    if (number == HPE_HEADER_OVERFLOW)
        return REFUSE(431, "head too large");
    return REFUSE(400, http_errno_description(number));
}

/* --- where the body ends --- */

static struct refusal read_length(const char *text, const struct request_limits *limits, uint64_t *out)
{
    uint64_t length = 0;
    if (!*text)
        return REFUSE(400, "empty Content-Length");
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text))
            return REFUSE(400, "malformed Content-Length");
        length = length * 10 + (unsigned)(*text - '0');
        if (length > limits->max_body_bytes)
            return REFUSE(413, "body too large");
    }
    *out = length;
    return FINE;
}

static struct refusal read_framing(struct request_head *head, const struct request_limits *limits)
{
    size_t n_lengths = http_headers_count(&head->headers, "Content-Length");
    size_t n_encodings = http_headers_count(&head->headers, "Transfer-Encoding");
    if (n_lengths + n_encodings > 1)
        return REFUSE(400, "more than one header says where the body ends");
    if (n_lengths)
        return read_length(http_headers_get(&head->headers, "Content-Length"), limits, &head->body_length);
    if (!n_encodings)
        return FINE;
    if (head->old)
        return REFUSE(400, "Transfer-Encoding in HTTP/1.0");
    if (strcasecmp(http_headers_get(&head->headers, "Transfer-Encoding"), "chunked") != 0)
        return REFUSE(501, "unknown Transfer-Encoding");
    head->chunked = true;
    return FINE;
}

/* --- for whom, and what --- */

static bool is_host(const char *text)
{
    bool bracketed = *text == '[';
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(bracketed ? ".-_:[]%" : ".-_:", *c))
            return false;
    return true;
}

static struct refusal check_host(const struct request_head *head)
{
    size_t n_hosts = http_headers_count(&head->headers, "Host");
    if (n_hosts > 1 || (n_hosts == 0 && !head->old))
        return REFUSE(400, "want one Host header");
    if (n_hosts && !is_host(http_headers_get(&head->headers, "Host")))
        return REFUSE(400, "malformed Host header");
    return FINE;
}

static struct refusal check_expect(struct request_head *head)
{
    const char *expect = http_headers_get(&head->headers, "Expect");
    if (!expect)
        return FINE;
    if (strcasecmp(expect, "100-continue") != 0)
        return REFUSE(417, "unknown expectation");
    head->expects_continue = !head->old;
    return FINE;
}

/* What a proxy is sent, "http://host/path", means the same as "/path". */
static struct span without_origin(struct span target)
{
    static const struct span schemes[] = { { "http://", 7 }, { "https://", 8 } };
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (target.length > schemes[i].length &&
            strncasecmp(target.data, schemes[i].data, schemes[i].length) == 0) {
            struct span rest = span_skip(target, schemes[i].length);
            const char *slash = memchr(rest.data, '/', rest.length);
            return slash ? span_skip(rest, (size_t)(slash - rest.data)) : SPAN("/");
        }
    return target;
}

static struct refusal read_target(struct request_head *head, struct span target)
{
    target = without_origin(target);
    for (size_t i = 0; i < target.length; i++)
        if ((unsigned char)target.data[i] <= 0x20 || (unsigned char)target.data[i] >= 0x7f ||
            target.data[i] == '#')
            return REFUSE(400, "malformed request target");
    if (!target.length || (target.data[0] != '/' && !span_is(target, "*")))
        return REFUSE(400, "malformed request target");
    head->path = mem_strndup(target.data, target.length);
    char *mark = strchr(head->path, '?');
    if (mark) {
        *mark = '\0';
        head->query = span_of(mark + 1);
    }
    return FINE;
}

static struct refusal parse(struct span text, const struct request_limits *limits, struct request_head *head)
{
    struct refusal refusal = check_lines(text, limits->max_headers);
    if (refusal.status)
        return refusal;
    struct head_parse parse = { .head = head };
    http_parser_init(&parse.parser, HTTP_REQUEST);
    parse.parser.data = &parse;
    http_parser_execute(&parse.parser, &settings, text.data, text.length);
    if (HTTP_PARSER_ERRNO(&parse.parser) != HPE_OK)
        return refuse_by(&parse.parser);
    if (!parse.complete)
        return REFUSE(400, "incomplete head");
    if (parse.parser.http_major != 1 || parse.parser.http_minor > 1)
        return REFUSE(505, "want HTTP/1.1");
    if (parse.parser.method == HTTP_CONNECT)
        return REFUSE(501, "no proxy here");
    head->method = http_method_str((enum http_method)parse.parser.method);
    head->old = parse.parser.http_minor == 0;
    head->keep_alive = http_should_keep_alive(&parse.parser) != 0;

    refusal = read_target(head, parse.target);
    if (!refusal.status)
        refusal = read_framing(head, limits);
    if (!refusal.status)
        refusal = check_host(head);
    if (!refusal.status)
        refusal = check_expect(head);
    return refusal;
}

void request_head_done(struct request_head *head)
{
    free(head->path);
    http_headers_done(&head->headers);
    *head = (struct request_head){ 0 };
}

struct refusal request_head_parse(struct span text, const struct request_limits *limits,
                                  struct request_head *out)
{
    struct request_head head = { 0 };
    struct refusal refusal = parse(text, limits, &head);
    if (refusal.status)
        request_head_done(&head);
    else
        *out = head;
    return refusal;
}
