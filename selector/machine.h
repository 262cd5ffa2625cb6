/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an evaluation works with, and what function bodies may ask of it: memory, errors, values.
 */

#include "api/base/arena.h"
#include "selector/program.h"

/*
 * Beyond the cost limit there are two of our own: values may share parts, so a cheap expression can build
 * something small that takes for ever to compare, or to write down.
 */
enum { SCRATCH_MAX_BYTES = 64 * 1024 * 1024, MAX_WORK = 10 * 1000 * 1000 };

/* Blocks are kept from one evaluation to the next. */
struct scratch_block {
    struct scratch_block *next;
    size_t size;
    _Alignas(16) char data[];
};

struct scratch {
    struct scratch_block *blocks; /* the first in use first */
    struct scratch_block *current;
    size_t used;    /* in the current one */
    size_t taken;   /* bytes handed out since the start of this evaluation */
    bool exhausted; /* more was wanted than an evaluation may have */
    struct datum *stack, *slots;
    size_t stack_room, slots_room;
};

struct machine {
    const struct selector *program;
    const struct device_view *view;
    const struct datum *values;
    struct scratch *scratch;
    uint64_t cost, limit;
    uint64_t work; /* comparisons */
};

/* Memory for this evaluation, aligned, not cleared. NULL past the limit, which ends the evaluation. */
void *machine_memory(struct machine *machine, size_t count, size_t size);
void scratch_reset(struct scratch *scratch);

/* Counts a step of work; false once there were too many, which ends the evaluation. */
static inline bool machine_works(struct machine *machine)
{
    if (++machine->work <= MAX_WORK)
        return true;
    machine->scratch->exhausted = true;
    return false;
}

/* Errors. The first takes a text that lives for ever. */
enum error_form { FAIL_TEXT, FAIL_NO_KEY };
struct datum fail(const char *text);
struct datum failf(struct machine *machine, const char *format, ...) format_printf(2, 3);
struct datum fail_no_key(struct machine *machine, const struct datum *key);
struct datum fail_no_overload(void);
struct datum fail_memory(void);
/* Takes ERR and makes its text the error. */
struct datum fail_error(struct machine *machine, struct error *err);
/* The whole text of an error value. */
void fail_format(const struct datum *error, struct buf *out);

/* Values */
static inline bool datum_is(const struct datum *datum, enum datum_kind kind)
{
    return datum->kind == kind;
}

static inline struct datum datum_bool(bool boolean)
{
    return (struct datum){ .kind = DATUM_BOOL, .boolean = boolean };
}

static inline struct datum datum_int(int64_t integer)
{
    return (struct datum){ .kind = DATUM_INT, .integer = integer };
}

static inline struct datum datum_uint(uint64_t natural)
{
    return (struct datum){ .kind = DATUM_UINT, .natural = natural };
}

static inline struct datum datum_double(double number)
{
    return (struct datum){ .kind = DATUM_DOUBLE, .number = number };
}

/* Borrows TEXT. */
static inline struct datum datum_text(struct span text)
{
    return (struct datum){ .kind = DATUM_STRING, .size = (uint32_t)text.length, .text = text.data };
}

static inline struct datum datum_bytes(struct span bytes)
{
    return (struct datum){ .kind = DATUM_BYTES, .size = (uint32_t)bytes.length, .text = bytes.data };
}

/* Copies TEXT. */
struct datum datum_copy_text(struct machine *machine, struct span text);
struct datum datum_type(const char *name);
/* Of optionals: one that a chain of selections made is looked into by the chain's next step. */
enum optional_form { OPTIONAL_PLAIN, OPTIONAL_CHAINED };
struct datum datum_none(void);
struct datum datum_some(struct machine *machine, struct datum item);

/* "int", "kubernetes.Quantity" */
const char *datum_type_name(const struct datum *datum);
/* "types.Int", "cel.Quantity" */
const char *datum_class_name(const struct datum *datum);

/* Calls ROW's function as an instruction would. */
struct datum call_function(struct machine *machine, const struct call_site *site, const struct datum *args);

/*
 * Whether upstream falls over at such a call, which nothing catches; *OUT is then the result of the whole
 * evaluation.
 */
bool call_falls_over(struct machine *machine, const struct call_site *site, const struct datum *args,
                     struct datum *out);

/* Sets MACHINE up to run PROGRAM: stack, slots, limit; memory of the evaluation before is taken back. */
void machine_prepare(struct machine *machine, const struct selector *program);
