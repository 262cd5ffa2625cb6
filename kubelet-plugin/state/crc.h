/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/base/span.h"

#include <stdint.h>

/* CRC-32 as in zip and Ethernet (IEEE 802.3). */
uint32_t crc32_of(struct span bytes);
