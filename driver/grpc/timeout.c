/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubelet's 45 s arrive as "44999912u": what is left, in the finest unit that fits.
 */

#include "driver/grpc/timeout.h"

#include "api/base/compiler.h"

#include <stdio.h>

enum { MAX_DIGITS = 8 };

static const struct {
    char letter;
    uint64_t nanos;
} units[] = {
    { 'n', 1 },
    { 'u', 1000 },
    { 'm', 1000 * 1000 },
    { 'S', 1000ull * 1000 * 1000 },
    { 'M', 60ull * 1000 * 1000 * 1000 },
    { 'H', 3600ull * 1000 * 1000 * 1000 },
};

struct error *grpc_timeout_parse(struct span text, uint64_t *out_nanos)
{
    size_t n_digits = text.length ? text.length - 1 : 0;
    if (n_digits < 1 || n_digits > MAX_DIGITS)
        return error_invalid("grpc-timeout: expected one to eight digits and a unit");

    uint64_t value = 0;
    for (size_t i = 0; i < n_digits; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return error_invalid("grpc-timeout: expected a digit at position %zu", i + 1);
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (units[i].letter != text.data[n_digits])
            continue;
        uint64_t most = INT64_MAX / units[i].nanos;
        *out_nanos = value > most ? INT64_MAX : value * units[i].nanos;
        return NULL;
    }
    return error_invalid("grpc-timeout: the unit is none of H, M, S, m, u, n");
}

void grpc_timeout_format(uint64_t nanos, char out[GRPC_TIMEOUT_TEXT_SIZE])
{
    enum { MOST = 99999999 };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        uint64_t value = nanos / units[i].nanos + (nanos % units[i].nanos != 0);
        bool last = i + 1 == ARRAY_LEN(units);
        if (value > MOST && !last)
            continue;
        snprintf(out, GRPC_TIMEOUT_TEXT_SIZE, "%u%c", (unsigned)(value > MOST ? MOST : value),
                 units[i].letter);
        return;
    }
}
