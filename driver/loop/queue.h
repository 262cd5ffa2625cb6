/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A work queue by string key, with the meaning of client-go's: a key waits at most once, is never worked on
 * twice at the same time, and a key added while it is worked on comes again afterwards.
 *
 *     static void work(struct work_queue *queue, const char *key)
 *     {
 *         ... reconcile; now or later, exactly once: ...
 *         if (err)
 *             work_queue_add_rate_limited(queue, key);
 *         else
 *             work_queue_forget(queue, key);
 *         work_queue_finished(queue, key);
 *     }
 */

#include "api/base/map.h"
#include "driver/loop/timer.h"

struct work_item;

struct work_queue {
    /* set before start; zero takes the default */
    void (*work)(struct work_queue *queue, const char *key); /* KEY: until finished or stopped */
    size_t max_in_flight;                                    /* 1 */
    uint64_t least_delay_ms, most_delay_ms; /* 5 and 1,000,000: doubling per failure of a key */
    double per_second;                      /* 10: rate-limited adds of all keys together, */
    unsigned burst;                         /* 100: after so many at once */

    /* readable */
    size_t n_waiting;   /* ready, and not worked on */
    size_t n_in_flight; /* being worked on */

    /* private */
    struct loop *loop; /* NULL: stopped */
    struct map items;
    struct work_item *first, **last;
    struct deferred pump;
    double tokens;
    uint64_t tokens_at_ms;
};

void work_queue_start(struct work_queue *queue, struct loop *loop);

/* Forgets every key and calls work no more; finishing what was in flight is still allowed, and does nothing.
 */
void work_queue_stop(struct work_queue *queue);

/* All of these do nothing on a stopped queue. WORK is never called from inside them. */
void work_queue_add(struct work_queue *queue, const char *key);
void work_queue_add_after(struct work_queue *queue, const char *key,
                          uint64_t delay_ms);                                /* the earliest wins */
void work_queue_add_rate_limited(struct work_queue *queue, const char *key); /* one more failure */
void work_queue_forget(struct work_queue *queue, const char *key);           /* failures start over */
void work_queue_finished(struct work_queue *queue, const char *key);

/* How often KEY was added rate-limited since it was last forgotten. */
unsigned work_queue_failures(const struct work_queue *queue, const char *key);
