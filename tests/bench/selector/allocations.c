/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts calls of the heap by standing in front of it. Sanitizers do that themselves, so a build with them
 * counts nothing.
 */

#include "tests/bench/selector/bench.h"

#include <stdlib.h>

static size_t n_allocations;

size_t heap_allocations(void)
{
    return n_allocations;
}

#ifdef BENCH_COUNTS_ALLOCATIONS

/* glibc's own names for what stands behind. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    n_allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    n_allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    n_allocations++;
    return __libc_realloc(memory, size);
}

#endif
