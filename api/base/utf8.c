/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/utf8.h"

int32_t utf8_decode(struct span bytes, size_t *length)
{
    const unsigned char *at = (const unsigned char *)bytes.data;
    *length = 1;
    if (bytes.length == 0)
        return -1;
    if (at[0] < 0x80)
        return at[0];
    size_t need = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || bytes.length < need)
        return -1;
    int32_t code = at[0] & (0x7f >> need);
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return -1;
        code = code << 6 | (at[i] & 0x3f);
    }
    bool overlong = (need == 3 && code < 0x800) || (need == 4 && code < 0x10000);
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (overlong || surrogate || code > 0x10ffff)
        return -1;
    *length = need;
    return code;
}

size_t utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((0xf00 >> length) | code);
    return length;
}

bool utf8_is_valid(struct span bytes)
{
    for (size_t length; bytes.length; bytes = span_skip(bytes, length))
        if (utf8_decode(bytes, &length) < 0)
            return false;
    return true;
}

size_t utf8_count(struct span bytes)
{
    size_t count = 0;
    for (size_t length; bytes.length; bytes = span_skip(bytes, length), count++)
        utf8_decode(bytes, &length);
    return count;
}

struct span utf8_truncate(struct span bytes, size_t max)
{
    if (bytes.length <= max)
        return bytes;
    while (max > 0 && ((unsigned char)bytes.data[max] & 0xc0) == 0x80)
        max--;
    return (struct span){ bytes.data, max };
}

void utf8_append_repaired(struct buf *out, struct span bytes)
{
    for (size_t length; bytes.length; bytes = span_skip(bytes, length)) {
        if (utf8_decode(bytes, &length) < 0)
            buf_add(out, "\xef\xbf\xbd");
        else
            buf_append(out, bytes.data, length);
    }
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* The bytes at the front that JSON quotes as they are; nearly all there are. */
static size_t plain_run(struct span bytes)
{
    size_t length = 0;
    while (length < bytes.length && is_plain((unsigned char)bytes.data[length]))
        length++;
    return length;
}

static void quote_one(struct buf *out, struct span character, int32_t code)
{
    switch (code) {
    case '"': buf_add(out, "\\\""); return;
    case '\\': buf_add(out, "\\\\"); return;
    case '\n': buf_add(out, "\\n"); return;
    case '\r': buf_add(out, "\\r"); return;
    case '\t': buf_add(out, "\\t"); return;
    case -1: buf_add(out, "\xef\xbf\xbd"); return;
    default: break;
    }
    if (code < 0x20)
        buf_printf(out, "\\u%04x", (unsigned)code);
    else
        buf_add_span(out, character);
}

void json_quote(struct buf *out, struct span bytes)
{
    buf_add_char(out, '"');
    for (size_t length; bytes.length; bytes = span_skip(bytes, length)) {
        length = plain_run(bytes);
        if (length) {
            buf_append(out, bytes.data, length);
            continue;
        }
        int32_t code = utf8_decode(bytes, &length);
        quote_one(out, (struct span){ bytes.data, length }, code);
    }
    buf_add_char(out, '"');
}
