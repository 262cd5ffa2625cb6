/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capacities of devices and their request policies (allocation.md 2.6). The arithmetic of a range is done in
 * whole units, or in thousandths as soon as one of its numbers is not whole.
 */

#include "api/resource/validate_capacity.h"

enum { MAX_VALID_VALUES = 10 };

static const char *plain(struct validator *v, const struct quantity *quantity)
{
    cleanup_buf struct buf out = BUF_INIT(2 * QUANTITY_MAX_TEXT);
    quantity_format_text(quantity, &out);
    return arena_strdup(v->arena, buf_text(&out));
}

/* Refuses A as SHOWN at PATH if A is larger than B: "WHAT: B". */
static void check_at_most(struct validator *v, const struct field_path *path, const struct quantity *a,
                          const struct quantity *b, const struct quantity *shown_as, const char *what)
{
    if (quantity_compare(a, b) > 0)
        refuse_invalid(v, path, shown_quantity(v, shown_as), "%s: %s", what, plain(v, shown_as == a ? b : a));
}

/* Whether an earlier value is as much as NOW, the one at INDEX. */
static bool is_repeated(struct validator *v, const struct value *values, size_t index,
                        const struct quantity *now)
{
    struct quantity earlier;
    for (size_t i = 0; i < index; i++) {
        if (quantity_of(v, NULL, value_at(values, i), &earlier) && quantity_compare(&earlier, now) == 0)
            return true;
    }
    return false;
}

static void check_valid_values(struct validator *v, const struct field_path *path, const struct value *values,
                               const struct quantity *fallback, const struct quantity *capacity)
{
    size_t n_values = value_length(values);
    bool found = false;
    bool too_many = n_values > MAX_VALID_VALUES;
    if (too_many)
        refuse_too_many(v, path, n_values, MAX_VALID_VALUES);
    struct quantity before = { 0 }, now;
    for (size_t i = 0; i < n_values; i++, before = now) {
        if (!quantity_of(v, INDEX(path, i), value_at(values, i), &now))
            return;
        int order = i ? quantity_compare(&before, &now) : -1;
        if (order > 0)
            refuse_invalid(v, INDEX(path, i), shown_quantity(v, &now),
                           "values must be sorted in ascending order");
        if (!too_many && is_repeated(v, values, i, &now))
            refuse_duplicate(v, INDEX(path, i), shown_quantity(v, &now));
        check_at_most(v, INDEX(path, i), &now, capacity, &now, "option is larger than capacity value");
        found |= quantity_compare(&now, fallback) == 0;
    }
    if (!found)
        refuse_invalid(v, path, shown_quantity(v, fallback),
                       "default value is not valid according to the requestPolicy");
}

struct range {
    struct quantity fallback, min, max, step;
    bool has_max, has_step;
};

static bool is_fractional(const struct quantity *quantity)
{
    return quantity->nanos % 1000000000 != 0;
}

/* Whether the numbers of the range can be computed with in UNIT (nanos); refuses those that cannot. */
static bool check_units(struct validator *v, const struct field_path *path, const struct range *range,
                        __int128 unit)
{
    const struct {
        const char *name;
        const struct quantity *quantity;
    } numbers[] = {
        { "default", &range->fallback },
        { "min", &range->min },
        { "max", range->has_max ? &range->max : NULL },
        { "step", range->has_step ? &range->step : NULL },
    };
    bool good = true;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        const struct quantity *number = numbers[i].quantity;
        const char *fault = NULL;
        if (number && unit != 1000000000 && (number->nanos % unit || number->nanos / unit > INT64_MAX))
            fault = "value cannot be represented as a milli value";
        else if (number && unit == 1000000000 && quantity_sign(number) < 0)
            fault = "must be greater than or equal to 0";
        else if (number && (number->huge || number->nanos / unit > INT64_MAX))
            fault = "must not be larger than 9223372036854775807";
        if (fault)
            refuse_invalid(v, CHILD(path, numbers[i].name), shown_quantity(v, number), "%s", fault);
        good &= !fault;
    }
    return good;
}

static void check_multiple(struct validator *v, const struct field_path *path, const struct quantity *value,
                           const struct range *range, __int128 unit)
{
    __int128 distance = (value->nanos - range->min.nanos) / unit;
    __int128 step = range->step.nanos / unit;
    if (step && distance % step != 0)
        refuse_invalid(v, path, shown_quantity(v, value),
                       "value is not a multiple of a given step (%s) from (%s)", plain(v, &range->step),
                       plain(v, &range->min));
}

