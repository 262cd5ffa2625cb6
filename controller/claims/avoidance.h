/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a claim had better not be allocated again: on the node on which its allocation vanished before any
 * pod could use it. It holds for a while, which doubles from one time to the next.
 */

#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing is avoided. */
struct avoidance {
    char *node;
    uint64_t until_ms;
    unsigned n_times;
};

void avoidance_begin(struct avoidance *avoidance, const char *node, uint64_t now_ms);
/* The claim was of use after all. Also frees. */
void avoidance_end(struct avoidance *avoidance);
bool avoidance_holds(const struct avoidance *avoidance, const char *node, uint64_t now_ms);
