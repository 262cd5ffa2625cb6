/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the allocator knows of the cluster: nodes, slices (grouped into pools), classes, taint rules, and
 * which devices claims hold. It takes one object at a time, and an event costs in proportion to what it
 * changes.
 *
 * One thread owns an inventory: it feeds it, searches in it, asks it. No I/O, no clock.
 *
 * Objects come decoded. Nodes, slices and claims are the caller's; what counts of them is copied. Of classes
 * and rules, HOLDER is the arena that the object lives in and is the inventory's from then on; NULL where the
 * caller keeps the object alive as long as the inventory. A slice in which something has no name that must
 * have one counts as absent.
 */

#include "api/base/arena.h"
#include "api/resource/claim.h"
#include "api/resource/class.h"
#include "api/resource/slice.h"
#include "api/resource/taint_rule.h"

struct inventory;

struct inventory_node {
    const char *name;
    const struct string_pair *labels;
    size_t n_labels;
    const char *const *declared_features; /* status.declaredFeatures */
    size_t n_declared_features;
};

nodiscard struct inventory *inventory_new(void);
void inventory_free(struct inventory *inventory);

/* Objects as the API shows them. Putting one of the same name replaces it; removing an absent one is fine. */
void inventory_put_node(struct inventory *inventory, const struct inventory_node *node);
void inventory_remove_node(struct inventory *inventory, const char *name);
void inventory_put_slice(struct inventory *inventory, const struct resource_slice *slice);
void inventory_remove_slice(struct inventory *inventory, const char *name);
void inventory_put_class(struct inventory *inventory, struct arena *holder, const struct device_class *class);
void inventory_remove_class(struct inventory *inventory, const char *name);
void inventory_put_rule(struct inventory *inventory, struct arena *holder,
                        const struct device_taint_rule *rule);
void inventory_remove_rule(struct inventory *inventory, const char *name);

/* Only the claim's allocation counts here; a claim without one holds nothing. */
void inventory_put_claim(struct inventory *inventory, const struct resource_claim *claim);
void inventory_remove_claim(struct inventory *inventory, const char *namespace, const char *name);

/*
 * Allocations that are decided but not yet seen on the watch. Assume one before it is written. Confirm it
 * once put_claim has shown it (from then on the API's word counts alone), forget it when the write failed or
 * was given up. Until then the devices count as held, once, whichever of the two words names them.
 */
void inventory_assume(struct inventory *inventory, const char *namespace, const char *name,
                      const struct allocation *allocation);
void inventory_confirm(struct inventory *inventory, const char *namespace, const char *name);
void inventory_forget(struct inventory *inventory, const char *namespace, const char *name);
bool inventory_is_assumed(const struct inventory *inventory, const char *namespace, const char *name);

/* Two claims that cannot both have what their allocations name. Strings are borrowed until the next event. */
struct inventory_conflict {
    const char *driver, *pool, *device;
    const char *namespace, *name; /* the other claim */
    const char *capacity;         /* the capacity that is exceeded; NULL: the device is held exclusively */
};

/*
 * Whether the allocation of the claim (observed or assumed) clashes with another claim's; the first clash
 * goes to *OUT. Results with admin access clash with nothing.
 */
bool inventory_find_conflict(const struct inventory *inventory, const char *namespace, const char *name,
                             struct inventory_conflict *out);

/*
 * What changed since the last inventory_clear_changes: devices that came, went, were freed or differ now, and
 * classes. inventory_concerns says whether CLAIM may fare better than before: one of its requests accepts a
 * changed device, or names a changed class. An unsure answer is true.
 */
bool inventory_has_changes(const struct inventory *inventory);
bool inventory_concerns(struct inventory *inventory, const struct resource_claim *claim);
void inventory_clear_changes(struct inventory *inventory);

/* Reading. NULL if there is none. Borrowed until the next event; the device itself is in ARENA. */
const struct device_class *inventory_find_class(const struct inventory *inventory, const char *name);
const struct device *inventory_find_device(const struct inventory *inventory, const char *driver,
                                           const char *pool, const char *device, struct arena *arena);

/* Calls EACH with "namespace/name" of every claim that holds the device. */
void inventory_each_holder(const struct inventory *inventory, const char *driver, const char *pool,
                           const char *device, void (*each)(void *context, const char *claim), void *context);

/* Calls EACH with every node name that a slice names, in order of names. */
void inventory_each_slice_node(const struct inventory *inventory,
                               void (*each)(void *context, const char *node), void *context);

size_t inventory_count_nodes(const struct inventory *inventory);
size_t inventory_count_devices(const struct inventory *inventory);
