/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes, and the road between our kinds of errors and theirs. The tables follow grpc's PROTOCOL-HTTP2.md and
 * what grpc-go does with statuses and resets that are none of gRPC's.
 */

#include "driver/grpc/status.h"

#include "api/base/utf8.h"

static const struct {
    const char *name;
    enum error_kind kind;
} codes[] = {
    [GRPC_OK] = { "OK", ERROR_INTERNAL },
    [GRPC_CANCELLED] = { "Canceled", ERROR_CANCELLED },
    [GRPC_UNKNOWN] = { "Unknown", ERROR_INTERNAL },
    [GRPC_INVALID_ARGUMENT] = { "InvalidArgument", ERROR_INVALID },
    [GRPC_DEADLINE_EXCEEDED] = { "DeadlineExceeded", ERROR_UNAVAILABLE },
    [GRPC_NOT_FOUND] = { "NotFound", ERROR_NOT_FOUND },
    [GRPC_ALREADY_EXISTS] = { "AlreadyExists", ERROR_CONFLICT },
    [GRPC_PERMISSION_DENIED] = { "PermissionDenied", ERROR_DENIED },
    [GRPC_RESOURCE_EXHAUSTED] = { "ResourceExhausted", ERROR_EXHAUSTED },
    [GRPC_FAILED_PRECONDITION] = { "FailedPrecondition", ERROR_CONFLICT },
    [GRPC_ABORTED] = { "Aborted", ERROR_CONFLICT },
    [GRPC_OUT_OF_RANGE] = { "OutOfRange", ERROR_INVALID },
    [GRPC_UNIMPLEMENTED] = { "Unimplemented", ERROR_INVALID },
    [GRPC_INTERNAL] = { "Internal", ERROR_INTERNAL },
    [GRPC_UNAVAILABLE] = { "Unavailable", ERROR_UNAVAILABLE },
    [GRPC_DATA_LOSS] = { "DataLoss", ERROR_INTERNAL },
    [GRPC_UNAUTHENTICATED] = { "Unauthenticated", ERROR_DENIED },
};

const char *grpc_code_name(enum grpc_code code)
{
    return (size_t)code < ARRAY_LEN(codes) ? codes[code].name : NULL;
}

enum error_kind grpc_error_kind(enum grpc_code code)
{
    return (size_t)code < ARRAY_LEN(codes) ? codes[code].kind : ERROR_INTERNAL;
}

enum grpc_code grpc_code_of(enum error_kind kind)
{
    switch (kind) {
    case ERROR_INVALID: return GRPC_INVALID_ARGUMENT;
    case ERROR_NOT_FOUND: return GRPC_NOT_FOUND;
    case ERROR_CONFLICT: return GRPC_ABORTED;
    case ERROR_DENIED: return GRPC_PERMISSION_DENIED;
    case ERROR_EXHAUSTED: return GRPC_RESOURCE_EXHAUSTED;
    case ERROR_UNAVAILABLE: return GRPC_UNAVAILABLE;
    case ERROR_CANCELLED: return GRPC_CANCELLED;
    case ERROR_INTERNAL: return GRPC_INTERNAL;
    }
    return GRPC_UNKNOWN;
}

enum grpc_code grpc_code_parse(struct span text)
{
    unsigned number = 0;
    if (text.length == 0 || text.length > 2)
        return GRPC_UNKNOWN;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return GRPC_UNKNOWN;
        number = number * 10 + (unsigned)(text.data[i] - '0');
    }
    return number < ARRAY_LEN(codes) ? (enum grpc_code)number : GRPC_UNKNOWN;
}

enum grpc_code grpc_code_of_http(unsigned http_status)
{
    switch (http_status) {
    case 400: return GRPC_INTERNAL;
    case 401: return GRPC_UNAUTHENTICATED;
    case 403: return GRPC_PERMISSION_DENIED;
    case 404: return GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504: return GRPC_UNAVAILABLE;
    default: return GRPC_UNKNOWN;
    }
}

enum grpc_code grpc_code_of_reset(uint32_t http2_error)
{
    switch (http2_error) {
    case 0x3: /* FLOW_CONTROL_ERROR */
    case 0xb: /* ENHANCE_YOUR_CALM */ return GRPC_RESOURCE_EXHAUSTED;
    case 0x7: /* REFUSED_STREAM */ return GRPC_UNAVAILABLE;
    case 0x8: /* CANCEL */ return GRPC_CANCELLED;
    case 0xc: /* INADEQUATE_SECURITY */ return GRPC_PERMISSION_DENIED;
    default: return GRPC_INTERNAL;
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c <= 0x7e && c != '%';
}

/* Appends one code point; false, and nothing, if that would pass the limit. */
static bool encode_point(struct buf *out, size_t limit, const char *bytes, size_t n_bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[12];
    size_t length = 0;
    for (size_t i = 0; i < n_bytes; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (is_plain(c)) {
            text[length++] = (char)c;
            continue;
        }
        text[length++] = '%';
        text[length++] = digits[c >> 4];
        text[length++] = digits[c & 15];
    }
    if (out->length + length > limit)
        return false;
    buf_append(out, text, length);
    return true;
}

void grpc_message_encode(struct buf *out, struct span text)
{
    size_t limit = out->length + GRPC_MAX_STATUS_MESSAGE_BYTES;
    while (text.length) {
        size_t taken;
        char repaired[4];
        int32_t code = utf8_decode(text, &taken);
        size_t n_bytes = utf8_encode(code < 0 ? 0xfffd : (uint32_t)code, repaired);
        if (!encode_point(out, limit, repaired, n_bytes))
            return;
        text = span_skip(text, taken);
    }
}

void grpc_message_decode(struct buf *out, struct span value)
{
    cleanup_buf struct buf raw = BUF_INIT(value.length);
    for (size_t i = 0; i < value.length; i++) {
        bool escaped = value.data[i] == '%' && i + 2 < value.length && hex_value(value.data[i + 1]) >= 0 &&
                       hex_value(value.data[i + 2]) >= 0;
        if (!escaped) {
            buf_add_char(&raw, value.data[i]);
            continue;
        }
        buf_add_char(&raw, (char)(hex_value(value.data[i + 1]) << 4 | hex_value(value.data[i + 2])));
        i += 2;
    }
    utf8_append_repaired(out, buf_span(&raw));
}
