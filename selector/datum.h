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
    DATUM_QUANTITY,
    DATUM_SEMVER,
    DATUM_URL,
    DATUM_FORMAT,
    DATUM_IP,
    DATUM_CIDR,
    DATUM_ERROR, /* an evaluation error is a value, since `true || error` is true */
    DATUM_UNSET, /* inside the machine: a name whose initializer has not run yet */
};

enum text_form {
    TEXT_UNMEASURED,
    TEXT_ASCII, /* as many code points as bytes */
};

struct datum {
    uint8_t kind; /* enum datum_kind */
    uint8_t
        form; /* of lists and maps: how they are stored; of strings: enum text_form; of errors: which one */
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

/* A string that borrows TEXT, and knows whether it is ASCII. */
static inline struct datum datum_measured(struct span text)
{
    bool ascii = true;
    for (size_t i = 0; i < text.length; i++)
        ascii &= (unsigned char)text.data[i] < 0x80;
    return (struct datum){ .kind = DATUM_STRING,
                           .form = ascii ? TEXT_ASCII : TEXT_UNMEASURED,
                           .size = (uint32_t)text.length,
                           .text = text.data };
}
