/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What libFuzzer (or replay_main.c) calls for each input. A broken promise is an abort, as by assert.
 */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
