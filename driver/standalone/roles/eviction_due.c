/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a pod has to leave. A toleration counts here only if its effect is literally NoExecute, as upstream
 * has it, though for allocation an empty one tolerates everything.
 */

#include "api/base/time.h"
#include "driver/standalone/roles/eviction.h"

#include <stdio.h>

static bool counts(const struct toleration *toleration, const struct taint *taint)
{
    return toleration->effect && strcmp(toleration->effect, "NoExecute") == 0 &&
           toleration_matches(toleration, taint);
}

/* How long RESULT tolerates TAINT: false for ever, else the seconds. */
static bool tolerated_seconds(const struct allocation_result *result, const struct taint *taint, int64_t *out)
{
    bool tolerated = false, limited = false;
    int64_t least = 0;
    for (size_t i = 0; i < result->n_tolerations; i++) {
        const struct toleration *toleration = &result->tolerations[i];
        if (!counts(toleration, taint))
            continue;
        tolerated = true;
        if (!toleration->has_seconds)
            continue;
        int64_t seconds = toleration->seconds > 0 ? toleration->seconds : 0;
        least = limited && least < seconds ? least : seconds;
        limited = true;
    }
    *out = least;
    return !tolerated || limited;
}

void eviction_consider(struct eviction *eviction, const struct allocation_result *result,
                       const struct taint *taint)
{
    int64_t seconds, since = 0;
    if (taint->effect != EFFECT_NO_EXECUTE || !tolerated_seconds(result, taint, &seconds))
        return;
    if (taint->time_added)
        error_free(time_parse(span_of(taint->time_added), &since));
    int64_t most = (INT64_MAX - since) / 1000000;
    int64_t due = since + (seconds < most ? seconds : most) * 1000000;
    if (eviction->due && eviction->micros <= due)
        return;
    eviction->due = true;
    eviction->micros = due;
    snprintf(eviction->reason, sizeof(eviction->reason), "device %s/%s/%s has taint %s", result->driver,
             result->pool, result->device, taint->key);
}
