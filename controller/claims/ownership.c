/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/ownership.h"
#include "controller/claims/names.h"

#include <string.h>

struct census {
    const struct device_class *(*find_class)(void *ctx, const char *name);
    void *ctx;
    bool any_ours;
    const char *others, *absent; /* names of classes */
};

static void census_add(struct census *census, const char *class_name)
{
    const struct device_class *class = class_name ? census->find_class(census->ctx, class_name) : NULL;
    const char *label = class ? meta_label(&class->meta, ALLOCATOR_LABEL) : NULL;
    if (!class)
        census->absent = class_name ? class_name : "";
    else if (label && strcmp(label, "controller") == 0)
        census->any_ours = true;
    else
        census->others = class_name;
}

enum ownership claim_ownership(const struct resource_claim *claim,
                               const struct device_class *(*find_class)(void *ctx, const char *name),
                               void *ctx, const char **class_name)
{
    struct census census = { .find_class = find_class, .ctx = ctx };
    for (size_t i = 0; i < claim->spec.n_requests; i++) {
        const struct device_request *request = &claim->spec.requests[i];
        if (request->exactly)
            census_add(&census, request->exactly->class_name);
        for (size_t j = 0; j < request->n_first_available; j++)
            census_add(&census, request->first_available[j].class_name);
    }
    *class_name = census.any_ours && census.others ? census.others : census.absent;
    if (census.any_ours && census.others)
        return OWNED_BY_BOTH;
    if (census.absent)
        return OWNERSHIP_UNKNOWN;
    return census.any_ours ? OWNED_BY_US : OWNED_BY_OTHERS;
}
