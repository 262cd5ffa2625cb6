/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed, and whom it concerns: the answer to "which waiting claims are worth another try?". A claim
 * that waits is concerned by a changed device if one of its requests accepts it by class and
 * selectors or if it is gone, by a changed class if it names it, and by any changed node.
 */

#include "controller/allocate/inventory/index.h"

bool inventory_has_changes(const struct inventory *inventory)
{
    return inventory->changed.length || inventory->classes_changed || inventory->nodes_changed;
}

static bool selectors_accept(struct inventory *inventory, const struct device_selector *selectors,
                             size_t n_selectors, const struct card *card)
{
    for (size_t i = 0; i < n_selectors; i++) {
        const char *expression = selectors[i].expression;
        if (expression && matcher_test(inventory->matcher, matcher_program(inventory->matcher, expression),
                                       card) == VERDICT_FALSE)
            return false;
    }
    return true;
}

/*
 * The device as each slice that lists it has it. One that no slice lists any more may have been what stood in
 * the way, for a request of all devices or by a selector that failed on it: then anybody may fare better.
 */
static bool request_accepts(struct inventory *inventory, const struct exact_request *request,
                            const struct device_class *class, const struct device_use *use)
{
    const slice_list *slices = &use->pool->slices;
    if (!use->n_entries)
        return true;
    for (size_t i = 0; i < slices->length; i++) {
        const struct slice_record *slice = slices->items[i];
        for (size_t j = 0; j < slice->n_devices; j++) {
            const struct device_entry *entry = &slice->entries[j];
            if (entry->use == use &&
                selectors_accept(inventory, class->selectors, class->n_selectors, &entry->card) &&
                selectors_accept(inventory, request->selectors, request->n_selectors, &entry->card))
                return true;
        }
    }
    return false;
}

static bool request_concerned(struct inventory *inventory, const struct exact_request *request)
{
    const struct class_record *record = map_get(&inventory->classes, request->class_name);
    if (!record)
        return false;
    if (record->changed)
        return true;
    for (size_t i = 0; i < inventory->changed.length; i++) {
        if (request_accepts(inventory, request, record->class, inventory->changed.items[i]))
            return true;
    }
    return false;
}

bool inventory_concerns(struct inventory *inventory, const struct resource_claim *claim)
{
    matcher_tidy(inventory->matcher);
    bool concerned = inventory->nodes_changed || !claim->spec.n_requests;
    for (size_t i = 0; i < claim->spec.n_requests && !concerned; i++) {
        const struct device_request *request = &claim->spec.requests[i];
        if (request->exactly)
            concerned = request_concerned(inventory, request->exactly);
        for (size_t j = 0; j < request->n_first_available && !concerned; j++)
            concerned = request_concerned(inventory, &request->first_available[j]);
    }
    return concerned;
}

void inventory_clear_changes(struct inventory *inventory)
{
    map_each (&inventory->classes, entry)
        ((struct class_record *)entry->value)->changed = false;
    inventory->classes_changed = inventory->nodes_changed = false;
    for (size_t i = 0; i < inventory->changed.length; i++) {
        inventory->changed.items[i]->changed = false;
        use_release(inventory, inventory->changed.items[i]);
    }
    vec_done(&inventory->changed);
}
