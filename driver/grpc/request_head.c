/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the checks, and the answers, are those of Go's server, which kubelet and everybody else was
 * tested with.
 */

#include "driver/grpc/request_head.h"

#include "driver/grpc/h2.h"
#include "driver/grpc/timeout.h"

#include <stdio.h>

void request_head_init(struct request_head *head)
{
    *head = (struct request_head){ .timeout_nanos = UINT64_MAX };
}

/* "application/grpc", alone or before '+' or ';' */
static bool is_grpc_content_type(struct span value)
{
    struct span base = SPAN("application/grpc");
    if (!span_starts_with(value, base))
        return false;
    return value.length == base.length || value.data[base.length] == '+' || value.data[base.length] == ';';
}

static void keep(char *out, size_t size, struct span value)
{
    snprintf(out, size, SPAN_FMT, (int)(value.length < size ? value.length : size - 1), value.data);
}

static void add_pseudo(struct request_head *head, struct span name, struct span value)
{
    if (head->has_regular)
        head->malformed = true;

    if (span_is(name, ":method")) {
        head->malformed |= head->has_method;
        head->has_method = true;
        head->is_post = span_is(value, "POST");
    } else if (span_is(name, ":path")) {
        head->malformed |= head->has_path;
        head->has_path = true;
        head->path_too_long = value.length >= sizeof(head->path);
        keep(head->path, sizeof(head->path), value);
    } else if (span_is(name, ":authority")) {
        head->n_authorities_wrong |= head->has_authority;
        head->has_authority = true;
    } else if (!span_is(name, ":scheme")) {
        head->malformed = true;
    }
}

static void add_timeout(struct request_head *head, struct span value)
{
    cleanup_error struct error *err = grpc_timeout_parse(value, &head->timeout_nanos);
    if (err)
        head->bad_timeout = true;
}

static void add_regular(struct request_head *head, struct span name, struct span value)
{
    head->has_regular = true;
    for (size_t i = 0; i < name.length; i++)
        if (name.data[i] >= 'A' && name.data[i] <= 'Z')
            head->malformed = true;

    if (span_is(name, "content-type")) {
        head->is_grpc = is_grpc_content_type(value);
        keep(head->content_type, sizeof(head->content_type), value);
    } else if (span_is(name, "grpc-timeout")) {
        add_timeout(head, value);
    } else if (span_is(name, "grpc-encoding")) {
        head->is_encoded = !span_is(value, "identity");
    } else if (span_is(name, "host")) {
        head->n_authorities_wrong |= head->has_host;
        head->has_host = true;
    } else if (span_is(name, "connection") || span_is(name, "transfer-encoding")) {
        head->malformed = true;
    }
}

void request_head_add(struct request_head *head, struct span name, struct span value)
{
    head->list_bytes += h2_header_cost(name.length, value.length);
    if (head->list_bytes > H2_MAX_HEADER_LIST_BYTES)
        head->too_large = true;
    if (head->too_large)
        return;
    if (name.length && name.data[0] == ':')
        add_pseudo(head, name, value);
    else
        add_regular(head, name, value);
}

static enum head_verdict refuse(struct head_refusal *refusal, unsigned http_status, enum grpc_code code,
                                const char *text)
{
    refusal->http_status = http_status;
    refusal->code = code;
    snprintf(refusal->text, sizeof(refusal->text), "%s", text);
    return HEAD_REFUSED;
}

enum head_verdict request_head_judge(const struct request_head *head, struct head_refusal *refusal)
{
    if (head->malformed)
        return HEAD_MALFORMED;
    if (head->too_large)
        return refuse(refusal, 431, GRPC_RESOURCE_EXHAUSTED, "the request's headers are too large");
    if (!head->has_method || !head->has_path)
        return HEAD_MALFORMED;
    if (head->n_authorities_wrong)
        return refuse(refusal, 400, GRPC_INTERNAL, "more than one :authority or host");
    if (!head->is_grpc) {
        char text[sizeof(refusal->text)];
        snprintf(text, sizeof(text), "invalid gRPC request content-type \"%s\"", head->content_type);
        return refuse(refusal, 415, GRPC_INVALID_ARGUMENT, text);
    }
    if (head->bad_timeout)
        return refuse(refusal, 400, GRPC_INTERNAL, "malformed grpc-timeout");
    if (!head->is_post)
        return refuse(refusal, 405, GRPC_INTERNAL, "the method of a gRPC request is POST");
    if (head->path_too_long || head->path[0] != '/')
        return refuse(refusal, 200, GRPC_UNIMPLEMENTED, "malformed method name");
    return HEAD_FINE;
}
