/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's log is a file that the node role appends to:
 * FOLDER/NAMESPACE_POD_UID/CONTAINER.log. Reading is a job per piece; with follow=true the file is looked at
 * again until the peer leaves or the container has ended and its file has been read to the end.
 *
 *     READ -- a piece --> write, and READ again (after on_drain, if the socket is full)
 *          -- the end --> WAIT a while if following, else done
 */
#include "driver/standalone/rest/pods.h"

#include "api/base/time.h"
#include "driver/loop/job.h"
#include "driver/loop/timer.h"
#include "driver/standalone/rest/read.h"
#include "driver/standalone/rest/request.h"
#include "driver/standalone/rest/server.h"
#include "driver/standalone/rest/status_error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { PIECE_BYTES = 64 * 1024, LOOK_AGAIN_MS = 200 };

struct log_stream {
    struct request *req;
    struct collection *pods;
    struct job job;
    struct timer again;
    int64_t tail_lines;  /* -1: from the start */
    int64_t limit_bytes; /* still to be sent; -1: no limit */
    bool follow;
    bool closed; /* by the peer */
    bool last;   /* the container had ended before this read */

    /* the job's */
    char *path;
    int fd;
    int64_t offset;
    size_t n_read;
    int failure; /* errno */
    char piece[PIECE_BYTES];
};

/* --- the job --- */

/* Where the last TAIL_LINES lines begin. */
static int64_t tail_offset(int fd, int64_t size, int64_t tail_lines, char *piece)
{
    int64_t end = size;
    char last;
    if (end > 0 && pread(fd, &last, 1, end - 1) == 1 && last == '\n')
        end--;
    int64_t lines = 0;
    while (end > 0) {
        int64_t start = end > PIECE_BYTES ? end - PIECE_BYTES : 0;
        ssize_t n = pread(fd, piece, (size_t)(end - start), start);
        for (ssize_t i = n; i-- > 0;)
            if (piece[i] == '\n' && ++lines == tail_lines)
                return start + i + 1;
        if (n <= 0)
            break;
        end = start;
    }
    return 0;
}

