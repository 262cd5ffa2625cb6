/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl tells which sockets to watch and when to wake it; we tell it what happened. It must not be called
 * back from inside its own callbacks, so these only arm things.
 */

#include "driver/http/curl_pool.h"

#include "api/base/memory.h"
#include "driver/loop/uv.h"

#include <assert.h>

/* Outlives libcurl's interest until libuv has closed the handle. */
struct watched_socket {
    uv_poll_t poll;
    struct curl_pool *pool;
    curl_socket_t fd;
};

static void on_closed(uv_handle_t *handle)
{
    free(container_of((uv_poll_t *)handle, struct watched_socket, poll));
}

static void act(struct curl_pool *pool, curl_socket_t fd, int events)
{
    int n_running;
    curl_multi_socket_action(pool->multi, fd, events, &n_running);
    pool->on_activity(pool);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watched_socket *watched = container_of(poll, struct watched_socket, poll);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
    flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    act(watched->pool, watched->fd, flags);
}

static struct watched_socket *watch(struct curl_pool *pool, curl_socket_t fd)
{
    struct watched_socket *watched = NEW(struct watched_socket);
    if (uv_poll_init_socket(loop_uv(pool->loop), &watched->poll, fd) < 0) {
        free(watched); /* libcurl's own timeouts will notice that nothing happens */
        return NULL;
    }
    watched->pool = pool;
    watched->fd = fd;
    curl_multi_assign(pool->multi, fd, watched);
    return watched;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *known)
{
    (void)easy;
    struct curl_pool *pool = ctx;
    struct watched_socket *watched = known;
    if (what == CURL_POLL_REMOVE) {
        curl_multi_assign(pool->multi, fd, NULL);
        if (watched)
            uv_close((uv_handle_t *)&watched->poll, on_closed);
        return 0;
    }
    if (!watched)
        watched = watch(pool, fd);
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    if (watched)
        uv_poll_start(&watched->poll, events, on_poll);
    return 0;
}

static void on_time(struct timer *timer)
{
    act(container_of(timer, struct curl_pool, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *ctx)
{
    (void)multi;
    struct curl_pool *pool = ctx;
    if (timeout_ms < 0)
        timer_stop(&pool->timer);
    else
        timer_start(&pool->timer, pool->loop, (uint64_t)timeout_ms, on_time);
    return 0;
}

struct curl_pool *curl_pool_new(struct loop *loop, unsigned max_connections,
                                void (*on_activity)(struct curl_pool *pool))
{
    struct curl_pool *pool = NEW(struct curl_pool);
    pool->multi = must(curl_multi_init(), 0);
    pool->loop = loop;
    pool->on_activity = on_activity;
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)max_connections);
    /* Otherwise idle connections beyond four times the requests in flight are closed, which after a burst is
     * nearly all of them, and the next burst makes every handshake anew. */
    curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)max_connections);
    curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    return pool;
}

void curl_pool_free(struct curl_pool *pool)
{
    if (!pool)
        return;
    assert(!pool->n_transfers);
    curl_multi_cleanup(pool->multi);
    timer_stop(&pool->timer);
    free(pool);
}

CURL *curl_pool_next_ended(struct curl_pool *pool, CURLcode *code)
{
    int n_left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(pool->multi, &n_left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        *code = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
