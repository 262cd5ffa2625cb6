/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/prepare/steps.h"

#include <stddef.h>

static bool (*decide)(void *ctx, const char *what);
static void *decide_ctx;

bool crash_point(const char *what)
{
    return decide && decide(decide_ctx, what);
}

void crash_points_set(bool (*crash)(void *ctx, const char *what), void *ctx)
{
    decide = crash;
    decide_ctx = ctx;
}
