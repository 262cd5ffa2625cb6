/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half a byte at a time: a table of sixteen entries, small enough to be seen through.
 */

#include "kubelet-plugin/state/crc.h"

/* What four zero bits behind N do to the remainder, for the reflected polynomial 0xedb88320. */
static const uint32_t remainders[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                         0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                         0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                         0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };

uint32_t crc32_of(struct span bytes)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < bytes.length; i++) {
        crc ^= (unsigned char)bytes.data[i];
        crc = crc >> 4 ^ remainders[crc & 15];
        crc = crc >> 4 ^ remainders[crc & 15];
    }
    return ~crc;
}
