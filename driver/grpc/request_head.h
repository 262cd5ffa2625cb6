/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The headers of a request, gathered one at a time and then judged as a whole. nghttp2's own checks are off,
 * since they refuse the :authority that some clients make of a socket's path; what matters is checked here.
 */

#include "driver/grpc/status.h"

enum { REQUEST_PATH_SIZE = 256 };

struct request_head {
    char path[REQUEST_PATH_SIZE];
    size_t list_bytes;
    uint64_t timeout_nanos; /* UINT64_MAX: none */
    char content_type[64];  /* its beginning, for the message */
    bool has_method, has_path, has_regular;
    bool is_post, is_grpc, is_encoded;
    bool path_too_long, bad_timeout, n_authorities_wrong, has_authority, has_host;
    bool malformed; /* by HTTP/2's rules */
    bool too_large;
};

enum head_verdict {
    HEAD_FINE,
    HEAD_REFUSED,   /* to be answered with http_status, code and text */
    HEAD_MALFORMED, /* to be reset with PROTOCOL_ERROR */
};

struct head_refusal {
    unsigned http_status;
    enum grpc_code code;
    char text[128];
};

void request_head_init(struct request_head *head);
void request_head_add(struct request_head *head, struct span name, struct span value);

/* REFUSAL is filled for HEAD_REFUSED only. The path is not looked up here. */
enum head_verdict request_head_judge(const struct request_head *head, struct head_refusal *refusal);
