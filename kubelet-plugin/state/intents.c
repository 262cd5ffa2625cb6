/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "tranche-intents 1 bytes=xxxxxxxx crc32=xxxxxxxx", then each record as its own file would have it, with its
 * length in front. The file is overwritten in place and never shrinks, so that syncing it is one write of
 * data to the disk and no change of metadata.
 */

#include "kubelet-plugin/state/intents.h"

#include "api/base/file.h"
#include "kubelet-plugin/state/codec.h"
#include "kubelet-plugin/state/crc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define HEAD_FORMAT   "tranche-intents 1 bytes=%08zx crc32=%08x\n"
#define LENGTH_FORMAT "%08zx\n"

enum {
    HEAD_LENGTH = sizeof("tranche-intents 1 bytes=00000000 crc32=00000000\n") - 1,
    LENGTH_LENGTH = 9,
    MAX_INTENTS_BYTES = 64 * 1024 * 1024,
};

static struct error *add_record(struct buf *out, const struct record *record)
{
    cleanup_buf struct buf bytes = BUF_INIT(MAX_RECORD_BYTES + 64);
    TRY(error_wrap(record_encode(record, &bytes), "record of claim %s/%s", record->namespace, record->name));
    buf_printf(out, LENGTH_FORMAT, bytes.length);
    buf_add_span(out, buf_span(&bytes));
    return buf_check(out);
}

static struct error *write_at_start(int fd, struct span bytes)
{
    for (off_t at = 0; bytes.length;) {
        ssize_t wrote = pwrite(fd, bytes.data, bytes.length, at);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return error_errno(errno, "write");
        at += wrote;
        bytes = span_skip(bytes, (size_t)wrote);
    }
    return NULL;
}

struct error *intents_write(const char *path, struct record *const *records, size_t n_records)
{
    cleanup_buf struct buf body = BUF_INIT(MAX_INTENTS_BYTES),
                           whole = BUF_INIT(MAX_INTENTS_BYTES + HEAD_LENGTH);
    for (size_t i = 0; i < n_records; i++)
        TRY(add_record(&body, records[i]));
    buf_printf(&whole, HEAD_FORMAT, body.length, crc32_of(buf_span(&body)));
    buf_add_span(&whole, buf_span(&body));
    TRY(buf_check(&whole));
    cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(errno, "open %s", path);
    TRY(error_wrap(write_at_start(fd, buf_span(&whole)), "%s", path));
    return fdatasync(fd) < 0 ? error_errno(errno, "sync %s", path) : NULL;
}

struct error *intents_clear(const char *path)
{
    cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? NULL : error_errno(errno, "open %s", path);
    char head[HEAD_LENGTH + 1];
    snprintf(head, sizeof(head), HEAD_FORMAT, (size_t)0, crc32_of(SPAN("")));
    return error_wrap(write_at_start(fd, (struct span){ head, HEAD_LENGTH }), "%s", path);
}

/* The records' bytes, or no data if the file is torn or of another kind. */
static struct span body_of(struct span bytes)
{
    struct span none = { NULL, 0 };
    char head[HEAD_LENGTH + 1];
    size_t length;
    unsigned crc;
    if (bytes.length < HEAD_LENGTH)
        return none;
    memcpy(head, bytes.data, HEAD_LENGTH);
    head[HEAD_LENGTH] = '\0';
    struct span body = span_skip(bytes, HEAD_LENGTH);
    /* NOLINTNEXTLINE(cert-err34-c): the widths in the format keep the numbers in range */
    if (sscanf(head, HEAD_FORMAT, &length, &crc) != 2 || length > body.length)
        return none;
    body.length = length;
    return crc32_of(body) == crc ? body : none;
}

struct error *intents_read(const char *path, record_vec *out)
{
    cleanup_buf struct buf bytes = BUF_INIT(MAX_INTENTS_BYTES + HEAD_LENGTH);
    struct error *err = file_read(path, &bytes);
    if (err && err->kind == ERROR_NOT_FOUND) {
        error_free(err);
        return NULL;
    }
    TRY(err);
    for (struct span rest = body_of(buf_span(&bytes)); rest.length > LENGTH_LENGTH;) {
        size_t length = strtoul(rest.data, NULL, 16);
        rest = span_skip(rest, LENGTH_LENGTH);
        if (length > rest.length)
            return error_invalid("%s: a record is longer than the file", path);
        struct record *record;
        TRY(error_wrap(record_decode((struct span){ rest.data, length }, &record), "%s", path));
        vec_push(out, record);
        rest = span_skip(rest, length);
    }
    return NULL;
}
