/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Numbers as text, the way Go prints and reads them.
 */

#include "api/base/buf.h"
#include "selector/machine.h"

/* The shortest digits that read back; in exponent form below 10^LEAST and from 10^MOST (20 either way, at
 * most). */
void number_format(double number, int least, int most, struct buf *out);
/* With -4 and 6, as Go's %g has it. */
void number_format_shortest(double number, struct buf *out);

bool number_parse_int(struct span text, int64_t *out);
bool number_parse_uint(struct span text, uint64_t *out);
bool number_parse_double(struct span text, double *out);
