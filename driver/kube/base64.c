/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubeconfig files carry certificates and keys as base64.
 */

#include "driver/kube/base64.h"

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

struct error *base64_decode(struct span text, struct buf *out)
{
    uint32_t bits = 0;
    int n_digits = 0, n_padding = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c == '\n' || c == '\r')
            continue;
        int digit = digit_of(c);
        if (c == '=' && n_digits >= 2) {
            digit = 0;
            n_padding++;
        } else if (digit < 0 || n_padding) {
            return error_invalid("byte %zu is not base64", i);
        }
        bits = bits << 6 | (uint32_t)digit;
        if (++n_digits < 4)
            continue;
        const char bytes[3] = { (char)(bits >> 16), (char)(bits >> 8), (char)bits };
        buf_append(out, bytes, (size_t)(3 - n_padding));
        bits = 0;
        n_digits = 0;
    }
    if (n_digits)
        return error_invalid("base64 text is cut short");
    return buf_check(out);
}

void base64_encode(struct span bytes, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t n_left = bytes.length - i;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < n_left ? (unsigned char)bytes.data[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            buf_add_char(out, j <= n_left ? digits[bits >> (18 - 6 * j) & 63] : '=');
    }
}
