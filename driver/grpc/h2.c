/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/grpc/h2.h"

#include "api/base/memory.h"

#include <assert.h>

void h2_must(int status)
{
    if (status == NGHTTP2_ERR_NOMEM)
        out_of_memory(0);
    assert(status >= 0);
}

struct error *h2_receive(nghttp2_session *h2, struct span bytes)
{
    ssize_t taken = nghttp2_session_mem_recv(h2, (const uint8_t *)bytes.data, bytes.length);
    if (taken == NGHTTP2_ERR_NOMEM)
        out_of_memory(bytes.length);
    if (taken < 0)
        return error_invalid("http/2: %s", nghttp2_strerror((int)taken));
    return NULL;
}

void h2_send(nghttp2_session *h2, struct buf *out)
{
    while (out->length < H2_SEND_BYTES) {
        const uint8_t *bytes;
        ssize_t length = nghttp2_session_mem_send(h2, &bytes);
        if (length == NGHTTP2_ERR_NOMEM)
            out_of_memory(0);
        if (length <= 0)
            return;
        buf_append(out, bytes, (size_t)length);
    }
}

bool h2_is_finished(nghttp2_session *h2)
{
    return !nghttp2_session_want_read(h2) && !nghttp2_session_want_write(h2);
}
