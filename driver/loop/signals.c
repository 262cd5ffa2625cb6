/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/loop/signals.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "driver/loop/uv.h"

#include <assert.h>
#include <signal.h>

enum { N_SIGNALS = 3 };

static const int numbers[N_SIGNALS] = { SIGTERM, SIGINT, SIGHUP };

/* Lives until the last of its handles is closed. */
struct signal_handle {
    uv_signal_t handles[N_SIGNALS];
    int n_open;
    struct signals *owner;
};

static void on_closed(uv_handle_t *handle)
{
    struct signal_handle *handles = handle->data;
    if (--handles->n_open == 0)
        free(handles);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct signals *signals = ((struct signal_handle *)handle->data)->owner;
    if (number == SIGHUP) {
        if (signals->on_hangup)
            signals->on_hangup(signals);
        return;
    }
    if (loop_is_stopping(signals->loop)) {
        log_warn("second signal, leaving at once", kv_int("signal", number));
        loop_stop_now(signals->loop);
        return;
    }
    log_info("shutting down", kv_int("signal", number));
    loop_stop(signals->loop, signals->grace_ms);
}

struct error *signals_start(struct signals *signals, struct loop *loop)
{
    assert(!signals->handles);
    signals->loop = loop;
    signals->handles = NEW(struct signal_handle);
    signals->handles->owner = signals;
    for (int i = 0; i < N_SIGNALS; i++) {
        uv_signal_t *handle = &signals->handles->handles[i];
        int status = uv_signal_init(loop_uv(loop), handle);
        if (status == 0) {
            handle->data = signals->handles;
            signals->handles->n_open++;
            uv_unref((uv_handle_t *)handle);
            status = uv_signal_start(handle, on_signal, numbers[i]);
        }
        if (status < 0) {
            signals_stop(signals);
            return error_uv(status, "watch for signal %d", numbers[i]);
        }
    }
    return NULL;
}

void signals_stop(struct signals *signals)
{
    struct signal_handle *handles = take(signals->handles);
    if (!handles)
        return;
    int n_open = handles->n_open;
    if (!n_open)
        free(handles);
    for (int i = 0; i < n_open; i++)
        uv_close((uv_handle_t *)&handles->handles[i], on_closed);
}
