/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/loop/backoff.h"

#include <limits.h>
#include <stdlib.h>

uint64_t backoff_delay(uint64_t least_ms, uint64_t most_ms, unsigned n_failures)
{
    if (least_ms >= most_ms || n_failures >= 63 || least_ms > most_ms >> n_failures)
        return most_ms;
    return least_ms << n_failures;
}

uint64_t backoff_next(struct backoff *backoff)
{
    uint64_t delay = backoff_delay(backoff->least_ms, backoff->most_ms, backoff->n_failures);
    if (backoff->n_failures < UINT_MAX)
        backoff->n_failures++;
    uint64_t jitter = delay / 100 * backoff->jitter_percent + delay % 100 * backoff->jitter_percent / 100;
    if (jitter > UINT32_MAX - 1)
        jitter = UINT32_MAX - 1;
    return delay - arc4random_uniform((uint32_t)jitter + 1);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->n_failures = 0;
}