static void log_open(struct log_stream *log)
{
    log->fd = open(log->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat stat;
    if (log->fd < 0 || fstat(log->fd, &stat) != 0)
        log->failure = errno;
    else if (log->tail_lines == 0)
        log->offset = stat.st_size;
    else if (log->tail_lines > 0)
        log->offset = tail_offset(log->fd, stat.st_size, log->tail_lines, log->piece);
}

static void log_work(struct job *job)
{
    struct log_stream *log = container_of(job, struct log_stream, job);
    log->n_read = 0;
    log->failure = 0;
    if (log->fd < 0)
        log_open(log);
    if (log->failure)
        return;
    ssize_t n = pread(log->fd, log->piece, sizeof(log->piece), log->offset);
    if (n < 0)
        log->failure = errno;
    else
        log->n_read = (size_t)n;
    log->offset += (int64_t)log->n_read;
}

/* --- the loop's side --- */

static void on_read(struct job *job, bool cancelled);

static void log_read(struct log_stream *log)
{
    job_start(&log->job, rest_loop(log->req->server), log_work, on_read);
}

static void log_end(struct log_stream *log)
{
    struct request *req = log->req;
    timer_stop(&log->again);
    if (log->fd >= 0)
        close(log->fd);
    free(log->path);
    free(log);
    http_response_end(req->exchange);
    request_free(req);
}

/* Whether the container may still write. */
static bool is_running(const struct log_stream *log)
{
    const struct target *target = &log->req->target;
    const struct object *pod = collection_find(log->pods, span_of(target->namespace), span_of(target->name));
    const char *phase = pod ? value_path_string(pod->tree, "status.phase") : "Failed";
    return !phase || (strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0);
}

static void on_again(struct timer *timer)
{
    log_read(container_of(timer, struct log_stream, again));
}

static void on_drain(struct http_exchange *x)
{
    log_read(x->owner);
}

static void on_close(struct http_exchange *x)
{
    struct log_stream *log = x->owner;
    log->closed = true;
    if (!job_is_running(&log->job))
        log_end(log);
}

/* Sends what was read; false while the socket is full. */
static bool log_send(struct log_stream *log)
{
    size_t length = log->n_read;
    if (log->limit_bytes >= 0 && (int64_t)length > log->limit_bytes)
        length = (size_t)log->limit_bytes;
    if (log->limit_bytes >= 0)
        log->limit_bytes -= (int64_t)length;
    return length == 0 || http_response_write(log->req->exchange, (struct span){ log->piece, length });
}

static void on_read(struct job *job, bool cancelled)
{
    struct log_stream *log = container_of(job, struct log_stream, job);
    struct loop *loop = rest_loop(log->req->server);
    bool absent = log->failure == ENOENT;
    if (log->closed || cancelled || loop_is_stopping(loop) || (log->failure && !absent)) {
        log_end(log);
        return;
    }
    bool room = log_send(log);
    if (log->limit_bytes == 0) {
        log_end(log);
    } else if (!room) {
        return; /* on_drain goes on */
    } else if (log->n_read > 0) {
        log_read(log);
    } else if (!log->follow || log->last) {
        log_end(log);
    } else {
        log->last = !is_running(log);
        timer_start(&log->again, loop, LOOK_AGAIN_MS, on_again);
    }
}

/* --- the start --- */

static bool has_container(const struct value *pod, const char *list, const char *name)
{
    value_each (value_get(value_get(pod, "spec"), list), container) {
        const char *its_name = value_string(value_get(container, "name"));
        if (its_name && strcmp(its_name, name) == 0)
            return true;
    }
    return false;
}

static struct error *choose_container(struct request *req, const struct value *pod, const char **out)
{
    const char *asked = query_get(&req->query, "container");
    const struct value *containers = value_path(pod, "spec.containers");
    if (asked && *asked) {
        *out = asked;
        if (has_container(pod, "containers", asked) || has_container(pod, "initContainers", asked))
            return NULL;
        return refuse_bad_request(req, "container %s is not valid for pod %s", asked, req->target.name);
    }
    if (value_length(containers) != 1)
        return refuse_bad_request(req, "a container name must be specified for pod %s", req->target.name);
    *out = value_string(value_get(value_at(containers, 0), "name"));
    return NULL;
}

static bool has_started(const struct value *pod, const char *container)
{
    static const char *const lists[] = { "containerStatuses", "initContainerStatuses" };
    const struct value *statuses = value_get(pod, "status");
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        value_each (value_get(statuses, lists[i]), status) {
            const char *name = value_string(value_get(status, "name"));
            if (name && strcmp(name, container) == 0)
                return value_path(status, "state.running") || value_path(status, "state.terminated") ||
                       value_path(status, "lastState.terminated");
        }
    }
    return false;
}

static struct error *parse_count(struct request *req, const char *name, int64_t *out)
{
    const char *text = query_get(&req->query, name);
    char *end = NULL;
    *out = -1;
    if (!text || !*text)
        return NULL;
    *out = strtoll(text, &end, 10);
    return *end || *out < 0 ? refuse_bad_request(req, "%s: Invalid value: \"%s\"", name, text) : NULL;
}

struct error *pod_log(struct request *req)
{
    struct object *pod;
    const char *container, *folder = rest_settings(req->server)->log_folder;
    int64_t tail_lines, limit_bytes;
    bool follow;
    TRY(target_object(req, &pod));
    TRY(choose_container(req, pod->tree, &container));
    TRY(parse_count(req, "tailLines", &tail_lines));
    TRY(parse_count(req, "limitBytes", &limit_bytes));
    TRY(query_get_bool(&req->query, "follow", &follow));
    if (!folder)
        return refuse_request(req, 501, "NotImplemented", "this server has no node whose logs it could read");
    if (!has_started(pod->tree, container))
        return refuse_bad_request(req,
                                  "container \"%s\" in pod \"%s\" is waiting to start: ContainerCreating",
                                  container, req->target.name);

    struct log_stream *log = NEW(struct log_stream);
    log->req = req;
    log->pods = req->target.resource->collection;
    log->tail_lines = tail_lines;
    log->limit_bytes = limit_bytes;
    log->follow = follow;
    log->fd = -1;
    if (asprintf(&log->path, "%s/%s_%s_%s/%s.log", folder, req->target.namespace, req->target.name,
                 value_path_string(pod->tree, "metadata.uid"), container) < 0)
        out_of_memory(0);
    req->exchange->owner = log;
    req->exchange->on_drain = on_drain;
    req->exchange->on_close = on_close;
    http_response_start(req->exchange, 200, "text/plain");
    log_read(log);
    return NULL;
}
