/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/compiler.h"
#include "selector/function.h"
#include "selector/machine.h"
#include "selector/quantity_datum.h"

#include <ctype.h>

/* One of the three numbers without leading zeros, but for one where no digit would lead. */
static void add_part(struct buf *out, struct span part)
{
    size_t zeros = 0;
    if (part.length <= 1) {
        buf_add_span(out, part);
        return;
    }
    while (zeros < part.length && part.data[zeros] == '0')
        zeros++;
    part = span_skip(part, zeros);
    if (!part.length || !isdigit((unsigned char)part.data[0]))
        buf_add_char(out, '0');
    buf_add_span(out, part);
}

/* "v1.2" becomes "1.2.0"; an empty result if a short version goes on with "-" or "+". */
static void normalize(struct span text, struct buf *out)
{
    if (span_starts_with(text, SPAN("v")))
        text = span_skip(text, 1);
    struct span rest = text, last = { 0 };
    for (int i = 0; i < 3; i++) {
        if (i)
            buf_add_char(out, '.');
        if (rest.data) {
            last = rest;
            if (i < 2)
                last = span_split(rest, '.', &rest);
            else
                rest.data = NULL;
            add_part(out, last);
        } else {
            buf_add_char(out, '0');
            if (memchr(last.data, '+', last.length) || memchr(last.data, '-', last.length))
                buf_clear(out);
        }
    }
}

static struct error *read_version(const struct datum *args, unsigned n_args, struct buf *text,
                                  struct semver *out)
{
    struct span spelled = datum_span(&args[0]);
    if (n_args > 1 && args[1].boolean)
        normalize(spelled, text);
    else
        buf_add_span(text, spelled);
    return semver_parse(buf_span(text), out);
}

enum { MAX_VERSION_BYTES = 128 * 1024 };

static struct datum body_semver(struct machine *machine, const struct datum *args, unsigned n_args)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_VERSION_BYTES);
    struct semver ignored;
    struct error *err = read_version(args, n_args, &text, &ignored);
    if (err)
        return fail_error(machine, err);
    /* Once more, from a copy that stays: a version borrows from its text. */
    struct datum copy = datum_copy_text(machine, buf_span(&text));
    struct semver *version = machine_memory(machine, 1, sizeof(*version));
    if (!version || copy.kind == DATUM_ERROR)
        return fail_memory();
    err = semver_parse(datum_span(&copy), version);
    return err ? fail_error(machine, err) : datum_semver(version);
}

static struct datum body_is_semver(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine;
    cleanup_buf struct buf text = BUF_INIT(MAX_VERSION_BYTES);
    struct semver version;
    cleanup_error struct error *err = read_version(args, n_args, &text, &version);
    return datum_bool(!err);
}

static const struct semver *version_in(const struct datum *datum)
{
    return datum->object;
}

static struct datum number(uint64_t part)
{
    return datum_int((int64_t)part);
}

static struct datum body_major(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return number(version_in(&args[0])->major);
}

static struct datum body_minor(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return number(version_in(&args[0])->minor);
}

static struct datum body_patch(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return number(version_in(&args[0])->patch);
}

static int compare(const struct datum *args)
{
    return semver_compare(version_in(&args[0]), version_in(&args[1]));
}

static struct datum body_greater(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bool(compare(args) > 0);
}

static struct datum body_less(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_bool(compare(args) < 0);
}

static struct datum body_compare(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(compare(args));
}

#define BY_NAME FUNCTION_COST_BY_NAME
#define V       "kubernetes.Semver"

static const struct function_row rows[] = {
    { "semver", "(string) -> " V, body_semver, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "semver", "(string, bool) -> " V, body_semver, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "isSemver", "(string) -> bool", body_is_semver, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "isSemver", "(string, bool) -> bool", body_is_semver, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "major", V ".() -> int", body_major, COST_ONE, 0, 0, 0 },
    { "minor", V ".() -> int", body_minor, COST_ONE, 0, 0, 0 },
    { "patch", V ".() -> int", body_patch, COST_ONE, 0, 0, 0 },
    { "isGreaterThan", V ".(" V ") -> bool", body_greater, COST_ONE, 0, 0, 0 },
    { "isLessThan", V ".(" V ") -> bool", body_less, COST_ONE, 0, 0, 0 },
    { "compareTo", V ".(" V ") -> int", body_compare, COST_ONE, 0, 0, 0 },
};

const struct library library_semver = LIBRARY(rows);
