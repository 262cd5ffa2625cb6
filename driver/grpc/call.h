/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One call that came in. The handler of its method gets it, with the request's bytes, and ends it exactly
 * once: by grpc_call_reply, by grpc_call_fail, or, after any number of grpc_call_send, by grpc_call_finish.
 * It may do so at once or later; ending gives back the handler's reference.
 *
 * A call outlives its stream. When the client gives up, the deadline passes, the connection ends or the
 * server stops, the call is cancelled: on_cancel is called, once, and whatever is sent afterwards is dropped.
 * It still has to be ended, by the same three functions, so that work in progress can be brought to a
 * consistent state.
 *
 * All of this belongs to the loop's thread.
 */

#include "api/base/cleanup.h"
#include "api/base/error.h"
#include "api/base/span.h"
#include "driver/grpc/status.h"

#include <stdint.h>

struct grpc_call;

struct grpc_method {
    const char *path; /* "/package.Service/Method" */

    /* Gets the call, which is now the handler's to end. */
    void (*handle)(struct grpc_call *call, void *context);
    void *context;
};

/* The request message; lives as long as the call. */
struct span grpc_call_request(const struct grpc_call *call);

/* The method's path. */
const char *grpc_call_path(const struct grpc_call *call);

/* When the client stops waiting, on time_monotonic_nanos' clock; UINT64_MAX if it waits for ever. */
uint64_t grpc_call_deadline(const struct grpc_call *call);

bool grpc_call_is_cancelled(const struct grpc_call *call);

/*
 * ON_CANCEL is called from the loop when CALL is cancelled before it was ended, never from within another
 * function of this header. If it is cancelled already, it will be called all the same, soon. NULL takes it
 * back.
 */
void grpc_call_on_cancel(struct grpc_call *call, void (*on_cancel)(struct grpc_call *call, void *data),
                         void *data);

/* Ends the call with one message and status OK. The bytes are copied. */
void grpc_call_reply(struct grpc_call *call, struct span message);

/* Ends the call with the code that ERR's kind means, and its text (hint included). Takes ERR, which is not
 * NULL. */
void grpc_call_fail(struct grpc_call *call, struct error *err);

/* Likewise with a code of the caller's choice. */
void grpc_call_fail_with(struct grpc_call *call, enum grpc_code code, const char *message);

/*
 * For streams: sends MESSAGE (copied) and leaves the call open. A client that reads too slowly gets the
 * newest message only: one that still waits when the next is sent is replaced by it. False if the call is
 * cancelled.
 */
bool grpc_call_send(struct grpc_call *call, struct span message);

/* Ends a stream with status OK, after what was sent last. */
void grpc_call_finish(struct grpc_call *call);

/* For whoever needs to look at a call after it was ended. */
struct grpc_call *grpc_call_ref(struct grpc_call *call);
void grpc_call_unref(struct grpc_call *call);
