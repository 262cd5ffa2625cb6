/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for evaluations: blocks that are kept, handed out from front to back, and all taken back at once.
 */

#include "selector/machine.h"

#include "api/base/memory.h"
#include "selector/number_text.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_BLOCK_BYTES = 4096, ALIGNMENT = 16 };

struct scratch *scratch_new(void)
{
    return NEW(struct scratch);
}

void scratch_free(struct scratch *scratch)
{
    if (!scratch)
        return;
    for (struct scratch_block *block = scratch->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(scratch->stack);
    free(scratch->slots);
    free(scratch);
}

void scratch_reset(struct scratch *scratch)
{
    scratch->current = scratch->blocks;
    scratch->used = scratch->taken = 0;
    scratch->exhausted = false;
}

/* Makes a block with room for SIZE the current one: the next that is large enough, or a new one. */
static void next_block(struct scratch *scratch, size_t size)
{
    struct scratch_block **link = scratch->current ? &scratch->current->next : &scratch->blocks;
    while (*link && (*link)->size < size)
        link = &(*link)->next;
    if (!*link) {
        size_t room = scratch->current ? scratch->current->size * 2 : FIRST_BLOCK_BYTES;
        if (room < size)
            room = size;
        *link = must(malloc(sizeof(**link) + room), room);
        (*link)->next = NULL;
        (*link)->size = room;
    }
    scratch->current = *link;
    scratch->used = 0;
}

void *machine_memory(struct machine *machine, size_t count, size_t size)
{
    struct scratch *scratch = machine->scratch;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SCRATCH_MAX_BYTES ||
        scratch->taken + bytes > SCRATCH_MAX_BYTES) {
        scratch->exhausted = true;
        return NULL;
    }
    bytes = (bytes + ALIGNMENT) & ~(size_t)(ALIGNMENT - 1); /* never nothing */
    if (!scratch->current || scratch->current->size - scratch->used < bytes)
        next_block(scratch, bytes);
    void *memory = scratch->current->data + scratch->used;
    scratch->used += bytes;
    scratch->taken += bytes;
    return memory;
}

struct datum fail(const char *text)
{
    return (
        struct datum){ .kind = DATUM_ERROR, .form = FAIL_TEXT, .size = (uint32_t)strlen(text), .text = text };
}

struct datum fail_memory(void)
{
    return fail("operation cancelled: work limit exceeded");
}

struct datum fail_no_overload(void)
{
    return fail("no such overload");
}

struct datum failf(struct machine *machine, const char *format, ...)
{
    enum { MAX_TEXT = 512 };
    char *text = machine_memory(machine, MAX_TEXT, 1);
    if (!text)
        return fail_memory();
    va_list args;
    va_start(args, format);
    vsnprintf(text, MAX_TEXT, format, args);
    va_end(args);
    return fail(text);
}

struct datum fail_error(struct machine *machine, struct error *err)
{
    struct datum failure = failf(machine, "%s", err->text);
    error_free(err);
    return failure;
}

struct datum fail_no_key(struct machine *machine, const struct datum *key)
{
    /* The enumeration is wide; only kinds that can be keys print as themselves. */
    switch ((int)key->kind) {
    case DATUM_STRING:
        return (
            struct datum){ .kind = DATUM_ERROR, .form = FAIL_NO_KEY, .size = key->size, .text = key->text };
    case DATUM_BOOL: return failf(machine, "no such key: %s", key->boolean ? "true" : "false");
    case DATUM_INT: return failf(machine, "no such key: %lld", (long long)key->integer);
    case DATUM_UINT: return failf(machine, "no such key: %llu", (unsigned long long)key->natural);
    case DATUM_DOUBLE: {
        cleanup_buf struct buf text = BUF_INIT(64);
        number_format_shortest(key->number, &text);
        return failf(machine, "no such key: %s", buf_text(&text));
    }
    default: return failf(machine, "no such key: %s", datum_type_name(key));
    }
}

void fail_format(const struct datum *error, struct buf *out)
{
    if (error->form == FAIL_NO_KEY)
        buf_add(out, "no such key: ");
    buf_append(out, error->text, error->size);
}

struct datum datum_copy_text(struct machine *machine, struct span text)
{
    char *copy = machine_memory(machine, text.length, 1);
    if (!copy)
        return fail_memory();
    if (text.length) /* an empty text may be nowhere */
        memcpy(copy, text.data, text.length);
    return datum_text((struct span){ copy, text.length });
}

struct datum datum_type(const char *name)
{
    return (struct datum){ .kind = DATUM_TYPE, .size = (uint32_t)strlen(name), .text = name };
}

struct datum datum_none(void)
{
    return (struct datum){ .kind = DATUM_OPTIONAL };
}

struct datum datum_some(struct machine *machine, struct datum item)
{
    struct datum *copy = machine_memory(machine, 1, sizeof(*copy));
    if (!copy)
        return fail_memory();
    *copy = item;
    return (struct datum){ .kind = DATUM_OPTIONAL, .item = copy };
}

/* What the language calls the kinds, and what upstream does where an error names its own implementation. */
static const struct {
    const char *type, *class;
} kind_names[] = {
    [DATUM_NULL] = { "null_type", "types.Null" },
    [DATUM_BOOL] = { "bool", "types.Bool" },
    [DATUM_INT] = { "int", "types.Int" },
    [DATUM_UINT] = { "uint", "types.Uint" },
    [DATUM_DOUBLE] = { "double", "types.Double" },
    [DATUM_STRING] = { "string", "types.String" },
    [DATUM_BYTES] = { "bytes", "types.Bytes" },
    [DATUM_LIST] = { "list", "types.Lister" },
    [DATUM_MAP] = { "map", "types.Mapper" },
    [DATUM_TYPE] = { "type", "*types.Type" },
    [DATUM_TIMESTAMP] = { "google.protobuf.Timestamp", "types.Timestamp" },
    [DATUM_DURATION] = { "google.protobuf.Duration", "types.Duration" },
    [DATUM_OPTIONAL] = { "optional_type", "*types.Optional" },
    [DATUM_QUANTITY] = { "kubernetes.Quantity", "cel.Quantity" },
    [DATUM_SEMVER] = { "kubernetes.Semver", "cel.Semver" },
    [DATUM_URL] = { "kubernetes.URL", "cel.URL" },
    [DATUM_FORMAT] = { "kubernetes.NamedFormat", "*cel.Format" },
    [DATUM_IP] = { "net.IP", "cel.IP" },
    [DATUM_CIDR] = { "net.CIDR", "cel.CIDR" },
    [DATUM_ERROR] = { "error", "*types.Err" },
    [DATUM_UNSET] = { "error", "*types.Err" },
};

const char *datum_type_name(const struct datum *datum)
{
    return kind_names[datum->kind].type;
}

const char *datum_class_name(const struct datum *datum)
{
    return kind_names[datum->kind].class;
}

static void make_room(struct datum **items, size_t *room, size_t needed)
{
    if (*room >= needed)
        return;
    *room = needed * 2;
    *items = mem_resize(*items, *room, sizeof(**items));
}

void machine_prepare(struct machine *machine, const struct selector *program)
{
    machine->program = program;
    machine->limit = program->env->cost_limit;
    machine->work = 0;
    scratch_reset(machine->scratch);
    make_room(&machine->scratch->stack, &machine->scratch->stack_room, program->stack_size);
    make_room(&machine->scratch->slots, &machine->scratch->slots_room, program->n_slots + 1);
}
