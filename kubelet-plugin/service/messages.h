/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The DRA service's messages: bytes from kubelet in, bytes to kubelet out. v1 and v1beta1 are the same on the
 * wire but for a device's share id, which only v1 has.
 */

#include "api/base/arena.h"
#include "api/base/buf.h"
#include "kubelet-plugin/state/record.h"

enum { MAX_CLAIMS_PER_CALL = 1024 };

struct claim_ref {
    const char *namespace, *uid, *name;
};

/*
 * Reads a NodePrepareResourcesRequest or NodeUnprepareResourcesRequest (they are alike) into ARENA.
 * ERROR_INVALID for what kubelet would never send: no protobuf, a uid that could not be a file's name.
 */
nodiscard struct error *claims_decode(struct arena *arena, struct span message, struct claim_ref **out,
                                      size_t *n_out);

/* What became of one claim. Strings are borrowed. */
struct claim_answer {
    const char *uid;
    const struct error *err; /* NULL: it is prepared */
    const struct recorded_device *devices;
    size_t n_devices;
};

void prepare_answer_encode(const struct claim_answer *answers, size_t n_answers, bool with_share_ids,
                           struct buf *out);
void unprepare_answer_encode(const struct claim_answer *answers, size_t n_answers, struct buf *out);
