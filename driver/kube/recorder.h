/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Events on objects. The same event again counts up the one that is there instead of making another; more
 * than a burst about one object waits, and what finds no place is dropped and counted: events never hold
 * anybody up.
 */

#include "driver/kube/client.h"

struct recorder;

struct event_target {
    const char *api_version;
    const char *kind;
    const char *namespace; /* NULL or "": cluster-scoped; its events stand in "default" */
    const char *name;
    const char *uid;
    const char *resource_version; /* or NULL */
};

enum event_type { EVENT_NORMAL, EVENT_WARNING };

/* COMPONENT is who reports ("tranche-controller"), HOST the node or NULL. */
nodiscard struct error *recorder_new(struct kube_client *client, const char *component, const char *host,
                                     struct recorder **out);
void recorder_stop(struct recorder *recorder);

/* REASON is one word in CamelCase. The message is cut at 1,024 bytes. Never fails; a NULL recorder is fine.
 */
void recorder_event(struct recorder *recorder, const struct event_target *target, enum event_type type,
                    const char *reason, const char *format, ...) format_printf(5, 6);

/* TARGET of an object as the API shows it, borrowed from it. */
struct event_target event_target_of(const struct value *tree, const struct kube_resource *resource);

uint64_t recorder_dropped(const struct recorder *recorder);
