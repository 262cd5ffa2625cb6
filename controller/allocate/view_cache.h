/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Views of nodes (gather.h), kept from one search to the next: most events change neither what devices there
 * are nor where. A view is made anew when something that it was made from has another version.
 */

#include <stddef.h>

struct cached_view;

/* The latest used first. */
struct view_cache {
    struct cached_view *newest, *oldest;
    size_t weight;
};
