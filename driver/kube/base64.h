/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/base/buf.h"

/* Appends the bytes that TEXT (RFC 4648, padded; line breaks are skipped) stands for. */
nodiscard struct error *base64_decode(struct span text, struct buf *out);

/* Appends BYTES as one padded line. */
void base64_encode(struct span bytes, struct buf *out);
