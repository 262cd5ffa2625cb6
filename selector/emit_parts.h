/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the parts of the emitter share: the program as it grows.
 */

#include "api/base/vec.h"
#include "selector/fold.h"
#include "selector/program.h"

struct emitter {
    struct selector *program;
    struct folder folder;
    VEC(struct instruction) code;
    VEC(struct datum) constants;
    VEC(struct call_site) calls;
    VEC(struct read) reads;
    VEC(struct pattern) patterns;
    uint32_t depth, deepest; /* of the stack, in the code at hand */
    uint32_t shared_depth;   /* what initializers and shared code may need on top */
    uint32_t n_slots;
    struct error *error;
};

/* A chain's root is charged, except where it stands as a branch, a key or under has(). */
enum root_charge {
    ROOT_CHARGED,
    ROOT_FREE,
    ROOT_UNCHARGED, /* has(): charged, and taken off again */
};

void emit_node(struct emitter *emitter, struct node *node, enum root_charge charge);

/* emit_chain.c: names and what is selected from them */
void emit_name(struct emitter *emitter, struct node *node, enum root_charge charge);
void emit_chain(struct emitter *emitter, struct node *node, enum root_charge charge);
bool is_index(const struct node *node);
/* Is NODE device.attributes["d"] or device.capacity["d"]? */
bool match_domain(struct emitter *emitter, struct node *node, struct read *out);
uint32_t add_read(struct emitter *emitter, struct read read);

/* emit_write.c: appends an instruction, and keeps count of the stack. Gives its address. */
uint32_t code_put(struct emitter *emitter, enum op op, uint32_t slot, uint32_t at);
uint32_t code_here(const struct emitter *emitter);
void code_lead_here(struct emitter *emitter, uint32_t jump);
void code_cheaper(struct emitter *emitter, uint32_t at, unsigned by);
uint32_t code_add_constant(struct emitter *emitter, struct datum value);
void code_put_constant(struct emitter *emitter, struct datum value);
uint32_t code_take_slots(struct emitter *emitter, uint32_t count);

/* Code that is run from elsewhere: jumps over it, and notes what it needs of the stack. */
struct detour {
    uint32_t jump, depth, deepest;
};

struct detour begin_detour(struct emitter *emitter);
void end_detour(struct emitter *emitter, struct detour detour);
