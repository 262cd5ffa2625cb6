/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Numbers as text, the way Go prints and reads them.
 */

#include "api/base/buf.h"
#include "selector/machine.h"

/* The shortest digits that read back; exponent form below 10^-4 and from 10^6 (Go's %g). */
void number_format_shortest(double number, struct buf *out);

bool number_parse_int(struct span text, int64_t *out);
bool number_parse_uint(struct span text, uint64_t *out);
bool number_parse_double(struct span text, double *out);
