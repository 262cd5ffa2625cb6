/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/publish/compare.h"

#include "api/base/time.h"
#include "api/resource/quantity.h"

#include <stdio.h>
#include <stdlib.h>

enum { SECOND = 1000000 };

/* Below these members, strings and numbers are quantities. */
static bool holds_amounts(struct span name)
{
    return span_is(name, "capacity") || span_is(name, "sharedCounters") ||
           span_is(name, "consumesCounters") || span_is(name, "nodeAllocatableResources");
}

static bool read_amount(const struct value *value, struct quantity *out)
{
    char digits[32];
    struct span text;
    if (value_is(value, VALUE_STRING)) {
        text = value->string;
    } else if (value_is(value, VALUE_INT)) {
        snprintf(digits, sizeof(digits), "%lld", (long long)value->integer);
        text = span_of(digits);
    } else {
        return false;
    }
    struct error *err = quantity_parse(text, out);
    bool good = !err;
    error_free(err);
    out->text = NULL; /* only the number counts, and DIGITS is gone in a moment */
    return good;
}

static bool amounts_match(const struct value *want, const struct value *have)
{
    struct quantity a, b;
    return read_amount(want, &a) && read_amount(have, &b) && quantity_compare(&a, &b) == 0;
}

static bool times_match(const struct value *want, const struct value *have)
{
    int64_t a, b;
    if (!value_is(want, VALUE_STRING))
        return true;
    if (!value_is(have, VALUE_STRING))
        return false;
    struct error *err = time_parse(want->string, &a);
    if (!err)
        err = time_parse(have->string, &b);
    bool close = !err && llabs(a - b) <= SECOND;
    error_free(err);
    return close;
}

/* Absent, null, and empty containers are one thing on the wire. */
static bool is_empty(const struct value *value)
{
    return !value || value->type == VALUE_NULL ||
           ((value->type == VALUE_LIST || value->type == VALUE_OBJECT) && value_length(value) == 0);
}

static bool matches(const struct value *want, const struct value *have, bool amounts);

static bool lists_match(const struct value *want, const struct value *have, bool amounts)
{
    if (value_length(want) != value_length(have))
        return false;
    for (size_t i = 0; i < value_length(want); i++)
        if (!matches(value_at(want, i), value_at(have, i), amounts))
            return false;
    return true;
}

static bool members_match(const struct value *want, const struct value *have, bool amounts)
{
    value_each_member (want, member) {
        const struct value *other = value_find(have, member->name);
        if (span_is(member->name, "timeAdded")) {
            if (!times_match(member->value, other))
                return false;
        } else if (!matches(member->value, other, amounts || holds_amounts(member->name))) {
            return false;
        }
    }
    value_each_member (have, member) {
        bool by_server = span_is(member->name, "timeAdded");
        if (!by_server && !is_empty(member->value) && !value_find(want, member->name))
            return false;
    }
    return true;
}

static bool matches(const struct value *want, const struct value *have, bool amounts)
{
    if (is_empty(want) || is_empty(have))
        return is_empty(want) && is_empty(have);
    if (want->type == VALUE_LIST && have->type == VALUE_LIST)
        return lists_match(want, have, amounts);
    if (want->type == VALUE_OBJECT && have->type == VALUE_OBJECT)
        return members_match(want, have, amounts);
    return value_equal(want, have) || (amounts && amounts_match(want, have));
}

bool slice_spec_matches(const struct value *want, const struct value *have)
{
    static const char *const fields[] = {
        "driver",
        "nodeName",
        "nodeSelector",
        "allNodes",
        "perDeviceNodeSelection",
        "sharedCounters",
        "devices",
        "partitionTypeAttribute",
        "skipNodeOperations",
    };
    const char *want_pool = value_path_string(want, "pool.name"),
               *have_pool = value_path_string(have, "pool.name");
    if (!want_pool || !have_pool || strcmp(want_pool, have_pool) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (!matches(value_get(want, fields[i]), value_get(have, fields[i]),
                     holds_amounts(span_of(fields[i]))))
            return false;
    return true;
}
