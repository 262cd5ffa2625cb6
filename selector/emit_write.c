/* SPDX-License-Identifier: Apache-2.0 */

#include "selector/emit_parts.h"

#include <assert.h>

static const struct {
    uint8_t pops, pushes, cost;
} ops[N_OPS] = {
#define OP(name, operand, pops, pushes, cost, text) { pops, pushes, cost },
    OPS(OP)
#undef OP
};

uint32_t code_put(struct emitter *emitter, enum op op, uint32_t slot, uint32_t at)
{
    assert(slot <= UINT16_MAX);
    vec_push(&emitter->code, (struct instruction){
                                 .op = (uint8_t)op, .cost = ops[op].cost, .slot = (uint16_t)slot, .at = at });
    emitter->depth += ops[op].pushes;
    emitter->depth -= ops[op].pops;
    if (emitter->depth > emitter->deepest)
        emitter->deepest = emitter->depth;
    return (uint32_t)emitter->code.length - 1;
}

uint32_t code_here(const struct emitter *emitter)
{
    return (uint32_t)emitter->code.length;
}

void code_lead_here(struct emitter *emitter, uint32_t jump)
{
    emitter->code.items[jump].at = code_here(emitter);
}

void code_cheaper(struct emitter *emitter, uint32_t at, unsigned by)
{
    emitter->code.items[at].cost = (uint8_t)(emitter->code.items[at].cost - by);
}

uint32_t code_add_constant(struct emitter *emitter, struct datum value)
{
    vec_push(&emitter->constants, value);
    return (uint32_t)emitter->constants.length - 1;
}

void code_put_constant(struct emitter *emitter, struct datum value)
{
    code_put(emitter, OP_CONSTANT, 0, code_add_constant(emitter, value));
}

uint32_t code_take_slots(struct emitter *emitter, uint32_t count)
{
    uint32_t first = emitter->n_slots;
    emitter->n_slots += count;
    return first;
}

struct detour begin_detour(struct emitter *emitter)
{
    struct detour detour = { code_put(emitter, OP_JUMP, 0, 0), emitter->depth, emitter->deepest };
    emitter->depth = emitter->deepest = 0;
    return detour;
}

void end_detour(struct emitter *emitter, struct detour detour)
{
    emitter->shared_depth += emitter->deepest;
    emitter->depth = detour.depth;
    emitter->deepest = detour.deepest;
    code_lead_here(emitter, detour.jump);
}
