/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The allocator once more, too simple to be wrong: it writes down every assignment of devices to requests in
 * upstream's order, completes it, and only then asks whether the whole of it is allowed. For tiny clusters
 * of sound pools on one node; no admin access, no configuration.
 */

#include "tests/unit/allocate/cluster.h"

enum { ORACLE_MAX_PICKS = 64, ORACLE_MAX_DEVICES = 32 };

struct oracle_device {
    const struct resource_slice *slice;
    const struct device *device;
    bool held_whole;
    int64_t held_shares; /* capacity mem; -1: none */
};

struct oracle_pick {
    size_t claim;
    const char *request, *alternative; /* alternative or NULL */
    const struct exact_request *exact;
    size_t device;
};

struct oracle {
    const struct resource_slice *const *slices;
    size_t n_slices;
    const struct resource_claim *const *claims;
    size_t n_claims;
    struct oracle_device devices[ORACLE_MAX_DEVICES]; /* of the node, in order */
    size_t n_devices;
    struct oracle_pick picks[ORACLE_MAX_PICKS];
    size_t n_picks;
    bool (*is_held)(const void *context, const struct resource_slice *slice, const struct device *device);
    const void *context;
};

static inline int64_t amount_of(const struct quantity *quantity)
{
    return quantity_value(quantity);
}

/* Whether a device may ever serve a request: class, and capacity as published. */
static inline int64_t oracle_wants(const struct oracle_device *device, const struct exact_request *exact)
{
    if (!device->device->n_capacities)
        return exact->n_capacity_requests ? -1 : 0;
    int64_t has = amount_of(&device->device->capacities[0].value);
    int64_t wants = exact->n_capacity_requests ? amount_of(&exact->capacity_requests[0].value) : has;
    return wants > has ? -1 : wants;
}

static inline bool oracle_selects(const struct oracle_device *device, const struct exact_request *exact)
{
    for (size_t i = 0; i < ARRAY_LEN(cluster_values); i++) {
        if (strcmp(exact->class_name, cluster_values[i]) == 0)
            return device->device->n_attributes &&
                   strcmp(device->device->attributes[1].string, cluster_values[i]) == 0;
    }
    return strcmp(exact->class_name, "any") == 0 || strcmp(device->slice->driver, "a.example") == 0;
}

static inline bool oracle_is_tolerated(const struct oracle_device *device, const struct exact_request *exact)
{
    return !device->device->n_taints || exact->n_tolerations;
}

/* What pick I's device has used up, once all picks are made. */
static inline bool oracle_device_is_free(const struct oracle *oracle, size_t i)
{
    const struct oracle_pick *pick = &oracle->picks[i];
    const struct oracle_device *device = &oracle->devices[pick->device];
    int64_t used = device->held_shares > 0 ? device->held_shares : 0;
    for (size_t j = 0; j < oracle->n_picks; j++) {
        if (oracle->picks[j].device != pick->device)
            continue;
        if (j != i && !device->device->allow_multiple_allocations)
            return false;
        used += oracle_wants(device, oracle->picks[j].exact);
    }
    return !device->held_whole && oracle_wants(device, pick->exact) >= 0 &&
           (!device->device->n_capacities || used <= amount_of(&device->device->capacities[0].value));
}

/* Counters of the pool of SLICE: published, less those of held devices and of picked ones, each once. */
static inline int64_t oracle_counter_left(const struct oracle *oracle, const struct resource_slice *of)
{
    int64_t left = 0;
    for (size_t s = 0; s < oracle->n_slices; s++) {
        const struct resource_slice *slice = oracle->slices[s];
        if (strcmp(slice->driver, of->driver) != 0 || strcmp(slice->pool, of->pool) != 0)
            continue;
        if (slice->n_shared_counters)
            left += amount_of(&slice->shared_counters[0].counters[0].value);
        for (size_t d = 0; d < slice->n_devices; d++) {
            const struct device *device = &slice->devices[d];
            bool taken = oracle->is_held(oracle->context, slice, device);
            for (size_t i = 0; i < oracle->n_picks; i++)
                taken = taken || oracle->devices[oracle->picks[i].device].device == device;
            if (taken && device->n_consumes)
                left -= amount_of(&device->consumes[0].counters[0].value);
        }
    }
    return left;
}

