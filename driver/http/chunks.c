/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/http/chunks.h"

#include <stdbool.h>

enum {
    MAX_SIZE_DIGITS = 15, /* no overflow, and far above any limit for bodies */
    MAX_LINE_BYTES = 8 * 1024,
};

static bool is_text(char c)
{
    return c == '\t' || ((unsigned char)c >= 0x20 && (unsigned char)c != 0x7f);
}

static enum chunk_state expect(char c, char want, enum chunk_state next)
{
    return c == want ? next : CHUNK_BAD;
}

/* Extensions and trailers are read over, within a limit. */
static enum chunk_state skip_text(struct chunk_decoder *decoder, char c, enum chunk_state at_end)
{
    if (c == '\r')
        return at_end;
    return is_text(c) && ++decoder->line_bytes <= MAX_LINE_BYTES ? decoder->state : CHUNK_BAD;
}

static enum chunk_state read_size(struct chunk_decoder *decoder, char c)
{
    int digit = hex_value(c);
    if (digit >= 0) {
        decoder->left = decoder->left * 16 + (unsigned)digit;
        return ++decoder->n_digits <= MAX_SIZE_DIGITS ? CHUNK_SIZE : CHUNK_BAD;
    }
    if (!decoder->n_digits)
        return CHUNK_BAD;
    return c == '\r' ? CHUNK_SIZE_LF : c == ';' ? CHUNK_EXTENSION : CHUNK_BAD;
}

static enum chunk_state next_state(struct chunk_decoder *decoder, char c)
{
    switch (decoder->state) {
    case CHUNK_SIZE: return read_size(decoder, c);
    case CHUNK_EXTENSION: return skip_text(decoder, c, CHUNK_SIZE_LF);
    case CHUNK_SIZE_LF: return expect(c, '\n', decoder->left ? CHUNK_DATA : CHUNK_TRAILER_START);
    case CHUNK_DATA_CR: return expect(c, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF: decoder->n_digits = 0; return expect(c, '\n', CHUNK_SIZE);
    case CHUNK_TRAILER_START:
        if (c == '\r')
            return CHUNK_END_LF;
        return is_text(c) && c != ' ' && c != '\t' ? CHUNK_TRAILER : CHUNK_BAD;
    case CHUNK_TRAILER: return skip_text(decoder, c, CHUNK_TRAILER_LF);
    case CHUNK_TRAILER_LF: return expect(c, '\n', CHUNK_TRAILER_START);
    case CHUNK_END_LF: return expect(c, '\n', CHUNK_DONE);
    case CHUNK_DATA:
    case CHUNK_DONE:
    case CHUNK_BAD: break;
    }
    return decoder->state;
}

size_t chunk_decode(struct chunk_decoder *decoder, struct span bytes, struct span *data)
{
    *data = (struct span){ NULL, 0 };
    size_t at = 0;
    while (at < bytes.length && decoder->state != CHUNK_DONE && decoder->state != CHUNK_BAD) {
        if (decoder->state != CHUNK_DATA) {
            decoder->state = next_state(decoder, bytes.data[at++]);
            continue;
        }
        *data = span_skip(bytes, at);
        if (data->length >= decoder->left) {
            data->length = (size_t)decoder->left;
            decoder->state = CHUNK_DATA_CR;
        }
        decoder->left -= data->length;
        return at + data->length;
    }
    return at;
}
