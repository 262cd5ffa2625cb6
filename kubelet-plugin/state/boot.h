/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/base/error.h"

/* The kernel's id of this boot, without a newline, for the caller to free. PATH is NULL outside of tests. */
nodiscard struct error *boot_id_read(const char *path, char **out);
