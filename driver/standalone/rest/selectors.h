/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which objects a list, a watch or a delete of many means: "app in (a,b),!canary" over labels and
 * "spec.nodeName=n1,status.phase!=Failed" over fields. Texts are what Kubernetes accepts. Selectors live in
 * the arena that they were parsed into; NULL selects everything.
 */

#include "api/value/value.h"

struct label_selector;
struct field_selector;

/* A field that a resource can be selected by; what it is called is also where it stands. */
struct selectable_field {
    const char *name;     /* "spec.nodeName"; NULL ends a list */
    const char *fallback; /* the value of an absent field; NULL: "" */
};

/* metadata.name and metadata.namespace, which every resource has, need not be among FIELDS. */
nodiscard struct error *label_selector_parse(struct arena *arena, const char *text,
                                             const struct label_selector **out);
nodiscard struct error *field_selector_parse(struct arena *arena, const char *text,
                                             const struct selectable_field *fields,
                                             const struct field_selector **out);

bool label_selector_matches(const struct label_selector *selector, const struct value *object);
bool field_selector_matches(const struct field_selector *selector, const struct value *object);
