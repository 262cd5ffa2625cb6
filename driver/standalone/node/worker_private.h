/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of a worker share: worker.c tells the story, worker_claims.c finds the pod's claims,
 * worker_runs.c starts its containers, worker_status.c tells the API about it.
 */

#include "driver/loop/backoff.h"
#include "driver/standalone/node/pod_status.h"
#include "driver/standalone/node/worker.h"

enum worker_state {
    WORKER_AWAIT_CLAIMS,
    WORKER_AWAIT_PREPARE,
    WORKER_RUNNING,
    WORKER_STOPPING,
    WORKER_AWAIT_UNPREPARE,
    WORKER_REPORTING,
    WORKER_ENDED,
    WORKER_AWAIT_DELETE,
    WORKER_GONE,
};

struct worker {
    struct worker_room *room;
    struct kube_object *first, *latest; /* as it came (the containers are its), and as it is now */
    enum worker_state state;
    struct deferred next;
    struct timer retry;
    struct backoff backoff;
    struct prepare prepare;
    bool preparing; /* a call is in flight */
    bool vanished;  /* not in the API any more */
    bool abandoned; /* we stop; the pod does not */
    bool reported;  /* the final status is written */
    bool inherited; /* it had ended before we saw it: there is nothing to say */
    int64_t abandon_grace_seconds;
    VEC(struct prepare_claim) claims;
    VEC(struct kube_object *) claim_objects;
    VEC(struct container_run) runs; /* init containers first; never grows, its items stay where they are */
    const char *outcome;            /* "Succeeded", "Failed", or NULL */
    int64_t started;

    struct kube_call status, deletion;
    struct arena *written_arena;
    struct value *written; /* the last status that the server took */
    struct arena *sent_arena;
    struct value *sent; /* on its way */
    struct timer status_again;
};

static inline const struct pod *worker_pod(const struct worker *worker)
{
    return worker->latest->typed;
}

/* Where its containers' logs are. */
static inline const char *worker_log_folder(const struct worker *worker, struct arena *arena)
{
    return arena_printf(arena, "%s/%s_%s_%s", worker->room->log_folder, worker->first->namespace,
                        worker->first->name, worker->first->uid);
}

/* The story goes on in the loop's next turn, so that callbacks need not care who called them. */
void worker_go_on(struct worker *worker);
bool worker_is_deleted(const struct worker *worker);
void worker_say(struct worker *worker, enum event_type type, const char *reason, const char *text);

/* Writes the status if there is anything new to say. */
void worker_write_status(struct worker *worker);
struct pod_report worker_report(const struct worker *worker);

/* The pod's claims, all of them usable, or why not. */
nodiscard struct error *worker_gather_claims(struct worker *worker);
void worker_forget_claims(struct worker *worker);

void worker_add_runs(struct worker *worker, const struct container *containers, size_t n_containers,
                     bool is_init);
/* Starts what has to run now, in the order that init containers ask for. */
void worker_tend_runs(struct worker *worker);
