/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One type for everything that can go wrong. A function that can fail returns `struct error *`: NULL is
 * success, anything else belongs to the caller, who returns, wraps, reports or frees it.
 *
 * The kind is for code (retry or give up, the gRPC or HTTP status); the text is for people: what, where, why.
 */

#include "api/base/cleanup.h"
#include "api/base/compiler.h"

#include <stdarg.h>
#include <stdbool.h>

enum error_kind {
    ERROR_INVALID,     /* the input is wrong and stays wrong */
    ERROR_NOT_FOUND,   /* the thing named does not exist */
    ERROR_CONFLICT,    /* somebody else changed it, or holds it */
    ERROR_DENIED,      /* not allowed to */
    ERROR_EXHAUSTED,   /* a limit, a budget or a quota is reached */
    ERROR_UNAVAILABLE, /* not now; trying again later may help */
    ERROR_CANCELLED,   /* the caller, or a shutdown, gave up */
    ERROR_INTERNAL,    /* our own mistake */
};

struct error {
    enum error_kind kind;
    char *text;       /* "prepare claim ml/train-0: open /x: permission denied" */
    char *hint;       /* what to do about it, or NULL; the innermost hint wins */
    const char *file; /* where it was made, for debug output */
    int line;
    int number; /* errno or an HTTP status where one was the cause, else 0 */
};

#define error_new(kind, ...)     error_make(__FILE__, __LINE__, (kind), 0, __VA_ARGS__)
#define error_invalid(...)       error_new(ERROR_INVALID, __VA_ARGS__)
#define error_not_found(...)     error_new(ERROR_NOT_FOUND, __VA_ARGS__)
#define error_conflict(...)      error_new(ERROR_CONFLICT, __VA_ARGS__)
#define error_unavailable(...)   error_new(ERROR_UNAVAILABLE, __VA_ARGS__)
#define error_internal(...)      error_new(ERROR_INTERNAL, __VA_ARGS__)
#define error_errno(number, ...) error_from_errno(__FILE__, __LINE__, (number), __VA_ARGS__)

nodiscard struct error *error_make(const char *file, int line, enum error_kind kind, int number,
                                   const char *format, ...) format_printf(5, 6);

/* "FORMAT: strerror(NUMBER)", with the kind that NUMBER suggests. */
nodiscard struct error *error_from_errno(const char *file, int line, int number, const char *format, ...)
    format_printf(4, 5);

/* Puts "FORMAT: " in front of ERR's text. NULL stays NULL, at no more than the cost of looking: what stands
 * behind ERR is not evaluated then. */
#define error_wrap(err, ...)                                                                                 \
    ({                                                                                                       \
        struct error *wrapped_ = (err);                                                                      \
        wrapped_ ? error_put_before(wrapped_, __VA_ARGS__) : NULL;                                           \
    })
nodiscard struct error *error_put_before(struct error *err, const char *format, ...) format_printf(2, 3);

/* Adds advice, unless ERR has some already. NULL stays NULL. */
nodiscard struct error *error_hint(struct error *err, const char *format, ...) format_printf(2, 3);

nodiscard struct error *error_copy(const struct error *err);
void error_free(struct error *err);

/* "invalid", "not found", ... */
const char *error_kind_name(enum error_kind kind);

/* Whether doing the same thing again later may succeed. */
bool error_is_temporary(const struct error *err);

DEFINE_CLEANUP(cleanup_error_, struct error *, error_free)
#define cleanup_error __attribute__((cleanup(cleanup_error_)))

/* Returns from the calling function if EXPRESSION is an error. Our one macro that returns. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        struct error *try_error_ = (expression);                                                             \
        if (try_error_)                                                                                      \
            return try_error_;                                                                               \
    } while (0)
