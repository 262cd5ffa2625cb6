/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The instructions. A stack machine: operands are pushed, an instruction pops what it needs and pushes what
 * it makes. Macros' variables and accumulators live in numbered slots.
 *
 * OP(name, operand, pops, pushes, cost, what it does). The cost is what the expression that the instruction
 * stands for is charged in any case; some charge more by what they meet, and say so.
 */
#define OPS(OP)                                                                                              \
    OP(CONSTANT, CONSTANT, 0, 1, 0, "push a constant")                                                       \
    OP(DEVICE, NOTHING, 0, 1, 1, "push the device")                                                          \
    OP(VARIABLE, VARIABLE, 0, 1, 1, "push a variable")                                                       \
    OP(LOCAL, SLOT, 0, 1, 1, "push what a slot holds")                                                       \
    OP(DRIVER, NOTHING, 0, 1, 2, "push device.driver")                                                       \
    OP(ALLOW_MULTIPLE, NOTHING, 0, 1, 2, "push device.allowMultipleAllocations")                             \
    OP(READ, READ, 0, 1, 4, "push an attribute or a capacity, by one look-up")                               \
    OP(FIND_READ, READ, 0, 1, 3, "the same as an optional; 1 more if it is there")                           \
    OP(HAS_READ, READ, 0, 1, 3, "push whether an attribute or a capacity is there")                          \
    OP(IN_READ, READ, 0, 1, 4, "push whether a name is in a domain")                                         \
    OP(SELECT, CONSTANT, 1, 1, 0, "look up a constant key; 1 unless there is nothing to look into")          \
    OP(FIND, CONSTANT, 1, 1, 0, "the same as an optional; 1 if it is there")                                 \
    OP(HAS, CONSTANT, 1, 1, 0, "whether a constant key is there; 1 unless there is nothing to look into")    \
    OP(SKIP_KEY, ADDRESS, 1, 1, 0, "jump over the key if there is nothing to look into")                     \
    OP(INDEX, NOTHING, 2, 1, 0, "look up a computed key; 1")                                                 \
    OP(FIND_INDEX, NOTHING, 2, 1, 0, "the same as an optional; 1 if it is there")                            \
    OP(JUMP, ADDRESS, 0, 0, 0, "go on elsewhere")                                                            \
    OP(JUMP_FALSE, ADDRESS, 1, 1, 0, "jump on false, keeping the value")                                     \
    OP(JUMP_TRUE, ADDRESS, 1, 1, 0, "jump on true, keeping the value")                                       \
    OP(AND, NOTHING, 2, 1, 0, "false beats errors, errors beat true")                                        \
    OP(OR, NOTHING, 2, 1, 0, "true beats errors, errors beat false")                                         \
    OP(BRANCH, ADDRESS, 1, 0, 0, "jump on false; an error is the result, by the jump just before there")     \
    OP(EQUAL, NOTHING, 2, 1, 0, "a == b; by size")                                                           \
    OP(NOT_EQUAL, NOTHING, 2, 1, 0, "a != b; by size")                                                       \
    OP(IN_SET, CONSTANT, 1, 1, 0, "whether the value is a key of a constant map")                            \
    OP(CALL, CALL, 0, 1, 0, "call a function; by its rule")                                                  \
    OP(ESCAPE, DEPTH_ADDRESS, 1, 1, 0, "an error drops the operands below it and jumps")                     \
    OP(CHARGE, NUMBER, 0, 0, 0, "charge a number")                                                           \
    OP(REFUND, NOTHING, 0, 0, 0, "give back the root's 1 that has() on a choice never charged")              \
    OP(LIST, NUMBER, 0, 1, 0, "make a list of that many values")                                             \
    OP(MAP, NUMBER, 0, 1, 0, "make a map of that many pairs")                                                \
    OP(UNWRAP, NOTHING, 1, 1, 0, "what an optional item holds, or the mark for nothing")                     \
    OP(OR_VALUE, ADDRESS, 1, 0, 0, "jump with what an optional holds; else drop it")                         \
    OP(OR_ELSE, ADDRESS, 1, 0, 0, "jump with an optional that holds something; else drop it")                \
    OP(UNBIND, SLOT, 0, 0, 0, "a bound name has no value yet")                                               \
    OP(BOUND, SLOT_ADDRESS, 0, 1, 1, "push a bound name's value, running its initializer at first use")      \
    OP(BOUND_IS, SLOT, 1, 1, 0, "end of an initializer: keep the value and return to where it was wanted")   \
    OP(CALL_SHARED, SLOT_ADDRESS, 0, 1, 0, "run code that two places share")                                 \
    OP(RETURN, SLOT, 1, 1, 0, "end of shared code")                                                          \
    OP(LOOP, SLOT_ADDRESS, 1, 0, 0, "begin a loop over a list or map; anything else is an error, and jump")  \
    OP(LOOP_PAIR, SLOT_ADDRESS, 1, 0, 0, "the same with two variables")                                      \
    OP(NEXT, SLOT_ADDRESS, 0, 0, 0, "take the next element or key, or leave the loop")                       \
    OP(NEXT_PAIR, SLOT_ADDRESS, 0, 0, 0, "take the next position and element, or key and value, or leave")   \
    OP(SET, SLOT, 1, 0, 0, "pop into a slot")                                                                \
    OP(UNTIL_FALSE, SLOT_ADDRESS, 0, 0, 2, "leave the loop once the accumulator is false")                   \
    OP(UNTIL_TRUE, SLOT_ADDRESS, 0, 0, 3, "leave the loop once the accumulator is true")                     \
    OP(AND_INTO, SLOT, 1, 0, 1, "acc && p")                                                                  \
    OP(OR_INTO, SLOT, 1, 0, 1, "acc || p")                                                                   \
    OP(FILTER, SLOT_ADDRESS, 1, 0, 0, "jump on false; an error becomes the accumulator, and jump")           \
    OP(COUNT, SLOT, 0, 0, 2, "acc + 1")                                                                      \
    OP(COUNT_IS_ONE, SLOT, 0, 1, 2, "acc == 1")                                                              \
    OP(APPEND, SLOT, 1, 0, 12, "acc + [t]; 10 less for a constant")                                          \
    OP(SKIP_BROKEN, SLOT_ADDRESS, 0, 0, 1, "jump if the accumulator is an error")                            \
    OP(INSERT, SLOT, 1, 0, 2, "insert(acc, k, t)")                                                           \
    OP(INSERT_ALL, SLOT, 1, 0, 2, "insert(acc, m)")                                                          \
    OP(STOP, NOTHING, 1, 0, 0, "the value is the result")

enum operand {
    OPERAND_NOTHING,
    OPERAND_CONSTANT,
    OPERAND_VARIABLE,
    OPERAND_READ,
    OPERAND_CALL,
    OPERAND_NUMBER,
    OPERAND_ADDRESS,
    OPERAND_SLOT,
    OPERAND_SLOT_ADDRESS,
    OPERAND_DEPTH_ADDRESS,
};

enum op {
#define OP(name, operand, pops, pushes, cost, text) OP_##name,
    OPS(OP)
#undef OP
        N_OPS
};

/* A loop's slots, from its first. */
enum loop_slot { LOOP_RANGE, LOOP_POSITION, LOOP_ACCUMULATOR, LOOP_FIRST, LOOP_SECOND, LOOP_SLOTS };
