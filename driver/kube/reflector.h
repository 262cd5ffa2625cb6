/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lists and watches one kind for as long as it runs, and tells its owner what it sees. The cache stands on
 * it.
 *
 *   LISTING -- last page --> WATCHING -- ended --> WATCHING again, from where it was
 *      ^                        |
 *      +---- WAITING <----------+ 410 or an error: backoff, then list anew
 *
 * Upstream: client-go tools/cache/reflector.go.
 */

#include "driver/kube/client.h"
#include "driver/kube/watch_frames.h"
#include "driver/loop/backoff.h"

struct reflector_stats {
    uint64_t n_lists, n_watches, n_events, n_bookmarks, n_expired, n_failures;
    const char *last_error;
};

struct reflector {
    /* set before start */
    const struct kube_resource *resource;
    const char *namespace, *label_selector, *field_selector; /* must stay */
    void (*on_list_begin)(struct reflector *reflector);
    void (*on_listed)(struct reflector *reflector, const struct value *object); /* borrowed */
    void (*on_list_end)(struct reflector *reflector);
    /* GONE: it was deleted, and OBJECT is its last state. */
    void (*on_event)(struct reflector *reflector, const struct value *object, bool gone);
    void (*on_freed)(struct reflector *reflector); /* after stop: nothing is in flight any more */

    /* private */
    struct kube_client *client;
    struct loop *loop;
    bool stopped;
    struct kube_call list;
    struct http_request watch;
    bool watching;
    struct timer wait;
    struct deferred freed;
    struct backoff backoff;
    struct watch_frames frames;
    char *resource_version;
    char *continue_token;
    char *error_text;
    bool without_pages; /* a continue token expired: the next list comes in one piece */
    bool list_anew;
    struct reflector_stats stats;
};

void reflector_start(struct reflector *reflector, struct kube_client *client);
/* No callback but on_freed comes any more. */
void reflector_stop(struct reflector *reflector);
