/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as events on the inventory: nodes, slices, claims, classes and rules come, change and go, and after
 * each the incremental index answers as one that is built anew. Each byte is a choice of
 * tests/unit/allocate/world.c.
 */

#include "tests/fuzz/fuzz.h"
#include "tests/unit/allocate/world.h"

#include <assert.h>
#include <stdio.h>

enum { MAX_STEPS = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *world = world_new((struct random){ .bytes = data, .n_bytes = size });
    cleanup_buf struct buf said = BUF_INIT(4 << 20);
    for (int step = 0; step < MAX_STEPS && world->random.n_bytes; step++) {
        world_step(world);
        if (world_check(world, &said))
            continue;
        fprintf(stderr, "step %d: %s\n", step, buf_text(&said));
        assert(!"the indexes differ");
    }
    world_free(world);
    return 0;
}
