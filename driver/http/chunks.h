/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Chunked bodies, decoded byte-exactly: Debian's http-parser is built lax and takes any two bytes for the
 * line ends around chunks, which is how two servers come to disagree about where a request ends.
 */

#include "api/base/span.h"

#include <stdint.h>

enum chunk_state {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER_START,
    CHUNK_TRAILER,
    CHUNK_TRAILER_LF,
    CHUNK_END_LF,
    CHUNK_DONE,
    CHUNK_BAD,
};

struct chunk_decoder {
    enum chunk_state state; /* zeroed memory begins */
    uint64_t left;          /* of this chunk's data */
    unsigned n_digits;
    unsigned line_bytes; /* of extensions and trailers so far, all chunks together */
};

/* Reads from BYTES until a run of data, the end, an error, or no more bytes. Returns the bytes consumed. */
size_t chunk_decode(struct chunk_decoder *decoder, struct span bytes, struct span *data);
