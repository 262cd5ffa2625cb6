/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lists and maps, however they are stored: made by the expression, borrowed from a JSON tree, or a device
 * view's domains and names.
 */

#include "selector/machine.h"

enum list_form { LIST_PLAIN, LIST_JSON };

enum dict_form {
    DICT_PLAIN,   /* object: struct dict, or NULL if empty */
    DICT_JSON,    /* object: struct value */
    DICT_DOMAINS, /* object: struct view_table; an unknown domain is an empty map */
    DICT_NAMES,   /* object: the first struct view_entry of a domain */
    DICT_DEVICE,  /* object: struct device_view; an object to the checker, but dyn(device) is a map */
};

struct datum list_at(const struct datum *list, uint32_t index);
/* Of COUNT items that the caller fills in. NULL past the memory limit. */
struct datum *list_new(struct machine *machine, uint32_t count);
struct datum list_of(const struct datum *items, uint32_t count);
/* Adds ITEM to LIST, which nobody else has seen yet. */
struct datum list_append(struct machine *machine, struct datum list, struct datum item);
bool list_contains(struct machine *machine, const struct datum *list, const struct datum *item);

/* Entries by position, in an order that stays. */
struct datum dict_key(const struct datum *map, uint32_t index);
struct datum dict_value(const struct datum *map, uint32_t index);
/* Numbers find each other across their kinds. */
bool dict_get(struct machine *machine, const struct datum *map, const struct datum *key, struct datum *out);
/* The entry of KEY becomes VALUE; *REPLACED (NULL is fine) tells if there was one. MAP is the caller's own.
 */
struct datum dict_put(struct machine *machine, struct datum map, struct datum key, struct datum value,
                      bool *replaced);
struct datum dict_empty(void);
struct datum dict_of_device(const struct device_view *view);

/* Can it be looked up? Maps may hold other keys, but nobody can ask for them. */
bool is_key_kind(const struct datum *key);

/* What e.f and e[k] give. */
enum look_up { LOOK_UP_VALUE, LOOK_UP_OPTIONAL, LOOK_UP_PRESENCE };
struct datum look_up(struct machine *machine, const struct datum *from, const struct datum *key,
                     enum look_up what);

/* A copy of a plain map that lives in ARENA. */
struct datum dict_freeze(struct arena *arena, struct datum map);
