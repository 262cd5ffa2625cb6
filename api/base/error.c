/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors grow at the front: each wrap puts what the caller was doing before the text that is there.
 */

#include "api/base/error.h"

#include "api/base/memory.h"

#include <errno.h>
#include <stdio.h>

static char *format_text(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        out_of_memory(0);
    return text;
}

static struct error *make(const char *file, int line, enum error_kind kind, int number, char *text)
{
    struct error *err = NEW(struct error);
    *err = (struct error){ .kind = kind, .text = text, .file = file, .line = line, .number = number };
    return err;
}

struct error *error_make(const char *file, int line, enum error_kind kind, int number, const char *format,
                         ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_text(format, args);
    va_end(args);
    return make(file, line, kind, number, text);
}

static enum error_kind kind_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR: return ERROR_NOT_FOUND;
    case EEXIST:
    case EBUSY: return ERROR_CONFLICT;
    case EACCES:
    case EPERM:
    case EROFS: return ERROR_DENIED;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case EFBIG: return ERROR_EXHAUSTED;
    case EINVAL:
    case ENAMETOOLONG:
    case EISDIR: return ERROR_INVALID;
    case ECANCELED: return ERROR_CANCELLED;
    default: return ERROR_UNAVAILABLE;
    }
}

struct error *error_from_errno(const char *file, int line, int number, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *text = format_text(format, args);
    va_end(args);
    return error_make(file, line, kind_of_errno(number), number, "%s: %s", text, strerror(number));
}

struct error *error_put_before(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *front = format_text(format, args);
    va_end(args);

    char *whole = NULL;
    if (asprintf(&whole, "%s: %s", front, err->text) < 0)
        out_of_memory(0);
    free(err->text);
    err->text = whole;
    return err;
}

struct error *error_hint(struct error *err, const char *format, ...)
{
    if (!err || err->hint)
        return err;
    va_list args;
    va_start(args, format);
    err->hint = format_text(format, args);
    va_end(args);
    return err;
}

struct error *error_copy(const struct error *err)
{
    if (!err)
        return NULL;
    struct error *copy = make(err->file, err->line, err->kind, err->number, mem_strdup(err->text));
    copy->hint = err->hint ? mem_strdup(err->hint) : NULL;
    return copy;
}

void error_free(struct error *err)
{
    if (!err)
        return;
    free(err->text);
    free(err->hint);
    free(err);
}

const char *error_kind_name(enum error_kind kind)
{
    switch (kind) {
    case ERROR_INVALID: return "invalid";
    case ERROR_NOT_FOUND: return "not found";
    case ERROR_CONFLICT: return "conflict";
    case ERROR_DENIED: return "denied";
    case ERROR_EXHAUSTED: return "exhausted";
    case ERROR_UNAVAILABLE: return "unavailable";
    case ERROR_CANCELLED: return "cancelled";
    case ERROR_INTERNAL: return "internal";
    }
    return "unknown";
}

bool error_is_temporary(const struct error *err)
{
    return err &&
           (err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_CONFLICT || err->kind == ERROR_EXHAUSTED);
}
