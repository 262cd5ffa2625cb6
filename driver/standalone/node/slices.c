/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request at a time, the oldest wish first.
 */

#include "driver/standalone/node/slices.h"
#include "api/base/log.h"

enum { AGAIN_LEAST_MS = 1000, AGAIN_MOST_MS = 300000 };

static void wipe_next(struct slice_wiper *wiper);

static void on_retry(struct timer *timer)
{
    wipe_next(container_of(timer, struct slice_wiper, retry));
}

static void drop_all(struct slice_wiper *wiper)
{
    vec_each (&wiper->drivers, driver)
        free(*driver);
    vec_done(&wiper->drivers);
}

static void retry_later(struct slice_wiper *wiper, struct error *err)
{
    log_error_free(LOG_WARN, "deleting the slices of the node", err);
    timer_start(&wiper->retry, kube_client_loop(wiper->client), backoff_next(&wiper->backoff), on_retry);
}

static void on_wiped(struct kube_call *call, struct value *object, struct error *err)
{
    struct slice_wiper *wiper = container_of(call, struct slice_wiper, call);
    (void)object;
    if (!wiper->client) {
        error_free(err);
        drop_all(wiper);
        wiper->stopped(wiper);
        return;
    }
    if (err) {
        retry_later(wiper, err);
        return;
    }
    backoff_reset(&wiper->backoff);
    free(wiper->drivers.items[0]);
    vec_remove(&wiper->drivers, 0);
    wipe_next(wiper);
}

static void wipe_next(struct slice_wiper *wiper)
{
    if (!wiper->drivers.length || kube_call_in_flight(&wiper->call))
        return;
    const char *driver = wiper->drivers.items[0];
    cleanup_buf struct buf selector = BUF_INIT(1024);
    buf_printf(&selector, "spec.nodeName=%s", wiper->node_name);
    if (*driver)
        buf_printf(&selector, ",spec.driver=%s", driver);
    struct kube_call_spec spec = { .verb = KUBE_DELETE_COLLECTION,
                                   .resource = &KUBE_RESOURCE_SLICES,
                                   .field_selector = buf_text(&selector),
                                   .done = on_wiped };
    struct error *err = kube_call_start(wiper->client, &spec, &wiper->call);
    if (err)
        retry_later(wiper, err);
}

void slice_wiper_start(struct slice_wiper *wiper, struct kube_client *client, const char *node_name)
{
    *wiper = (struct slice_wiper){ .client = client,
                                   .node_name = node_name,
                                   .backoff = BACKOFF_INIT(AGAIN_LEAST_MS, AGAIN_MOST_MS) };
}

void slice_wiper_add(struct slice_wiper *wiper, const char *driver)
{
    char *wanted = mem_strdup(driver ? driver : "");
    vec_push(&wiper->drivers, wanted);
    wipe_next(wiper);
}

void slice_wiper_stop(struct slice_wiper *wiper, void (*stopped)(struct slice_wiper *wiper))
{
    wiper->client = NULL;
    wiper->stopped = stopped;
    timer_stop(&wiper->retry);
    if (kube_call_in_flight(&wiper->call)) {
        kube_call_cancel(&wiper->call);
        return;
    }
    drop_all(wiper);
    stopped(wiper);
}
