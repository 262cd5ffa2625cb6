/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static void random_bytes(unsigned char *bytes, size_t length)
{
    for (size_t have = 0; have < length;) {
        ssize_t got = getrandom(bytes + have, length - have, 0);
        if (got > 0)
            have += (size_t)got;
    }
}

void uuid_make(char out[UUID_TEXT_SIZE])
{
    unsigned char b[16];
    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, UUID_TEXT_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}

bool uuid_is_canonical(struct span text)
{
    if (text.length != UUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex =
            (text.data[i] >= '0' && text.data[i] <= '9') || (text.data[i] >= 'a' && text.data[i] <= 'f');
        if (dash ? text.data[i] != '-' : !hex)
            return false;
    }
    return true;
}

void random_name_suffix(char *out, size_t length)
{
    /* apimachinery's util/rand: no vowels and nothing that reads like another letter */
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    unsigned char byte;
    for (size_t i = 0; i < length;) {
        random_bytes(&byte, 1);
        if (byte >= 256 / (sizeof(alphabet) - 1) * (sizeof(alphabet) - 1))
            continue; /* keeps the letters equally likely */
        out[i++] = alphabet[byte % (sizeof(alphabet) - 1)];
    }
    out[length] = '\0';
}
