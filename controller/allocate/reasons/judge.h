/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What keeps one device from one demand, when nothing else is asked for: the first reason in the order of
 * enum reason. DETAIL gets what the reason's name does not tell; NULL: nobody asks, since only the first
 * device of a reason is an example.
 */

#include "api/base/buf.h"
#include "controller/allocate/reasons/explanation.h"
#include "controller/allocate/state/state.h"

/* Whether a selector of the class or of the request does; sets *REASON then. */
bool demand_refuses(struct search *search, const struct demand *demand, const struct card *card,
                    enum reason *reason, struct buf *detail);

/* What else does; REASON_AVAILABLE: nothing. */
enum reason candidate_judge(struct search *search, const struct claim_state *claim,
                            const struct demand *demand, struct candidate *candidate, struct buf *detail);
