/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IANA zones come from the system's zoneinfo files (RFC 8536), which is the one thing the selector reads from
 * a disk, and only for expressions that name such a zone.
 */

#include "selector/zone.h"

#include "api/base/file.h"
#include "selector/number_text.h"
#include "selector/zone_rule.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const char zoneinfo[] = "/usr/share/zoneinfo";

enum { MAX_ZONE_BYTES = 64 * 1024, MAX_ZONE_NAME = 64, HEADER_BYTES = 44 };

/* "hh:mm" or "+hh:mm"; upstream takes any two numbers, and so do we, within reason. */
static bool parse_offset(struct span name, int64_t *out)
{
    enum { MOST = 1000000 };
    struct span minutes_text, hours_text = span_split(name, ':', &minutes_text);
    int64_t hours, minutes;
    if (!minutes_text.data || !number_parse_int(hours_text, &hours) ||
        !number_parse_int(minutes_text, &minutes) || llabs(hours) > MOST || llabs(minutes) > MOST)
        return false;
    *out = (hours * 60 + (name.data[0] == '-' ? -minutes : minutes)) * 60;
    return true;
}

/* Letters, digits and a few signs, in parts between slashes that do not begin with a dot. */
static bool is_zone_name(struct span name)
{
    if (!name.length || name.length > MAX_ZONE_NAME || name.data[0] == '/')
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];
        if (!isalnum((unsigned char)c) && !strchr("/_+-", c))
            return false;
    }
    return true;
}

static uint32_t big_endian(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

struct zone_header {
    uint32_t n_utc, n_standard, n_leap, n_times, n_types, n_chars;
};

static bool read_header(struct span file, struct zone_header *out)
{
    if (file.length < HEADER_BYTES || memcmp(file.data, "TZif", 4) != 0)
        return false;
    const unsigned char *counts = (const unsigned char *)file.data + 20;
    *out = (struct zone_header){ big_endian(counts),      big_endian(counts + 4),  big_endian(counts + 8),
                                 big_endian(counts + 12), big_endian(counts + 16), big_endian(counts + 20) };
    return out->n_types > 0;
}

static uint64_t body_bytes(const struct zone_header *header, uint64_t time_bytes)
{
    return header->n_times * (time_bytes + 1) + header->n_types * 6ull + header->n_chars +
           header->n_leap * (time_bytes + 4) + header->n_standard + header->n_utc;
}

/* Behind everything: "\nCET-1CEST,M3.5.0,M10.5.0/3\n", for all time after the last transition. */
static bool read_rule(struct span rest, int64_t seconds, int64_t *out)
{
    struct span rule;
    if (!span_starts_with(rest, SPAN("\n")))
        return false;
    rule = span_split(span_skip(rest, 1), '\n', &rest);
    return rest.data && zone_rule_offset(rule, seconds, out);
}

/* The offset at SECONDS from a whole zoneinfo file; the second part, with 64-bit times, is the one to read.
 */
static bool read_offset(struct span file, int64_t seconds, int64_t *out)
{
    struct zone_header header;
    if (!read_header(file, &header))
        return false;
    file = span_skip(file, HEADER_BYTES + body_bytes(&header, 4));
    if (!read_header(file, &header) || file.length < HEADER_BYTES + body_bytes(&header, 8))
        return false;
    const unsigned char *times = (const unsigned char *)file.data + HEADER_BYTES;
    const unsigned char *kinds = times + (size_t)header.n_times * 8;
    const unsigned char *types = kinds + header.n_times;
    unsigned type = 0; /* before the first transition */
    uint32_t n = 0;
    for (; n < header.n_times; n++) {
        int64_t at = (int64_t)((uint64_t)big_endian(times + n * 8) << 32 | big_endian(times + n * 8 + 4));
        if (at > seconds)
            break;
        type = kinds[n];
    }
    struct span rest = span_skip(file, HEADER_BYTES + body_bytes(&header, 8));
    if (n == header.n_times && read_rule(rest, seconds, out))
        return true;
    if (type >= header.n_types)
        return false;
    *out = (int32_t)big_endian(types + type * 6);
    return true;
}

bool zone_offset(struct span name, int64_t at_seconds, int64_t *out_seconds)
{
    if (!name.length || span_is(name, "UTC")) {
        *out_seconds = 0;
        return true;
    }
    if (parse_offset(name, out_seconds))
        return true;
    if (!is_zone_name(name))
        return false;
    char path[sizeof(zoneinfo) + MAX_ZONE_NAME + 2];
    snprintf(path, sizeof(path), "%s/" SPAN_FMT, zoneinfo, SPAN_ARG(name));
    cleanup_buf struct buf file = BUF_INIT(MAX_ZONE_BYTES);
    struct error *err = file_read(path, &file);
    if (err) {
        error_free(err);
        return false;
    }
    return read_offset(buf_span(&file), at_seconds, out_seconds);
}
