/* SPDX-License-Identifier: Apache-2.0 */

#include "selector/network.h"

#include <arpa/inet.h>
#include <ctype.h>

enum { MAX_ADDRESS_TEXT = 64 };

static bool is_mapped(const struct address *address)
{
    static const unsigned char front[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    return address->length == 16 && memcmp(address->bytes, front, sizeof(front)) == 0;
}

const char *address_parse(struct span text, struct address *out)
{
    char copy[MAX_ADDRESS_TEXT];
    if (text.length >= sizeof(copy) || memchr(text.data, '\0', text.length))
        return "unable to parse IP";
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    if (strchr(copy, '%'))
        return "IP address with zone value is not allowed";
    *out = (struct address){ .length = 4 };
    if (inet_pton(AF_INET, copy, out->bytes) == 1)
        return NULL;
    out->length = 16;
    if (inet_pton(AF_INET6, copy, out->bytes) != 1)
        return "unable to parse IP";
    return is_mapped(out) ? "IPv4-mapped IPv6 address is not allowed" : NULL;
}

const char *cidr_parse(struct span text, struct address *out)
{
    struct span bits;
    struct span address = span_split(text, '/', &bits);
    const char *wrong = address_parse(address, out);
    if (wrong)
        return wrong;
    bool leading_zero = bits.length > 1 && bits.data[0] == '0';
    if (!bits.length || bits.length > 3 || leading_zero)
        return "network address parse error: bad prefix length";
    unsigned prefix = 0;
    for (size_t i = 0; i < bits.length; i++) {
        if (!isdigit((unsigned char)bits.data[i]))
            return "network address parse error: bad prefix length";
        prefix = prefix * 10 + (unsigned)(bits.data[i] - '0');
    }
    if (prefix > out->length * 8u)
        return "network address parse error: prefix length out of range";
    out->prefix = (uint8_t)prefix;
    return NULL;
}

/* The longest run of two and more zero groups, RFC 5952's "::". */
static void longest_zeros(const unsigned char *bytes, int *first, int *count)
{
    *first = -1;
    *count = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && !bytes[2 * (i + n)] && !bytes[2 * (i + n) + 1])
            n++;
        if (n > *count) {
            *first = i;
            *count = n;
        }
        i += n;
    }
}

void address_format(const struct address *address, struct buf *out)
{
    const unsigned char *bytes = address->bytes;
    if (address->length == 4) {
        buf_printf(out, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
        return;
    }
    int first, count;
    longest_zeros(bytes, &first, &count);
    for (int i = 0; i < 8; i++) {
        if (i == first) {
            buf_add(out, "::");
            i += count - 1;
            continue;
        }
        bool colon = i && i != first + count;
        buf_printf(out, "%s%x", colon || (i && first < 0) ? ":" : "", bytes[2 * i] << 8 | bytes[2 * i + 1]);
    }
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->length == b->length && a->prefix == b->prefix && memcmp(a->bytes, b->bytes, a->length) == 0;
}

struct address address_masked(struct address address)
{
    for (unsigned bit = address.prefix; bit < address.length * 8u; bit++)
        address.bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
    return address;
}

bool address_contains(const struct address *outer, const struct address *inner, unsigned bits)
{
    if (outer->length != inner->length || bits < outer->prefix)
        return false;
    struct address masked = *inner, wanted = address_masked(*outer);
    masked.prefix = outer->prefix;
    masked = address_masked(masked);
    return memcmp(masked.bytes, wanted.bytes, outer->length) == 0;
}

unsigned address_bytes(const struct address *address)
{
    return address->length;
}

unsigned address_prefix_bytes(const struct address *address)
{
    return (address->prefix + 7u) / 8;
}
