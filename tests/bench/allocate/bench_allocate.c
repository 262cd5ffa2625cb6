/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allocator in figures, one JSON line each.
 *
 *     bench_allocate [fill|event|memory|hard|shapes]
 *
 * `tests/run bench allocate` shows them as tables, beside Kubernetes' allocator where that can do the same.
 */

#include "tests/bench/allocate/bench.h"

void figure_print(const char *name, double value, const char *unit, double goal, bool least)
{
    printf("{\"figure\":\"own\",\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"goal\":%.0f,\"least\":%s}\n",
           name, value, unit, goal, least ? "true" : "false");
    fflush(stdout);
}

static const struct family {
    const char *name;
    void (*measure)(void);
} families[] = {
    { "fill", bench_fill }, { "event", bench_event },   { "memory", bench_memory },
    { "hard", bench_hard }, { "shapes", bench_shapes },
};

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (!only || strcmp(only, families[i].name) == 0)
            families[i].measure();
    }
    return 0;
}
