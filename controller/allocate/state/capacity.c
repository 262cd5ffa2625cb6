/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capacity arithmetic. Ranges step in whole numbers; where every bound is exact in thousandths and the switch
 * FractionalCapacityRange is on, in thousandths. Either way it is done in 128 bits and refused
 * where Kubernetes' 64 would not hold the result.
 */

#include "controller/allocate/state/capacity.h"

#include <string.h>

/* Names */

/* Whether QUALIFIED is NAME in the domain of the driver. */
static bool is_resolved(const char *qualified, const char *name, const char *driver)
{
    size_t length = strlen(driver);
    return strncmp(qualified, driver, length) == 0 && qualified[length] == '/' &&
           strcmp(qualified + length + 1, name) == 0;
}

static bool names_agree(const char *a, const char *b, struct capacity_rules rules)
{
    return strcmp(a, b) == 0 ||
           (rules.driver && (is_resolved(a, b, rules.driver) || is_resolved(b, a, rules.driver)));
}

/* Where both spellings are requested, the one with the domain counts. */
static const struct quantity *request_find(const struct exact_request *request, const char *name,
                                           struct capacity_rules rules)
{
    const struct named_quantity *found = NULL;
    for (size_t i = 0; i < request->n_capacity_requests; i++) {
        const struct named_quantity *requested = &request->capacity_requests[i];
        if (names_agree(requested->name, name, rules) && (!found || strchr(requested->name, '/')))
            found = requested;
    }
    return found ? &found->value : NULL;
}

static bool device_has(const struct device *device, const char *name, struct capacity_rules rules)
{
    for (size_t i = 0; i < device->n_capacities; i++) {
        if (names_agree(device->capacities[i].name, name, rules))
            return true;
    }
    return false;
}

/* Arithmetic */

/* Thousandths, if QUANTITY is a whole number of them. */
static bool quantity_as_milli(const struct quantity *quantity, int64_t *out)
{
    *out = quantity_milli_value(quantity);
    return !quantity->huge && quantity->nanos == (__int128)*out * 1000000;
}

static bool range_is_milli(const struct capacity_range *range, bool fractional)
{
    int64_t milli;
    return fractional && (!range->has_min || quantity_as_milli(&range->min, &milli)) &&
           (!range->has_max || quantity_as_milli(&range->max, &milli)) &&
           (!range->has_step || (quantity_as_milli(&range->step, &milli) && milli >= 1));
}

static struct error *not_representable(const char *why)
{
    return error_invalid("capacity request cannot be represented in the device's range arithmetic: %s", why);
}

/* The next step at or above REQUESTED, all in UNITs of a billionth. */
static struct error *range_step_up(const struct capacity_range *range, int64_t requested, int64_t min,
                                   int64_t step, int64_t unit, struct quantity *out)
{
    if (step <= 0)
        return error_invalid("a range's step must be positive");
    __int128 steps = ((__int128)requested - min) / step;
    if (((__int128)requested - min) % step > 0)
        steps++;
    __int128 value = min + steps * step;
    if (value > INT64_MAX)
        return not_representable("rounding up to the next step passes its largest value");
    *out = (struct quantity){ .nanos = value * unit, .format = range->step.format };
    return NULL;
}

static struct error *range_round_up(const struct capacity_range *range, const struct quantity *requested,
                                    bool fractional, struct quantity *out)
{
    if (quantity_compare(requested, &range->min) < 0) {
        *out = range->min;
        return NULL;
    }
    if (!range->has_step) {
        *out = *requested;
        return NULL;
    }
    if (range_is_milli(range, fractional)) {
        int64_t milli;
        if (!quantity_as_milli(requested, &milli))
            return not_representable("the request is no whole number of thousandths");
        return range_step_up(range, milli, quantity_milli_value(&range->min),
                             quantity_milli_value(&range->step), 1000000, out);
    }
    struct quantity largest = quantity_of_int(INT64_MAX, QUANTITY_DECIMAL_SI);
    if (quantity_compare(requested, &largest) > 0)
        return not_representable("the request is beyond 64 bits");
    return range_step_up(range, quantity_value(requested), quantity_value(&range->min),
                         quantity_value(&range->step), 1000000000, out);
}

static const struct quantity *values_round_up(const struct request_policy *policy,
                                              const struct quantity *requested)
{
    for (size_t i = 0; i < policy->n_valid_values; i++) {
        if (quantity_compare(requested, &policy->valid_values[i]) <= 0)
            return &policy->valid_values[i];
    }
    return requested;
}