/* The values of a pick's model, if the attribute asked for is that of its driver. */
static inline size_t oracle_values(const struct oracle *oracle, size_t pick, const char *attribute,
                                   const char *const **out)
{
    const struct oracle_device *device = &oracle->devices[oracle->picks[pick].device];
    const struct exact_request *exact = oracle->picks[pick].exact;
    static const char *const none = "none";
    bool is_derived =
        exact->n_derived_attributes && strcmp(exact->derived_attributes[0].name, attribute) == 0;
    bool is_own = strncmp(attribute, device->slice->driver, strlen(device->slice->driver)) == 0;
    if (is_derived && !device->device->n_attributes) {
        *out = &none;
        return 1;
    }
    if ((!is_own && !is_derived) || !device->device->n_attributes)
        return 0;
    const struct attribute *model = &device->device->attributes[0];
    *out = model->type == ATTRIBUTE_STRINGS ? model->strings : (const char *const *)&model->string;
    return model->type == ATTRIBUTE_STRINGS ? model->n_items : 1;
}

static inline bool oracle_has_value(const struct oracle *oracle, size_t pick, const char *attribute,
                                    const char *value)
{
    const char *const *values = NULL;
    size_t count = oracle_values(oracle, pick, attribute, &values);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i], value) == 0)
            return true;
    }
    return false;
}

static inline bool oracle_is_covered(const struct oracle_pick *pick, size_t claim,
                                     const struct device_constraint *constraint)
{
    for (size_t i = 0; pick->claim == claim && i < constraint->n_requests; i++) {
        if (strcmp(constraint->requests[i], pick->request) == 0)
            return true;
    }
    return pick->claim == claim && !constraint->n_requests;
}

/* In how many of the claim's picks that the constraint covers VALUE is found; how many there are in *OUT_OF.
 */
static inline size_t oracle_count_value(const struct oracle *oracle, size_t claim,
                                        const struct device_constraint *constraint, const char *attribute,
                                        const char *value, size_t *out_of)
{
    size_t count = 0;
    *out_of = 0;
    for (size_t i = 0; i < oracle->n_picks; i++) {
        if (!oracle_is_covered(&oracle->picks[i], claim, constraint))
            continue;
        ++*out_of;
        count += oracle_has_value(oracle, i, attribute, value);
    }
    return count;
}

/* Every covered pick has a value; one of the values is everywhere, or each of them only once. */
static inline bool oracle_constraint_holds(const struct oracle *oracle, size_t claim,
                                           const struct device_constraint *constraint)
{
    const char *name =
        constraint->match_attribute ? constraint->match_attribute : constraint->distinct_attribute;
    bool somewhere = false, everywhere = false, once = true;
    for (size_t i = 0; i < oracle->n_picks; i++) {
        const char *const *values = NULL;
        size_t n_values = oracle_values(oracle, i, name, &values), out_of;
        if (!oracle_is_covered(&oracle->picks[i], claim, constraint))
            continue;
        if (!n_values)
            return false;
        somewhere = true;
        for (size_t v = 0; v < n_values; v++) {
            size_t count = oracle_count_value(oracle, claim, constraint, name, values[v], &out_of);
            everywhere = everywhere || count == out_of;
            once = once && count == 1;
        }
    }
    return !somewhere || (constraint->match_attribute ? everywhere : once);
}

/* A pool that is overdrawn already refuses every consumer; devices that were held by shares draw no more. */
static inline bool oracle_counters_hold(const struct oracle *oracle, size_t i)
{
    const struct oracle_device *device = &oracle->devices[oracle->picks[i].device];
    if (!device->device->n_consumes || device->held_shares >= 0)
        return true;
    return oracle_counter_left(oracle, device->slice) >= 0;
}

/* Compatibility groups: what the members of a pool's set have in common. */
struct oracle_members {
    bool any, grouped;
    unsigned common;
};

static inline unsigned oracle_groups(const struct device *device)
{
    unsigned groups = 0;
    for (size_t i = 0; i < device->consumes[0].n_compatibility_groups; i++)
        groups |= 1U << device->consumes[0].compatibility_groups[i][1] % 8;
    return groups;
}

static inline bool oracle_join(struct oracle_members *members, unsigned groups)
{
    bool admitted = !members->any || (members->grouped ? members->common & groups : !groups);
    if (!members->any)
        *members = (struct oracle_members){ true, groups != 0, groups };
    else if (members->grouped && groups)
        members->common &= groups;
    return admitted;
}

