/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Folders that are not needed any more.
 */

#include "driver/loop/loop.h"

/* Removes the folder at PATH with all that is in it, on a worker; an absent one is fine. Symlinks are not
 * followed. */
void folder_remove_later(struct loop *loop, const char *path);
