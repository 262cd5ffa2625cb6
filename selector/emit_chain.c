/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, and what is selected from them. A chain is a root and the steps from it, charged one each; what
 * reads a device directly becomes one instruction.
 */

#include "selector/emit_parts.h"

#include "selector/container.h"

/* Reading the device */

static bool is_device(const struct emitter *emitter, const struct node *node)
{
    return emitter->program->env->is_device && node->kind == NODE_NAME && !node->name.local &&
           !node->name.constant;
}

bool is_index(const struct node *node)
{
    return node->kind == NODE_CALL && !node->call.target &&
           (span_is(node->call.function, "_[_]") || span_is(node->call.function, "_[?_]"));
}

static bool is_optional_index(const struct node *node)
{
    return span_is(node->call.function, "_[?_]");
}

static struct node *operand_of(const struct node *step)
{
    return step->kind == NODE_SELECT ? step->select.operand : step->items[0];
}

static bool is_step(const struct node *node)
{
    return node->kind == NODE_SELECT || is_index(node);
}

static bool is_optional_step(const struct node *step)
{
    return step->kind == NODE_SELECT ? step->select.optional : is_optional_index(step);
}

/* The key of a step if it is known; NULL for computed ones. */
static const struct datum *step_key(struct emitter *emitter, struct node *step)
{
    if (step->kind != NODE_SELECT)
        return constant_of(&emitter->folder, step->items[1]);
    struct datum *key = arena_make(emitter->program->arena, struct datum);
    *key = datum_text(step->select.field);
    return key;
}

static bool is_device_field(const struct emitter *emitter, const struct node *node, const char *field)
{
    return node->kind == NODE_SELECT && !node->select.optional && !node->select.test &&
           is_device(emitter, node->select.operand) && span_is(node->select.field, field);
}

bool match_domain(struct emitter *emitter, struct node *node, struct read *out)
{
    if (!is_step(node) || is_optional_step(node) || (node->kind == NODE_SELECT && node->select.test))
        return false;
    const struct node *map = operand_of(node);
    out->capacity = is_device_field(emitter, map, "capacity");
    if (!out->capacity && !is_device_field(emitter, map, "attributes"))
        return false;
    const struct datum *key = step_key(emitter, node);
    if (!key || key->kind != DATUM_STRING)
        return false;
    out->domain = datum_span(key);
    return true;
}

uint32_t add_read(struct emitter *emitter, struct read read)
{
    for (uint32_t i = 0; i < emitter->reads.length; i++) {
        const struct read *other = &emitter->reads.items[i];
        if (other->capacity == read.capacity && span_equal(other->domain, read.domain) &&
            span_equal(datum_span(&other->name), datum_span(&read.name)))
            return i;
    }
    const char *key = arena_printf(emitter->program->arena, SPAN_FMT "/" SPAN_FMT, SPAN_ARG(read.domain),
                                   SPAN_ARG(datum_span(&read.name)));
    read.key = symbols_intern(emitter->program->env->options.symbols, span_of(key));
    vec_push(&emitter->reads, read);
    return (uint32_t)emitter->reads.length - 1;
}

/* device.attributes["d"].name and its like are one look-up; true if NODE is such a thing. */
static bool emit_read(struct emitter *emitter, struct node *node, enum root_charge charge)
{
    struct read read;
    if (!match_domain(emitter, operand_of(node), &read))
        return false;
    const struct datum *name = step_key(emitter, node);
    if (!name || name->kind != DATUM_STRING)
        return false;
    read.name = *name;
    bool test = node->kind == NODE_SELECT && node->select.test;
    enum op op = test ? OP_HAS_READ : is_optional_step(node) ? OP_FIND_READ : OP_READ;
    uint32_t at = code_put(emitter, op, 0, add_read(emitter, read));
    if (charge != ROOT_CHARGED && !test)
        code_cheaper(emitter, at, 1);
    return true;
}

static bool emit_device_field(struct emitter *emitter, struct node *node, enum root_charge charge)
{
    uint32_t at;
    if (is_device_field(emitter, node, "driver"))
        at = code_put(emitter, OP_DRIVER, 0, 0);
    else if (is_device_field(emitter, node, "allowMultipleAllocations"))
        at = code_put(emitter, OP_ALLOW_MULTIPLE, 0, 0);
    else
        return false;
    if (charge != ROOT_CHARGED)
        code_cheaper(emitter, at, 1);
    return true;
}

/* Chains */

/* FIRST: of its chain. */
static void emit_step(struct emitter *emitter, struct node *step, unsigned root_cost, bool first)
{
    bool optional = is_optional_step(step);
    bool test = step->kind == NODE_SELECT && step->select.test;
    const struct datum *key = step_key(emitter, step);
    if (key) {
        enum op op = test ? OP_HAS : optional ? OP_FIND : OP_SELECT;
        uint32_t at = code_put(emitter, op, first, code_add_constant(emitter, *key));
        emitter->code.items[at].cost = (uint8_t)root_cost;
        return;
    }
    uint32_t skip = code_put(emitter, OP_SKIP_KEY, first, 0);
    emitter->code.items[skip].cost = (uint8_t)root_cost;
    emit_node(emitter, step->items[1], ROOT_FREE);
    code_put(emitter, optional ? OP_FIND_INDEX : OP_INDEX, first, 0);
    code_lead_here(emitter, skip);
}

void emit_chain(struct emitter *emitter, struct node *node, enum root_charge charge)
{
    if (node->kind == NODE_SELECT && node->select.test && charge == ROOT_CHARGED)
        charge = ROOT_UNCHARGED;
    if (emit_read(emitter, node, charge) || emit_device_field(emitter, node, charge))
        return;
    struct node *operand = operand_of(node);
    unsigned root_cost = 0;
    if (is_step(operand)) {
        emit_chain(emitter, operand, charge);
    } else {
        /* A variable is charged by its own instruction, a choice in its branches. */
        bool charges_itself = operand->kind == NODE_NAME && !operand->name.constant;
        root_cost = charge == ROOT_CHARGED && !charges_itself && operand->kind != NODE_CHOICE;
        emit_node(emitter, operand, charges_itself ? charge : ROOT_CHARGED);
    }
    emit_step(emitter, node, root_cost, !is_step(operand));
    /* Upstream takes a root off under has(), and a choice was none. */
    if (operand->kind == NODE_CHOICE && charge == ROOT_UNCHARGED)
        code_put(emitter, OP_REFUND, 0, 0);
}

void emit_name(struct emitter *emitter, struct node *node, enum root_charge charge)
{
    const struct local *local = node->name.local;
    uint32_t at;
    if (!local && node->name.variable == NO_VARIABLE) {
        code_put_constant(emitter, fail("undeclared reference")); /* only where types are not checked */
        return;
    }
    if (local)
        at = code_put(emitter, local->lazy ? OP_BOUND : OP_LOCAL, local->slot, local->address);
    else if (emitter->program->env->is_device)
        at = code_put(emitter, OP_DEVICE, 0, 0);
    else
        at = code_put(emitter, OP_VARIABLE, 0, node->name.variable);
    if (charge != ROOT_CHARGED)
        code_cheaper(emitter, at, 1);
}
