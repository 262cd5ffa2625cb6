/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Every point at which a crash must be survived calls crash_point. Tests have it stop the work there, as a
 * kill would: the first N steps happen, the rest does not, and everything in memory is forgotten.
 */

#include <stdbool.h>

/* True: stop here, at once, without undoing or reporting anything. Always false outside of tests. */
bool crash_point(const char *what);

/* For tests: CRASH decides; NULL goes back to never. */
void crash_points_set(bool (*crash)(void *ctx, const char *what), void *ctx);
