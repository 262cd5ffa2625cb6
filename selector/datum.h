/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One value of the language in sixteen bytes. Small things stand in the datum itself; larger ones are
 * borrowed from the program, the device view, the JSON tree or the scratch area they came from.
 */

#include "api/base/span.h"

#include <stdint.h>

enum datum_kind {
    DATUM_NULL,
    DATUM_BOOL,
    DATUM_INT,
    DATUM_UINT,
    DATUM_DOUBLE,
    DATUM_STRING,
    DATUM_BYTES,
    DATUM_LIST,
    DATUM_MAP,
    DATUM_TYPE,
    DATUM_TIMESTAMP, /* integer: seconds since 1970; size: nanoseconds; offset: minutes east of UTC */
    DATUM_DURATION,  /* integer: nanoseconds */
    DATUM_OPTIONAL,  /* item: NULL if empty */
    DATUM_DEVICE,
    DATUM_QUANTITY,
    DATUM_SEMVER,
    DATUM_URL,
    DATUM_FORMAT,
    DATUM_IP,
    DATUM_CIDR,
    DATUM_ERROR, /* an evaluation error is a value, since `true || error` is true */
    DATUM_UNSET, /* inside the machine: a name whose initializer has not run yet */
};

struct datum {
    uint8_t kind;   /* enum datum_kind */
    uint8_t form;   /* of lists and maps: how they are stored; of errors: which one */
    int16_t offset; /* of timestamps */
    uint32_t size;  /* bytes of strings, items of lists and maps, nanoseconds of timestamps */
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double number;
        const char *text; /* strings, bytes, type names; no NUL behind them */
        const struct datum *items;
        const struct datum *item;
        const void *object; /* the rest, by kind and form */
    };
};

static inline struct span datum_span(const struct datum *datum)
{
    return (struct span){ datum->text, datum->size };
}
