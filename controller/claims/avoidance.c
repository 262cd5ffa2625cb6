/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/avoidance.h"
#include "api/base/memory.h"

#include <string.h>

enum {
    LEAST_MS = 1000,
    MOST_MS = 300000,
};

void avoidance_begin(struct avoidance *avoidance, const char *node, uint64_t now_ms)
{
    uint64_t delay_ms = LEAST_MS;
    for (unsigned i = 0; i < avoidance->n_times && delay_ms < MOST_MS; i++)
        delay_ms *= 2;
    char *copy = mem_strdup(node);
    free(avoidance->node);
    avoidance->node = copy;
    avoidance->until_ms = now_ms + (delay_ms < MOST_MS ? delay_ms : MOST_MS);
    avoidance->n_times++;
}

void avoidance_end(struct avoidance *avoidance)
{
    free(avoidance->node);
    *avoidance = (struct avoidance){ 0 };
}

bool avoidance_holds(const struct avoidance *avoidance, const char *node, uint64_t now_ms)
{
    return avoidance->node && now_ms < avoidance->until_ms && strcmp(avoidance->node, node) == 0;
}
