/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading what people write: every member must be known, have the right type, and be there if it must. Errors
 * name file, line and column, and the nearest right name where somebody mistyped one.
 */

#include "api/config/template.h"

/* Types that a member may have, as flags. A placeholder (a string with "${") passes for any of them. */
enum {
    MEMBER_TEXT = 1 << 0,
    MEMBER_INTEGER = 1 << 1,
    MEMBER_BOOL = 1 << 2,
    MEMBER_LIST = 1 << 3,
    MEMBER_OBJECT = 1 << 4,
    MEMBER_ANY = 0x7fff,
    MEMBER_REQUIRED = 1 << 15,
};

struct member_rule {
    const char *name;
    unsigned types;
};

/* RULES end with a row without a name. WHAT is the object in messages: "spec.devices[0]". */
nodiscard struct error *members_check(const char *file, const struct value *object, const char *what,
                                      const struct member_rule *rules);

/* Each item of LIST as an object with these members; an absent list is fine. */
nodiscard struct error *items_check(const char *file, const struct value *list, const char *what,
                                    const struct member_rule *rules);

/* A list of strings at NAME as an array in ARENA; absent: none. */
nodiscard struct error *texts_read(struct arena *arena, const char *file, const struct value *object,
                                   const char *name, const char ***out, size_t *n_out);
