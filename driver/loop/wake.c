/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/loop/wake.h"

#include "api/base/memory.h"
#include "driver/loop/uv.h"

#include <assert.h>

/* Outlives its wake until libuv has closed it. */
struct wake_handle {
    uv_async_t async;
    struct wake *wake; /* NULL: stopped */
};

static void on_closed(uv_handle_t *handle)
{
    free(container_of(handle, struct wake_handle, async));
}

static void on_ring(uv_async_t *async)
{
    struct wake *wake = container_of(async, struct wake_handle, async)->wake;
    if (wake)
        wake->call(wake);
}

struct error *wake_start(struct wake *wake, struct loop *loop, void (*call)(struct wake *wake))
{
    assert(!wake->handle);
    struct wake_handle *handle = NEW(struct wake_handle);
    int status = uv_async_init(loop_uv(loop), &handle->async, on_ring);
    if (status < 0) {
        free(handle);
        return error_uv(status, "create a wake-up for other threads");
    }
    handle->wake = wake;
    *wake = (struct wake){ .call = call, .handle = handle };
    return NULL;
}

void wake_ring(struct wake *wake)
{
    uv_async_send(&wake->handle->async);
}

void wake_stop(struct wake *wake)
{
    struct wake_handle *handle = take(wake->handle);
    if (!handle)
        return;
    handle->wake = NULL;
    uv_close((uv_handle_t *)&handle->async, on_closed);
}
