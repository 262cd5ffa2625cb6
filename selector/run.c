/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flat switch. An evaluation error is a value like any other, since `true || error` is true; it passes
 * through instructions until something decides against it. Every instruction adds its cost before it runs;
 * when the sum passes the limit the evaluation ends at once, and no || can hide that.
 */

#include "selector/run.h"

#include "selector/compare.h"
#include "selector/container.h"

#include <assert.h>

/* Functions */

/*
 * Calls SITE and puts the result in place of the arguments. What is charged by the size of operands is
 * charged first, so that nothing too dear is even begun. False once the limit is passed.
 */
static bool call(struct machine *machine, const struct call_site *site, struct datum *args)
{
    bool by_result = cost_needs_result(site->cost);
    if (!by_result)
        machine->cost += cost_of_call(site->cost, args, site->n_args, NULL);
    if (machine->cost > machine->limit)
        return false;
    struct datum result = call_function(machine, site, args);
    if (by_result)
        machine->cost += cost_of_call(site->cost, args, site->n_args, &result);
    *args = result;
    return true;
}

/* Selections */

static bool is_entered(const struct datum *from, bool first)
{
    return from->kind == DATUM_OPTIONAL && (first || from->form == OPTIONAL_CHAINED);
}

/* Is there nothing left to look into? */
static bool is_dead(const struct datum *from, bool first)
{
    return from->kind == DATUM_ERROR || (is_entered(from, first) && !from->item);
}

/*
 * One step of a chain, maybe its FIRST. What is an error stays one, an empty optional stays empty, and
 * neither is charged for. An optional that the chain starts from or has come to by ".?" is looked into, and
 * the result is optional again; one that is merely found on the way has no fields.
 */
static struct datum step(struct machine *machine, const struct datum *from, const struct datum *key,
                         enum look_up what, bool first)
{
    if (from->kind == DATUM_ERROR)
        return *from;
    bool by_optional = is_entered(from, first);
    if (key->kind == DATUM_ERROR) {
        machine->cost += what == LOOK_UP_VALUE && !by_optional;
        return *key;
    }
    if (by_optional) {
        if (!from->item)
            return what == LOOK_UP_PRESENCE ? datum_bool(false) : *from;
        from = from->item;
        if (what == LOOK_UP_VALUE)
            what = LOOK_UP_OPTIONAL;
    }
    struct datum result = look_up(machine, from, key, what);
    bool nothing = what == LOOK_UP_OPTIONAL && (result.kind == DATUM_ERROR || !result.item);
    bool absent = what == LOOK_UP_PRESENCE && by_optional && result.kind == DATUM_BOOL && !result.boolean;
    machine->cost += !nothing && !absent;
    if (what == LOOK_UP_OPTIONAL && result.kind == DATUM_OPTIONAL)
        result.form = OPTIONAL_CHAINED;
    return result;
}

static const struct view_entry *read_entry(const struct machine *machine, const struct read *read)
{
    const struct device_view *view = machine->view;
    return view_find(read->capacity ? &view->capacity : &view->attributes, read->key);
}

static struct datum read_value(const struct machine *machine, const struct read *read)
{
    const struct view_entry *entry = read_entry(machine, read);
    if (entry)
        return entry->value;
    return (struct datum){
        .kind = DATUM_ERROR, .form = FAIL_NO_KEY, .size = read->name.size, .text = read->name.text
    };
}

static struct datum find_value(struct machine *machine, const struct read *read)
{
    const struct view_entry *entry = read_entry(machine, read);
    machine->cost += entry != NULL;
    return (struct datum){ .kind = DATUM_OPTIONAL,
                           .form = OPTIONAL_CHAINED,
                           .item = entry ? &entry->value : NULL };
}

/* A name that nobody bound fails when it is read, not before. */
static struct datum variable(struct machine *machine, uint32_t index)
{
    if (machine->values[index].kind != DATUM_UNSET)
        return machine->values[index];
    struct span name = machine->program->env->variables[index].name;
    return failf(machine, "no such attribute(s): " SPAN_FMT, SPAN_ARG(name));
}

/* Logic */

static bool is_bool(const struct datum *datum, bool boolean)
{
    return datum->kind == DATUM_BOOL && datum->boolean == boolean;
}

/* A value that is neither true nor false, as the error it is in logic. */
static struct datum as_error(const struct datum *datum)
{
    return datum->kind == DATUM_ERROR ? *datum : fail_no_overload();
}

