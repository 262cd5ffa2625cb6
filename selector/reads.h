/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What of a device a program can see.
 */

#include "selector/program.h"

void find_reads(struct selector *sel);
