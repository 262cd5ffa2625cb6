/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Heap memory that is there or the process is not: running out aborts, since a restart is cheap and what
 * matters is on disk. Sizes that come from outside are bounded before they get here.
 */

#include "api/base/compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

noreturn_function static inline void out_of_memory(size_t size)
{
    fprintf(stderr, "out of memory: %zu bytes\n", size);
    abort();
}

static inline void *must(void *memory, size_t size)
{
    if (!memory)
        out_of_memory(size);
    return memory;
}

/* COUNT objects of SIZE bytes, zeroed. The caller frees. */
nodiscard static inline void *mem_new(size_t count, size_t size)
{
    return must(calloc(count ? count : 1, size ? size : 1), size);
}

nodiscard static inline void *mem_resize(void *memory, size_t count, size_t size)
{
    return must(reallocarray(memory, count ? count : 1, size ? size : 1), size);
}

nodiscard static inline char *mem_strdup(const char *text)
{
    return must(strdup(text), 0);
}

nodiscard static inline char *mem_strndup(const char *text, size_t length)
{
    return must(strndup(text, length), length);
}

#define NEW(type) ((type *)mem_new(1, sizeof(type)))