struct error *capacity_amount(const struct capacity *capacity, const struct exact_request *request,
                              struct capacity_rules rules, struct quantity *out)
{
    const struct quantity *requested = request_find(request, capacity->name, rules);
    const struct request_policy *policy = capacity->policy;
    if (!requested)
        *out = policy && policy->has_fallback ? policy->fallback : capacity->value;
    else if (policy && policy->valid_range && policy->valid_range->has_min)
        TRY(error_wrap(range_round_up(policy->valid_range, requested, rules.fractional, out),
                       "capacity \"%s\"", capacity->name));
    else if (policy)
        *out = *values_round_up(policy, requested);
    else
        *out = *requested;
    if (quantity_sign(out) < 0)
        return error_invalid("capacity \"%s\": capacity value is negative", capacity->name);
    return NULL;
}

static bool range_allows(const struct capacity_range *range, const struct quantity *amount, bool fractional)
{
    if (range->has_max && quantity_compare(amount, &range->max) > 0)
        return false;
    if (!range->has_step)
        return true;
    bool milli = range_is_milli(range, fractional);
    int64_t value = quantity_value(amount);
    if (milli && !quantity_as_milli(amount, &value))
        return false;
    int64_t step = milli ? quantity_milli_value(&range->step) : quantity_value(&range->step);
    int64_t min = milli ? quantity_milli_value(&range->min) : quantity_value(&range->min);
    return step > 0 && ((__int128)value - min) % step == 0;
}

/* The default is always allowed. */
static bool policy_allows(const struct request_policy *policy, const struct quantity *amount, bool fractional)
{
    if (!policy || (policy->has_fallback && policy->fallback.format == amount->format &&
                    quantity_compare(&policy->fallback, amount) == 0))
        return true;
    if (policy->valid_range)
        return range_allows(policy->valid_range, amount, fractional);
    for (size_t i = 0; i < policy->n_valid_values; i++) {
        if (quantity_compare(amount, &policy->valid_values[i]) == 0)
            return true;
    }
    return !policy->n_valid_values;
}

static bool capacity_is_left(const struct capacity *capacity, size_t index, const struct capacity_use *use,
                             const struct quantity *amount, struct capacity_rules rules)
{
    struct quantity sum = *amount;
    for (size_t i = 0; i < use->n_persisted; i++) {
        if (names_agree(use->persisted[i].name, capacity->name, rules))
            quantity_add(&sum, &use->persisted[i].value);
    }
    if (use->searching)
        quantity_add(&sum, &use->searching[index]);
    return quantity_compare(&sum, &capacity->value) <= 0;
}

/* Every amount before any answer: what cannot be represented aborts, whichever capacity happens to be short.
 */
struct error *intake_prepare(struct intake *intake, const struct device *device,
                             const struct exact_request *request, struct capacity_rules rules,
                             struct arena *arena)
{
    if (intake->device == device)
        return NULL;
    intake->device = NULL;
    intake->missing = NULL;
    intake->rules = rules;
    for (size_t i = 0; i < request->n_capacity_requests && !intake->missing; i++) {
        if (!device_has(device, request->capacity_requests[i].name, rules))
            intake->missing = request->capacity_requests[i].name;
    }
    if (intake->room < device->n_capacities) {
        intake->items = arena_make_array(arena, struct intake_item, device->n_capacities);
        intake->room = device->n_capacities;
    }
    for (size_t i = 0; i < device->n_capacities && !intake->missing; i++) {
        const struct capacity *capacity = &device->capacities[i];
        struct intake_item *item = &intake->items[i];
        TRY(capacity_amount(capacity, request, rules, &item->amount));
        item->is_allowed = policy_allows(capacity->policy, &item->amount, rules.fractional);
    }
    intake->device = device;
    return NULL;
}

const char *intake_find_short(const struct intake *intake, const struct capacity_use *use)
{
    const struct device *device = intake->device;
    if (intake->missing)
        return intake->missing;
    for (size_t i = 0; i < device->n_capacities; i++) {
        const struct intake_item *item = &intake->items[i];
        if (!item->is_allowed ||
            !capacity_is_left(&device->capacities[i], i, use, &item->amount, intake->rules))
            return device->capacities[i].name;
    }
    return NULL;
}