static void check_step(struct validator *v, const struct field_path *path, const struct range *range,
                       const struct quantity *capacity, bool milli)
{
    const __int128 unit = milli ? 1000000 : 1000000000;
    const struct field_path *step_path = CHILD(path, "step");
    if (quantity_sign(&range->step) <= 0) {
        refuse_invalid(v, step_path, shown_quantity(v, &range->step), "must be greater than zero");
        return;
    }
    struct quantity first = range->min;
    quantity_add(&first, &range->step);
    if (quantity_compare(&first, capacity) > 0)
        refuse_invalid(v, step_path, shown_quantity(v, &range->step),
                       "one step %s is larger than capacity value: %s", plain(v, &first), plain(v, capacity));
    if (!milli && !check_units(v, path, range, unit))
        return;
    check_multiple(v, step_path, &range->fallback, range, unit);
    if (range->has_max)
        check_multiple(v, step_path, &range->max, range, unit);
}

static void check_valid_range(struct validator *v, const struct field_path *path, const struct value *tree,
                              const struct quantity *fallback, const struct quantity *capacity)
{
    struct range range = { .fallback = *fallback };
    const struct field_path *min_path = CHILD(path, "min"), *max_path = CHILD(path, "max");
    const struct field_path *default_path = CHILD(path, "default");
    if (is_absent(value_get(tree, "min")))
        refuse_required(v, min_path, "required when validRange is defined");
    if (!quantity_of(v, min_path, value_get(tree, "min"), &range.min))
        return;
    range.has_max = quantity_of(v, max_path, value_get(tree, "max"), &range.max);
    range.has_step = quantity_of(v, CHILD(path, "step"), value_get(tree, "step"), &range.step);

    check_at_most(v, min_path, &range.min, capacity, &range.min, "min is larger than capacity value");
    check_at_most(v, default_path, &range.min, fallback, fallback, "default is less than min");
    if (range.has_max) {
        check_at_most(v, max_path, &range.min, &range.max, &range.min, "min is larger than max");
        check_at_most(v, max_path, &range.max, capacity, &range.max, "max is larger than capacity value");
        check_at_most(v, default_path, fallback, &range.max, fallback, "default is more than max");
    }
    bool milli = gate_is_on(v, "DRAFractionalCapacityRange") &&
                 (is_fractional(fallback) || is_fractional(&range.min) || is_fractional(&range.max) ||
                  is_fractional(&range.step));
    if (milli && !check_units(v, path, &range, 1000000))
        return;
    if (range.has_step)
        check_step(v, path, &range, capacity, milli);
}

static void check_policy(struct validator *v, const struct field_path *path, const struct value *policy,
                         const struct quantity *capacity)
{
    const struct value *values = value_get(policy, "validValues"), *range = value_get(policy, "validRange");
    struct quantity fallback;
    if (value_length(values) && !is_absent(range)) {
        refuse_forbidden(v, path,
                         "exactly one policy can be specified, cannot specify \"validValues\" and "
                         "\"validRange\" at the same time");
        return;
    }
    if (!value_length(values) && is_absent(range))
        return;
    if (is_absent(value_get(policy, "default")))
        refuse_required(v, CHILD(path, "default"), "required when %s is defined",
                        value_length(values) ? "validValues" : "validRange");
    if (!quantity_of(v, CHILD(path, "default"), value_get(policy, "default"), &fallback))
        return;
    if (value_length(values))
        check_valid_values(v, CHILD(path, "validValues"), values, &fallback, capacity);
    else
        check_valid_range(v, CHILD(path, "validRange"), range, &fallback, capacity);
}

void validate_capacity(struct validator *v, const struct field_path *path, const struct value *capacity,
                       const void *shared)
{
    const struct value *policy = value_get(capacity, "requestPolicy");
    struct quantity value = { 0 };
    if (is_absent(value_get(capacity, "value")))
        refuse_required(v, CHILD(path, "value"), "%s", "");
    else if (!quantity_of(v, CHILD(path, "value"), value_get(capacity, "value"), &value))
        return;
    if (is_absent(policy))
        return;
    if (*(const bool *)shared)
        check_policy(v, CHILD(path, "requestPolicy"), policy, &value);
    else
        refuse_forbidden(v, CHILD(path, "requestPolicy"), "allowMultipleAllocations must be true");
}
