/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a gRPC call ends: a code, and a message that travels percent-encoded in a header.
 */

#include "api/base/buf.h"
#include "api/base/error.h"
#include "api/base/span.h"

#include <stdint.h>

enum grpc_code {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_ALREADY_EXISTS = 6,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_FAILED_PRECONDITION = 9,
    GRPC_ABORTED = 10,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_DATA_LOSS = 15,
    GRPC_UNAUTHENTICATED = 16,
};

enum { GRPC_MAX_STATUS_MESSAGE_BYTES = 4096 }; /* after encoding */

/* "DeadlineExceeded", as kubelet's logs and metrics spell it; NULL for a number that is no code. */
const char *grpc_code_name(enum grpc_code code);

/* The code for an error of this kind, and the kind for a code other than GRPC_OK. */
enum grpc_code grpc_code_of(enum error_kind kind);
enum error_kind grpc_error_kind(enum grpc_code code);

/* The value of a grpc-status header; anything but a known number is GRPC_UNKNOWN. */
enum grpc_code grpc_code_parse(struct span text);

/* What a client makes of an HTTP status that is not 200, and of an HTTP/2 error code in RST_STREAM. */
enum grpc_code grpc_code_of_http(unsigned http_status);
enum grpc_code grpc_code_of_reset(uint32_t http2_error);

/*
 * Appends TEXT as the value of a grpc-message header: malformed UTF-8 becomes U+FFFD, and every byte outside
 * 0x20..0x7E and '%' becomes %XX. Cut at a code point so that no more than GRPC_MAX_STATUS_MESSAGE_BYTES are
 * appended.
 */
void grpc_message_encode(struct buf *out, struct span text);

/* The other way. A '%' that no two hexadecimal digits follow stands for itself; the result is valid UTF-8. */
void grpc_message_decode(struct buf *out, struct span value);