/* Held devices are members whether they agree or not; further shares of them ask nobody. */
static inline bool oracle_groups_agree(const struct oracle *oracle, const struct resource_slice *slice)
{
    struct oracle_members members = { 0 };
    bool agree = true;
    for (size_t d = 0; d < slice->n_devices; d++) {
        const struct device *device = &slice->devices[d];
        if (device->n_consumes && oracle->is_held(oracle->context, slice, device))
            oracle_join(&members, oracle_groups(device));
    }
    for (size_t i = 0; i < oracle->n_picks; i++) {
        const struct oracle_device *device = &oracle->devices[oracle->picks[i].device];
        bool is_member = device->slice != slice || !device->device->n_consumes || device->held_shares >= 0;
        for (size_t j = 0; j < i; j++)
            is_member = is_member || oracle->picks[j].device == oracle->picks[i].device;
        agree = agree && (is_member || oracle_join(&members, oracle_groups(device->device)));
    }
    return agree;
}

static inline bool oracle_allows(const struct oracle *oracle)
{
    for (size_t i = 0; i < oracle->n_picks; i++) {
        const struct oracle_device *device = &oracle->devices[oracle->picks[i].device];
        if (!oracle_selects(device, oracle->picks[i].exact) ||
            !oracle_is_tolerated(device, oracle->picks[i].exact) || !oracle_device_is_free(oracle, i) ||
            !oracle_counters_hold(oracle, i) || !oracle_groups_agree(oracle, device->slice))
            return false;
    }
    for (size_t c = 0; c < oracle->n_claims; c++) {
        for (size_t k = 0; k < oracle->claims[c]->spec.n_constraints; k++) {
            if (!oracle_constraint_holds(oracle, c, &oracle->claims[c]->spec.constraints[k]))
                return false;
        }
    }
    return true;
}

static inline bool oracle_search(struct oracle *oracle, size_t claim, size_t request);

static inline bool oracle_devices(struct oracle *oracle, size_t claim, size_t request,
                                  const struct exact_request *exact, int64_t count, size_t start)
{
    const struct device_request *named = &oracle->claims[claim]->spec.requests[request];
    if (!count)
        return oracle_search(oracle, claim, request + 1);
    for (size_t d = start; d < oracle->n_devices; d++) {
        oracle->picks[oracle->n_picks++] = (struct oracle_pick){ claim, named->name, exact->name, exact, d };
        if (oracle_devices(oracle, claim, request, exact, count - 1, d + 1))
            return true;
        oracle->n_picks--;
    }
    return false;
}

static inline bool oracle_all(struct oracle *oracle, size_t claim, size_t request,
                              const struct exact_request *exact)
{
    size_t before = oracle->n_picks;
    const struct device_request *named = &oracle->claims[claim]->spec.requests[request];
    for (size_t d = 0; d < oracle->n_devices; d++) {
        if (oracle_selects(&oracle->devices[d], exact) && oracle_wants(&oracle->devices[d], exact) >= 0)
            oracle->picks[oracle->n_picks++] =
                (struct oracle_pick){ claim, named->name, exact->name, exact, d };
    }
    if (oracle->n_picks > before && oracle_search(oracle, claim, request + 1))
        return true;
    oracle->n_picks = before;
    return false;
}

static inline bool oracle_demand(struct oracle *oracle, size_t claim, size_t request,
                                 const struct exact_request *exact)
{
    return exact->mode == MODE_ALL ? oracle_all(oracle, claim, request, exact)
                                   : oracle_devices(oracle, claim, request, exact, exact->count, 0);
}

static inline bool oracle_search(struct oracle *oracle, size_t claim, size_t request)
{
    if (claim == oracle->n_claims)
        return oracle_allows(oracle);
    if (request == oracle->claims[claim]->spec.n_requests)
        return oracle_search(oracle, claim + 1, 0);
    const struct device_request *named = &oracle->claims[claim]->spec.requests[request];
    if (named->exactly)
        return oracle_demand(oracle, claim, request, named->exactly);
    for (size_t i = 0; i < named->n_first_available; i++) {
        if (oracle_demand(oracle, claim, request, &named->first_available[i]))
            return true;
    }
    return false;
}

static inline void oracle_print(const struct oracle *oracle, bool found, struct buf *out)
{
    buf_add(out, found ? "Allocated" : "NoFit ");
    for (size_t c = 0; found && c < oracle->n_claims; c++) {
        buf_add_char(out, '[');
        for (size_t i = 0; i < oracle->n_picks; i++) {
            const struct oracle_pick *pick = &oracle->picks[i];
            const struct oracle_device *device = &oracle->devices[pick->device];
            if (pick->claim != c)
                continue;
            buf_printf(out, " %s%s%s=%s/%s/%s", pick->request, pick->alternative ? "/" : "",
                       pick->alternative ? pick->alternative : "", device->slice->driver, device->slice->pool,
                       device->device->name);
        }
        buf_add(out, " ]");
    }
}
