/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libuv wants its handle until the close callback; the owner wants to be rid of it at once. Hence the handle
 * lives on the heap and points back, until the link is closed.
 */

#include "driver/grpc/link.h"

#include "api/base/memory.h"
#include "driver/grpc/h2.h"
#include "driver/loop/uv.h"

#include <assert.h>

enum { READ_BYTES = 64 << 10, MAX_WRITE_BYTES = 4 * H2_SEND_BYTES };

struct link_pipe {
    uv_pipe_t handle;
    uv_connect_t connect;
    uv_write_t write;
    struct buf out;
    bool is_writing;
    struct link *link; /* NULL: closed, waiting for libuv to let go */
    char in[READ_BYTES];
};

static void on_closed(uv_handle_t *handle)
{
    struct link_pipe *pipe = container_of(handle, struct link_pipe, handle);
    buf_done(&pipe->out);
    free(pipe);
}

static void pipe_open(struct link *link, struct loop *loop)
{
    assert(!link->pipe);
    struct link_pipe *pipe = NEW(struct link_pipe);
    pipe->out = BUF_INIT(MAX_WRITE_BYTES);
    pipe->link = link;
    link->pipe = pipe;
    uv_pipe_init(loop_uv(loop), &pipe->handle, 0);
}

void link_close(struct link *link)
{
    struct link_pipe *pipe = take(link->pipe);
    if (!pipe)
        return;
    pipe->link = NULL;
    uv_close((uv_handle_t *)&pipe->handle, on_closed);
}

static void tell_end(struct link_pipe *pipe, int status, const char *what)
{
    struct link *link = pipe->link;
    if (!link)
        return;
    uv_read_stop((uv_stream_t *)&pipe->handle);
    link->on_end(link, status == UV_EOF ? NULL : error_uv(status, "%s", what));
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct link_pipe *pipe = container_of(handle, struct link_pipe, handle);
    *out = uv_buf_init(pipe->in, sizeof(pipe->in));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes)
{
    struct link_pipe *pipe = container_of(stream, struct link_pipe, handle);
    if (length < 0)
        tell_end(pipe, (int)length, "read");
    else if (length > 0 && pipe->link)
        pipe->link->on_bytes(pipe->link, (struct span){ bytes->base, (size_t)length });
}

static struct error *start_reading(struct link *link)
{
    int status = uv_read_start((uv_stream_t *)&link->pipe->handle, on_alloc, on_read);
    return status < 0 ? error_uv(status, "read from the connection") : NULL;
}

static void on_written(uv_write_t *write, int status)
{
    struct link_pipe *pipe = container_of(write, struct link_pipe, write);
    pipe->is_writing = false;
    if (!pipe->link)
        return;
    if (status < 0)
        tell_end(pipe, status, "write");
    else
        link_flush(pipe->link);
}

void link_flush(struct link *link)
{
    struct link_pipe *pipe = link->pipe;
    if (!pipe || pipe->is_writing)
        return;
    buf_clear(&pipe->out);
    link->fill(link, &pipe->out);
    if (pipe->out.length == 0 || link->pipe != pipe)
        return;
    assert(!pipe->out.overflowed);

    uv_buf_t bytes = uv_buf_init(pipe->out.data, (unsigned)pipe->out.length);
    int status = uv_write(&pipe->write, (uv_stream_t *)&pipe->handle, &bytes, 1, on_written);
    pipe->is_writing = status == 0;
    if (status < 0)
        tell_end(pipe, status, "write");
}

bool link_is_flushed(const struct link *link)
{
    return !link->pipe || !link->pipe->is_writing;
}

struct error *link_accept(struct link *link, struct loop *loop, uv_stream_t *listener)
{
    pipe_open(link, loop);
    int status = uv_accept(listener, (uv_stream_t *)&link->pipe->handle);
    struct error *err = status < 0 ? error_uv(status, "accept a connection") : start_reading(link);
    if (err)
        link_close(link);
    return err;
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct link_pipe *pipe = container_of(connect, struct link_pipe, connect);
    struct link *link = pipe->link;
    if (!link)
        return;
    struct error *err = status < 0 ? error_uv(status, "connect") : start_reading(link);
    if (err)
        link->on_end(link, err);
    else if (link->on_open)
        link->on_open(link);
}

void link_connect(struct link *link, struct loop *loop, const char *path)
{
    pipe_open(link, loop);
    uv_pipe_connect(&link->pipe->connect, &link->pipe->handle, path, on_connected);
}
