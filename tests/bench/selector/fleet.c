/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fleet as the inventory has it: cards in a catalog. Adding the devices is the inventory's work, done once
 * and measured apart; a class is then one program and one test for each device, of which all but the first of
 * a model are look-ups.
 */

#include "tests/bench/selector/bench.h"

#include "api/base/memory.h"
#include "controller/allocate/devices/matcher.h"
#include "selector/selector.h"

#include <assert.h>
#include <stdio.h>

/* A copy of DEVICE with a model and a uuid; both live in the caller's arrays. */
struct member {
    struct device device;
    struct attribute attributes[32];
    char model[16], uuid[24];
};

static void member_make(struct member *member, const struct device *device, unsigned number)
{
    unsigned model = number % FLEET_MODELS;
    member->device = *device;
    assert(device->n_attributes <= ARRAY_LEN(member->attributes));
    memcpy(member->attributes, device->attributes, device->n_attributes * sizeof(member->attributes[0]));
    member->device.attributes = member->attributes;
    snprintf(member->model, sizeof(member->model), model ? "model-%u" : "a100", model);
    snprintf(member->uuid, sizeof(member->uuid), "GPU-%u", number);
    for (size_t i = 0; i < device->n_attributes; i++) {
        if (strcmp(member->attributes[i].name, "model") == 0)
            member->attributes[i].string = member->model;
        if (strcmp(member->attributes[i].name, "uuid") == 0)
            member->attributes[i].string = member->uuid;
    }
}

/* The class over the whole fleet, from its text to the last verdict. */
static uint64_t match_fleet(const struct catalog *catalog, const struct card *cards)
{
    uint64_t begin = cpu_nanos();
    struct matcher *matcher = matcher_new(catalog);
    struct program *program = matcher_program(matcher, TYPICAL_CLASS);
    size_t n_accepted = 0;
    for (size_t i = 0; i < FLEET_DEVICES; i++)
        n_accepted += matcher_test(matcher, program, &cards[i]) == VERDICT_TRUE;
    matcher_free(matcher);
    uint64_t took = cpu_nanos() - begin;
    if (n_accepted != FLEET_DEVICES / FLEET_MODELS)
        must_succeed(error_invalid("%zu devices were accepted", n_accepted));
    return took;
}

void bench_fleet(const struct device *device)
{
    struct catalog catalog = { 0 };
    struct card *cards = mem_new(FLEET_DEVICES, sizeof(*cards));
    value_id *values = mem_new(FLEET_DEVICES * device->n_attributes, sizeof(*values));
    uint64_t begin = cpu_nanos();
    for (unsigned i = 0; i < FLEET_DEVICES; i++) {
        struct member member;
        member_make(&member, device, i);
        cards[i].values = values + i * device->n_attributes;
        catalog_add(&catalog, DRIVER, &member.device, &cards[i]);
    }
    figure_print("added", "a fleet, to the inventory", "", (double)(cpu_nanos() - begin));

    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 25; i++) { /* each time all anew; others on the machine take the caches away */
        uint64_t took = match_fleet(&catalog, cards);
        best = took < best ? took : best;
    }
    figure_print("fleet", "100,000 devices of 20 models", TYPICAL_CLASS, (double)best);

    for (size_t i = 0; i < FLEET_DEVICES; i++)
        catalog_drop(&catalog, &cards[i]);
    catalog_done(&catalog);
    free(values);
    free(cards);
}

void bench_views(const struct device *device, struct symbols *symbols)
{
    cleanup_arena struct arena *arena = arena_new();
    uint64_t begin = cpu_nanos();
    for (unsigned i = 0; i < FLEET_DEVICES; i++) {
        struct member member;
        member_make(&member, device, i);
        device_view_new(arena, symbols, &member.device, DRIVER);
    }
    figure_print("view", "a view, time", "", (double)(cpu_nanos() - begin) / FLEET_DEVICES);
    figure_print("view bytes", "a view, bytes", "", (double)arena_size(arena) / FLEET_DEVICES);
}
