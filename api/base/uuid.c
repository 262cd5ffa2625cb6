/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomness is the kernel's. Asking for it costs more than all else, so each thread asks for a stock of it
 * at a time; a process that forks does not share the stock with its child.
 */

#include "api/base/uuid.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum { STOCK_SIZE = 256 }; /* what the kernel gives without interruption */

static _Thread_local struct {
    unsigned char bytes[STOCK_SIZE];
    size_t n_left; /* at the end */
} stock;

static pthread_once_t stock_once = PTHREAD_ONCE_INIT;

static void stock_drop(void)
{
    stock.n_left = 0;
}

/* Only the thread that forks lives on in the child. */
static void stock_watch_forks(void)
{
    if (pthread_atfork(NULL, NULL, stock_drop) != 0)
        abort();
}

static void stock_fill(void)
{
    pthread_once(&stock_once, stock_watch_forks);
    while (getrandom(stock.bytes, sizeof(stock.bytes), 0) != (ssize_t)sizeof(stock.bytes)) {
    }
    stock.n_left = sizeof(stock.bytes);
}

/* LENGTH bytes, at most a stock full, good until the next call. */
static const unsigned char *random_bytes(size_t length)
{
    if (stock.n_left < length)
        stock_fill();
    stock.n_left -= length;
    return stock.bytes + sizeof(stock.bytes) - stock.n_left - length;
}

void uuid_make(char out[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    static const unsigned char places[16] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34 };
    unsigned char bytes[16];
    memcpy(bytes, random_bytes(sizeof(bytes)), sizeof(bytes));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    out[8] = out[13] = out[18] = out[23] = '-';
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[places[i]] = digits[bytes[i] >> 4];
        out[places[i] + 1] = digits[bytes[i] & 0x0f];
    }
    out[UUID_TEXT_SIZE - 1] = '\0';
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
    for (size_t i = 0; i < length;) {
        unsigned char byte = *random_bytes(1);
        if (byte >= 256 / (sizeof(alphabet) - 1) * (sizeof(alphabet) - 1))
            continue; /* keeps the letters equally likely */
        out[i++] = alphabet[byte % (sizeof(alphabet) - 1)];
    }
    out[length] = '\0';
}