/* A && B with DECISIVE false, A || B with DECISIVE true. */
static struct datum combine(const struct datum *a, const struct datum *b, bool decisive)
{
    if (is_bool(a, decisive) || is_bool(b, decisive))
        return datum_bool(decisive);
    if (a->kind != DATUM_BOOL)
        return as_error(a);
    return b->kind == DATUM_BOOL ? *b : as_error(b);
}

static struct datum charge_equal(struct machine *machine, const struct datum *args, bool negated)
{
    const struct datum *a = &args[0], *b = &args[1];
    struct datum result = a->kind == DATUM_ERROR   ? *a
                          : b->kind == DATUM_ERROR ? *b
                                                   : datum_equal(machine, a, b);
    machine->cost += cost_of_call(negated ? COST_NOT_EQUAL : COST_EQUAL, args, 2, &result);
    if (!negated || a->kind == DATUM_ERROR || b->kind == DATUM_ERROR)
        return result;
    return datum_bool(!is_bool(&result, true)); /* "did not turn out equal" */
}

static struct datum in_set(struct machine *machine, const struct datum *value, const struct datum *set)
{
    if (value->kind == DATUM_ERROR)
        return *value;
    struct datum found;
    return datum_bool(dict_get(machine, set, value, &found));
}

/* A value that leaves its chain for a list or map: an optional among them is not looked into any more. */
static struct datum settled(struct datum value)
{
    if (value.kind == DATUM_OPTIONAL)
        value.form = OPTIONAL_PLAIN;
    return value;
}

static struct datum make_list(struct machine *machine, const struct datum *items, uint32_t count)
{
    struct datum *copy = list_new(machine, count);
    if (!copy)
        return fail_memory();
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (items[i].kind != DATUM_UNSET)
            copy[n++] = settled(items[i]);
    return list_of(copy, n);
}

/* A key that upstream's maps cannot hold; NULL if there is none. */
static const struct datum *unhashable_key(const struct datum *items, uint32_t n_pairs)
{
    for (uint32_t i = 0; i < n_pairs; i++)
        if (items[2 * i + 1].kind != DATUM_UNSET && !datum_is_hashable(&items[2 * i]))
            return &items[2 * i];
    return NULL;
}

/* Upstream falls over, and nothing catches that: it is the result of the whole evaluation. */
static struct datum fall_over_key(struct machine *machine, const struct datum *key)
{
    return failf(machine, "internal error: runtime error: hash of unhashable type %s", datum_class_name(key));
}

static struct datum make_map(struct machine *machine, const struct datum *items, uint32_t n_pairs)
{
    struct datum map = dict_empty();
    for (uint32_t i = 0; i < n_pairs && map.kind == DATUM_MAP; i++)
        if (items[2 * i + 1].kind != DATUM_UNSET)
            map = dict_put(machine, map, items[2 * i], settled(items[2 * i + 1]), NULL);
    return map;
}

/* The value of an item written "?e". */
static struct datum unwrap(struct machine *machine, const struct datum *item)
{
    if (item->kind == DATUM_ERROR)
        return *item;
    if (item->kind != DATUM_OPTIONAL)
        return failf(machine, "cannot initialize optional entry from non-optional value of type %s",
                     datum_type_name(item));
    return item->item ? *item->item : (struct datum){ .kind = DATUM_UNSET };
}

/* Loops */

static bool begin_loop(struct machine *machine, const struct datum *range, bool pair, struct datum *slots,
                       struct datum *failure)
{
    if (range->kind == DATUM_LIST || range->kind == DATUM_MAP) {
        slots[LOOP_RANGE] = *range;
        slots[LOOP_POSITION].natural = 0;
        return true;
    }
    *failure = range->kind == DATUM_ERROR ? *range
               : pair ? failf(machine, "unsupported comprehension range type: %s", datum_class_name(range))
                      : failf(machine, "got '%s', expected iterable type", datum_class_name(range));
    return false;
}

static bool next_item(struct datum *slots, bool pair)
{
    const struct datum *range = &slots[LOOP_RANGE];
    uint32_t position = (uint32_t)slots[LOOP_POSITION].natural;
    if (position == range->size)
        return false;
    slots[LOOP_POSITION].natural++;
    if (range->kind == DATUM_LIST) {
        slots[pair ? LOOP_SECOND : LOOP_FIRST] = list_at(range, position);
        if (pair)
            slots[LOOP_FIRST] = datum_int(position);
    } else {
        slots[LOOP_FIRST] = dict_key(range, position);
        if (pair)
            slots[LOOP_SECOND] = dict_value(range, position);
    }
    return true;
}

