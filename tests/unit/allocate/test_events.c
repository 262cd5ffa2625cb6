/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random events on the incremental index, checked after each step against an index built anew.
 *
 *     test_events [STEPS [SEED]]
 *
 * 3,000 steps from a fixed seed in the suite; a million take some minutes in the optimized build.
 */

#include "api/base/time.h"
#include "tests/unit/allocate/world.h"

#include <malloc.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    unsigned long n_steps = argc > 1 ? strtoul(argv[1], NULL, 10) : 3000;
    unsigned seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 7;
    struct world *world = world_new((struct random){ .seed = seed });
    cleanup_buf struct buf said = BUF_INIT(4 << 20);
    uint64_t start = time_monotonic_nanos();
    unsigned long step = 0;
    bool agree = true;
    while (agree && step < n_steps) {
        world_step(world);
        agree = world_check(world, &said);
        step++;
        if (step % 100000 == 0)
            fprintf(stderr, "%lu steps, %zu KiB\n", step, mallinfo2().uordblks / 1024);
    }
    world_free(world);
    if (!agree)
        printf("seed %u, step %lu: %s\n", seed, step, buf_text(&said));
    printf("events: seed %u, %lu of %lu steps agree, %.0f s\n", seed, agree ? step : step - 1, n_steps,
           (double)(time_monotonic_nanos() - start) / 1e9);
    return !agree;
}
