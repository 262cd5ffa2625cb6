/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET ...?watch=true: the events of a collection as a stream of JSON lines. A watch is a place in the store's
 * history that moves forward as fast as its reader takes what it is sent; a reader that falls out of the
 * window is told "410 Expired" and lists again.
 */

#include "driver/standalone/rest/request.h"

struct watches;

struct watches *watches_new(struct loop *loop, struct store *store);
/* Ends every stream, as a server does that goes down. */
void watches_end(struct watches *watches);
/* After watches_end. */
void watches_free(struct watches *watches);

nodiscard struct error *serve_watch(struct request *req);