static void append(struct machine *machine, struct datum *accumulator, const struct datum *item)
{
    if (accumulator->kind == DATUM_ERROR)
        return;
    *accumulator = item->kind == DATUM_ERROR ? *item : list_append(machine, *accumulator, settled(*item));
}

static void insert(struct machine *machine, struct datum *accumulator, const struct datum *key,
                   const struct datum *value)
{
    if (accumulator->kind == DATUM_ERROR)
        return;
    if (key->kind == DATUM_ERROR || value->kind == DATUM_ERROR) {
        *accumulator = key->kind == DATUM_ERROR ? *key : *value;
        return;
    }
    bool replaced;
    *accumulator = dict_put(machine, *accumulator, *key, settled(*value), &replaced);
    if (replaced)
        *accumulator = fail("insert failed: key already exists");
}

static void insert_all(struct machine *machine, struct datum *accumulator, const struct datum *map)
{
    if (accumulator->kind == DATUM_ERROR)
        return;
    if (map->kind != DATUM_MAP)
        *accumulator = as_error(map);
    for (uint32_t i = 0; map->kind == DATUM_MAP && i < map->size; i++) {
        struct datum key = dict_key(map, i), value = dict_value(map, i);
        insert(machine, accumulator, &key, &value);
    }
}

/* The filter's verdict: true goes on; an error becomes the accumulator. */
static bool passes(const struct datum *verdict, struct datum *accumulator)
{
    if (verdict->kind != DATUM_BOOL)
        *accumulator = as_error(verdict);
    return is_bool(verdict, true);
}

