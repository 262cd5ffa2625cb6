/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Every point at which a crash must be survived says so here. Tests end the process at one of them, as a kill
 * would, and look at what the next start makes of it. Outside of tests this does nothing.
 */
void crash_point(const char *what);

/* CRASH need not return. NULL goes back to nothing. */
void crash_points_set(void (*crash)(void *ctx, const char *what), void *ctx);
