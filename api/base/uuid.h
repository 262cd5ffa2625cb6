/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Random UUIDs (RFC 4122 version 4) in the canonical lower-case form.
 */

#include "api/base/span.h"

#include <stdbool.h>

enum { UUID_TEXT_SIZE = 37 };

void uuid_make(char out[UUID_TEXT_SIZE]);

/* Lower-case 8-4-4-4-12 hexadecimal digits. */
bool uuid_is_canonical(struct span text);

/* LENGTH characters of the alphabet of Kubernetes' generated names, and a NUL. */
void random_name_suffix(char *out, size_t length);
