/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/prepare/steps.h"

#include <stddef.h>

static void (*crash_hook)(void *ctx, const char *what);
static void *crash_ctx;

void crash_point(const char *what)
{
    if (crash_hook)
        crash_hook(crash_ctx, what);
}

void crash_points_set(void (*crash)(void *ctx, const char *what), void *ctx)
{
    crash_hook = crash;
    crash_ctx = ctx;
}
