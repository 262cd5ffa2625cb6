/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Variables that clean up after themselves when they go out of scope. Success takes the value away:
 *
 *     cleanup_free char *path = ...;
 *     ...
 *     *out = take(path);
 *
 * A type with a destructor gets its own word next to its declaration by DEFINE_CLEANUP.
 */

#include "api/base/compiler.h"

#include <stdlib.h>
#include <unistd.h>

/* The value of VARIABLE, which is NULL afterwards: ownership moves on. */
#define take(variable)                                                                                       \
    ({                                                                                                       \
        __auto_type taken_ = (variable);                                                                     \
        (variable) = NULL;                                                                                   \
        taken_;                                                                                              \
    })

/* Likewise for descriptors, for which -1 is "none". */
#define take_fd(variable)                                                                                    \
    ({                                                                                                       \
        int taken_ = (variable);                                                                             \
        (variable) = -1;                                                                                     \
        taken_;                                                                                              \
    })

/* Defines NAME(TYPE **) that calls FUNCTION on what is there, for __attribute__((cleanup(NAME))). */
#define DEFINE_CLEANUP(name, type, function)                                                                 \
    static inline unused_ok void name(type *variable)                                                        \
    {                                                                                                        \
        if (*variable)                                                                                       \
            function(*variable);                                                                             \
    }

static inline void cleanup_free_(void *variable)
{
    free(*(void **)variable);
}

static inline void cleanup_close_(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define cleanup_free  __attribute__((cleanup(cleanup_free_)))
#define cleanup_close __attribute__((cleanup(cleanup_close_)))
