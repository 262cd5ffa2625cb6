/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/searcher.h"
#include "api/base/memory.h"

struct order_list {
    struct order *first, **last;
    size_t length;
};

struct searcher {
    struct loop *loop;
    struct searcher_options options;
    struct order_list waiting; /* the loop's */
    struct deferred begin, gone;
    void (*stopped)(void *ctx);
    void *stopped_ctx;

    struct job job; /* while it runs, what follows is the worker's */
    struct clerk *clerk;
    struct order_list batch;
    struct replies replies;
};

static void list_clear(struct order_list *list)
{
    *list = (struct order_list){ .last = &list->first };
}

static struct order *list_pop(struct order_list *list)
{
    struct order *order = list->first;
    if (!order)
        return NULL;
    list->first = order->next;
    list->length--;
    if (!list->first)
        list->last = &list->first;
    order->next = NULL;
    return order;
}

static void list_free(struct order_list *list)
{
    for (struct order *order; (order = list_pop(list));)
        order_free(order);
}

static void list_move(struct order_list *from, struct order_list *to)
{
    *to = *from;
    if (!to->first)
        to->last = &to->first;
    list_clear(from);
}

static void on_gone(struct deferred *deferred)
{
    struct searcher *searcher = container_of(deferred, struct searcher, gone);
    void (*stopped)(void *ctx) = searcher->stopped;
    void *ctx = searcher->stopped_ctx;
    list_free(&searcher->waiting);
    list_free(&searcher->batch);
    for (struct reply *reply; (reply = replies_pop(&searcher->replies));)
        reply_free(reply);
    clerk_free(searcher->clerk);
    free(searcher);
    stopped(ctx);
}

static void work(struct job *job)
{
    struct searcher *searcher = container_of(job, struct searcher, job);
    for (struct order *order; (order = list_pop(&searcher->batch));)
        clerk_work(searcher->clerk, order, &searcher->replies);
    clerk_wake(searcher->clerk, &searcher->replies);
}

static void on_begin(struct deferred *deferred);

static void done(struct job *job, bool cancelled)
{
    struct searcher *searcher = container_of(job, struct searcher, job);
    (void)cancelled; /* only when stopping */
    struct reply *reply;
    while (!searcher->stopped && (reply = replies_pop(&searcher->replies)))
        searcher->options.on_reply(searcher->options.ctx, reply);
    if (searcher->stopped)
        loop_defer(searcher->loop, &searcher->gone, on_gone);
    else if (searcher->waiting.first)
        loop_defer(searcher->loop, &searcher->begin, on_begin);
}

/* From the loop, so that everything that one turn brings makes one batch. */
static void on_begin(struct deferred *deferred)
{
    struct searcher *searcher = container_of(deferred, struct searcher, begin);
    if (job_is_running(&searcher->job))
        return;
    list_move(&searcher->waiting, &searcher->batch);
    job_start(&searcher->job, searcher->loop, work, done);
}

struct searcher *searcher_new(struct loop *loop, const struct searcher_options *options)
{
    struct searcher *searcher = NEW(struct searcher);
    searcher->loop = loop;
    searcher->options = *options;
    searcher->clerk = clerk_new(&options->features, options->tolerations, options->n_tolerations);
    list_clear(&searcher->waiting);
    list_clear(&searcher->batch);
    replies_init(&searcher->replies);
    return searcher;
}

void searcher_stop(struct searcher *searcher, void (*stopped)(void *ctx), void *ctx)
{
    searcher->stopped = stopped;
    searcher->stopped_ctx = ctx;
    deferred_stop(&searcher->begin);
    if (job_is_running(&searcher->job))
        job_cancel(&searcher->job);
    else
        loop_defer(searcher->loop, &searcher->gone, on_gone);
}

void searcher_send(struct searcher *searcher, struct order *order)
{
    *searcher->waiting.last = order;
    searcher->waiting.last = &order->next;
    searcher->waiting.length++;
    if (!job_is_running(&searcher->job))
        loop_defer(searcher->loop, &searcher->begin, on_begin);
}

size_t searcher_queue_length(const struct searcher *searcher)
{
    return searcher->waiting.length;
}
