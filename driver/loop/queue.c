/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work queue. A key has an item as long as there is anything to remember about it:
 *
 *     DELAYED -- time is up --> WAITING -- a place is free --> IN FLIGHT -- finished --> gone, unless it has
 *        ^                        ^                                |        failures, a delay, or ...
 *        |                        +---- added meanwhile: again ----+
 *        +-- add_after, add_rate_limited, in any state
 */

#include "driver/loop/queue.h"

#include "api/base/memory.h"
#include "driver/loop/backoff.h"

#include <assert.h>
#include <limits.h>

struct work_item {
    struct work_queue *queue;
    struct work_item *next; /* in the line of those that wait */
    bool waiting, in_flight, again;
    unsigned n_failures;
    struct timer delay;
    char key[];
};

static struct work_item *item_find(const struct work_queue *queue, const char *key)
{
    return map_get(&queue->items, key);
}

static struct work_item *item_obtain(struct work_queue *queue, const char *key)
{
    struct work_item *item = item_find(queue, key);
    if (item)
        return item;
    size_t length = strlen(key);
    item = mem_new(1, sizeof(*item) + length + 1);
    memcpy(item->key, key, length);
    item->queue = queue;
    map_put(&queue->items, key, item);
    return item;
}

static void item_drop_if_idle(struct work_item *item)
{
    if (item->waiting || item->in_flight || item->n_failures || timer_is_running(&item->delay))
        return;
    map_remove(&item->queue->items, span_of(item->key));
    free(item);
}

static bool can_begin(const struct work_queue *queue)
{
    return queue->first && queue->n_in_flight < queue->max_in_flight;
}

/* Begins one piece of work; calling out comes last, since WORK may stop the queue. */
static void pump(struct deferred *deferred)
{
    struct work_queue *queue = container_of(deferred, struct work_queue, pump);
    if (!can_begin(queue))
        return;
    struct work_item *item = queue->first;
    queue->first = item->next;
    if (!queue->first)
        queue->last = &queue->first;
    queue->n_waiting--;
    queue->n_in_flight++;
    item->waiting = false;
    item->in_flight = true;
    if (can_begin(queue))
        loop_defer(queue->loop, &queue->pump, pump);
    queue->work(queue, item->key);
}

static void item_add(struct work_item *item)
{
    struct work_queue *queue = item->queue;
    if (item->in_flight) {
        item->again = true;
        return;
    }
    if (item->waiting)
        return;
    item->waiting = true;
    item->next = NULL;
    *queue->last = item;
    queue->last = &item->next;
    queue->n_waiting++;
    loop_defer(queue->loop, &queue->pump, pump);
}

static void on_delay_over(struct timer *timer)
{
    item_add(container_of(timer, struct work_item, delay));
}

static void item_add_after(struct work_item *item, uint64_t delay_ms)
{
    if (timer_is_running(&item->delay) && timer_left_ms(&item->delay) <= delay_ms)
        return;
    timer_start(&item->delay, item->queue->loop, delay_ms, on_delay_over);
}

/* How long the token bucket of all keys together makes this one wait. */
static uint64_t bucket_delay(struct work_queue *queue)
{
    uint64_t now = loop_now(queue->loop);
    queue->tokens += (double)(now - queue->tokens_at_ms) * queue->per_second / 1000;
    queue->tokens_at_ms = now;
    if (queue->tokens > queue->burst)
        queue->tokens = queue->burst;
    queue->tokens -= 1;
    return queue->tokens >= 0 ? 0 : (uint64_t)(-queue->tokens / queue->per_second * 1000);
}

void work_queue_start(struct work_queue *queue, struct loop *loop)
{
    assert(!queue->loop && queue->work);
    queue->loop = loop;
    queue->last = &queue->first;
    if (!queue->max_in_flight)
        queue->max_in_flight = 1;
    if (!queue->least_delay_ms)
        queue->least_delay_ms = 5;
    if (!queue->most_delay_ms)
        queue->most_delay_ms = 1000 * 1000;
    if (queue->per_second <= 0)
        queue->per_second = 10;
    if (!queue->burst)
        queue->burst = 100;
    queue->tokens = queue->burst;
    queue->tokens_at_ms = loop_now(loop);
}

void work_queue_stop(struct work_queue *queue)
{
    if (!queue->loop)
        return;
    queue->loop = NULL;
    deferred_stop(&queue->pump);
    map_each (&queue->items, entry) {
        struct work_item *item = entry->value;
        timer_stop(&item->delay);
        free(item);
    }
    map_done(&queue->items);
    queue->first = NULL;
    queue->n_waiting = queue->n_in_flight = 0;
}

void work_queue_add(struct work_queue *queue, const char *key)
{
    if (queue->loop)
        item_add(item_obtain(queue, key));
}

void work_queue_add_after(struct work_queue *queue, const char *key, uint64_t delay_ms)
{
    if (!queue->loop)
        return;
    if (delay_ms)
        item_add_after(item_obtain(queue, key), delay_ms);
    else
        work_queue_add(queue, key);
}

void work_queue_add_rate_limited(struct work_queue *queue, const char *key)
{
    if (!queue->loop)
        return;
    struct work_item *item = item_obtain(queue, key);
    uint64_t delay = backoff_delay(queue->least_delay_ms, queue->most_delay_ms, item->n_failures);
    uint64_t shared_delay = bucket_delay(queue);
    if (item->n_failures < UINT_MAX)
        item->n_failures++;
    item_add_after(item, delay > shared_delay ? delay : shared_delay);
}

void work_queue_forget(struct work_queue *queue, const char *key)
{
    struct work_item *item = queue->loop ? item_find(queue, key) : NULL;
    if (!item)
        return;
    item->n_failures = 0;
    item_drop_if_idle(item);
}

void work_queue_finished(struct work_queue *queue, const char *key)
{
    struct work_item *item = queue->loop ? item_find(queue, key) : NULL;
    if (!item || !item->in_flight)
        return;
    item->in_flight = false;
    queue->n_in_flight--;
    if (item->again) {
        item->again = false;
        item_add(item);
    } else {
        item_drop_if_idle(item);
    }
    if (can_begin(queue))
        loop_defer(queue->loop, &queue->pump, pump);
}

unsigned work_queue_failures(const struct work_queue *queue, const char *key)
{
    const struct work_item *item = queue->loop ? item_find(queue, key) : NULL;
    return item ? item->n_failures : 0;
}