bool machine_run(struct machine *machine, struct datum *out)
{
    const struct selector *program = machine->program;
    const struct datum *constants = program->constants;
    struct datum *slots = machine->scratch->slots;
    struct datum *top = machine->scratch->stack; /* behind the last value */
    for (uint32_t pc = 0;;) {
        const struct instruction *in = &program->code[pc++];
        machine->cost += in->cost;
        if (machine->cost > machine->limit)
            return false;
        struct datum *slot = &slots[in->slot];
        switch ((enum op)in->op) {
        case OP_CONSTANT: *top++ = constants[in->at]; break;
        case OP_DEVICE: *top++ = dict_of_device(machine->view); break;
        case OP_VARIABLE: *top++ = variable(machine, in->at); break;
        case OP_LOCAL: *top++ = *slot; break;
        case OP_DRIVER: *top++ = machine->view->driver_value; break;
        case OP_ALLOW_MULTIPLE: *top++ = datum_bool(machine->view->allow_multiple); break;
        case OP_READ: *top++ = read_value(machine, &program->reads[in->at]); break;
        case OP_FIND_READ: *top++ = find_value(machine, &program->reads[in->at]); break;
        case OP_HAS_READ:
        case OP_IN_READ: *top++ = datum_bool(read_entry(machine, &program->reads[in->at])); break;
        case OP_SELECT: top[-1] = step(machine, &top[-1], &constants[in->at], LOOK_UP_VALUE, in->slot); break;
        case OP_FIND:
            top[-1] = step(machine, &top[-1], &constants[in->at], LOOK_UP_OPTIONAL, in->slot);
            break;
        case OP_HAS: top[-1] = step(machine, &top[-1], &constants[in->at], LOOK_UP_PRESENCE, in->slot); break;
        case OP_SKIP_KEY:
            if (is_dead(&top[-1], in->slot))
                pc = in->at;
            break;
        case OP_INDEX:
            top--;
            top[-1] = step(machine, &top[-1], top, LOOK_UP_VALUE, in->slot);
            break;
        case OP_FIND_INDEX:
            top--;
            top[-1] = step(machine, &top[-1], top, LOOK_UP_OPTIONAL, in->slot);
            break;
        case OP_JUMP: pc = in->at; break;
        case OP_JUMP_FALSE: pc = is_bool(&top[-1], false) ? in->at : pc; break;
        case OP_JUMP_TRUE: pc = is_bool(&top[-1], true) ? in->at : pc; break;
        case OP_AND:
            top--;
            top[-1] = combine(&top[-1], top, false);
            break;
        case OP_OR:
            top--;
            top[-1] = combine(&top[-1], top, true);
            break;
        case OP_BRANCH:
            top--;
            if (is_bool(top, false)) {
                pc = in->at;
            } else if (!is_bool(top, true)) {
                *top = as_error(top);
                top++;
                pc = in->at - 1;
            }
            break;
        case OP_EQUAL:
            top--;
            top[-1] = charge_equal(machine, &top[-1], false);
            break;
        case OP_NOT_EQUAL:
            top--;
            top[-1] = charge_equal(machine, &top[-1], true);
            break;
        case OP_IN_SET:
            if (!datum_is_hashable(&top[-1])) {
                *out = fall_over_key(machine, &top[-1]);
                return true;
            }
            top[-1] = in_set(machine, &top[-1], &constants[in->at]);
            break;
        case OP_CALL: {
            const struct call_site *site = &program->calls[in->at];
            top -= site->n_args;
            if (call_falls_over(machine, site, top, out))
                return true;
            if (!call(machine, site, top))
                return false;
            top++;
            break;
        }
        case OP_ESCAPE:
            if (top[-1].kind == DATUM_ERROR) {
                top[-1 - in->slot] = top[-1];
                top -= in->slot;
                pc = in->at;
            }
            break;
        case OP_CHARGE: machine->cost += in->at; break;
        case OP_REFUND: machine->cost -= machine->cost > 0; break;
        case OP_LIST:
            top -= in->at;
            *top = make_list(machine, top, in->at);
            top++;
            break;
        case OP_MAP: {
            top -= 2 * (size_t)in->at;
            const struct datum *key = unhashable_key(top, in->at);
            if (key) {
                *out = fall_over_key(machine, key);
                return true;
            }
            *top = make_map(machine, top, in->at);
            top++;
            break;
        }
        case OP_UNWRAP: top[-1] = unwrap(machine, &top[-1]); break;
        case OP_OR_VALUE:
        case OP_OR_ELSE:
            if (top[-1].kind != DATUM_OPTIONAL) {
                top[-1] = as_error(&top[-1]);
                pc = in->at;
            } else if (top[-1].item) {
                if (in->op == OP_OR_VALUE)
                    top[-1] = *top[-1].item;
                pc = in->at;
            } else {
                top--;
            }
            break;
        case OP_UNBIND: slot->kind = DATUM_UNSET; break;
        case OP_BOUND:
            if (slot->kind == DATUM_UNSET) {
                slot->natural = pc;
                pc = in->at;
            } else {
                *top++ = *slot;
            }
            break;
        case OP_BOUND_IS:
            pc = (uint32_t)slot->natural;
            if (top[-1].kind == DATUM_MAP && !top[-1].size)
                top[-1] = dict_empty(); /* upstream makes it anew, so a map of domains loses its default */
            *slot = top[-1];
            break;
        case OP_CALL_SHARED:
            slot->natural = pc;
            pc = in->at;
            break;
        case OP_RETURN: pc = (uint32_t)slot->natural; break;
        case OP_LOOP:
        case OP_LOOP_PAIR:
            top--;
            if (!begin_loop(machine, top, in->op == OP_LOOP_PAIR, slot, top)) {
                top++;
                pc = in->at;
            }
            break;
        case OP_NEXT: pc = next_item(slot, false) ? pc : in->at; break;
        case OP_NEXT_PAIR: pc = next_item(slot, true) ? pc : in->at; break;
        case OP_SET: *slot = *--top; break;
        case OP_UNTIL_FALSE: pc = is_bool(slot, false) ? in->at : pc; break;
        case OP_UNTIL_TRUE: pc = is_bool(slot, true) ? in->at : pc; break;
        case OP_AND_INTO:
            top--;
            *slot = combine(slot, top, false);
            break;
        case OP_OR_INTO:
            top--;
            *slot = combine(slot, top, true);
            break;
        case OP_FILTER:
            top--;
            pc = passes(top, slot) ? pc : in->at;
            break;
        case OP_COUNT:
            if (slot->kind == DATUM_INT)
                slot->integer++;
            break;
        case OP_COUNT_IS_ONE:
            *top++ = slot->kind == DATUM_INT ? datum_bool(slot->integer == 1) : *slot;
            break;
        case OP_APPEND: append(machine, slot, --top); break;
        case OP_SKIP_BROKEN: pc = slot->kind == DATUM_ERROR ? in->at : pc; break;
        case OP_INSERT: insert(machine, &slot[LOOP_ACCUMULATOR], &slot[LOOP_FIRST], --top); break;
        case OP_INSERT_ALL: insert_all(machine, slot, --top); break;
        case OP_STOP: *out = *--top; return machine->cost <= machine->limit && !machine->scratch->exhausted;
        case N_OPS: assert(!"an instruction outside the table");
        }
    }
}
