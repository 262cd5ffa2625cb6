/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices a rule taints, and which taints a request puts up with.
 */

#include "api/resource/taint_rule.h"

#include <string.h>

static bool is_empty(const char *text)
{
    return !text || !*text;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool taint_rule_matches(const struct device_taint_rule *rule, const char *driver, const char *pool,
                        const char *device)
{
    return rule->has_selector && (!rule->driver || strcmp(rule->driver, driver) == 0) &&
           (!rule->pool || strcmp(rule->pool, pool) == 0) &&
           (!rule->device || strcmp(rule->device, device) == 0);
}

bool toleration_matches(const struct toleration *toleration, const struct taint *taint)
{
    if (!is_empty(toleration->effect) && strcmp(toleration->effect, taint_effect_name(taint->effect)) != 0)
        return false;
    if (!is_empty(toleration->key) && !same_text(toleration->key, taint->key))
        return false;
    switch (toleration->op) {
    case TOLERATE_EQUAL: return same_text(toleration->value, taint->value);
    case TOLERATE_EXISTS: return true;
    case TOLERATE_UNKNOWN: return false;
    }
    return false;
}

static bool is_tolerated(const struct taint *taint, const struct toleration *tolerations,
                         size_t n_tolerations)
{
    for (size_t i = 0; i < n_tolerations; i++)
        if (toleration_matches(&tolerations[i], taint))
            return true;
    return false;
}

const struct taint *taints_find_untolerated(const struct taint *taints, size_t n_taints,
                                            const struct toleration *tolerations, size_t n_tolerations)
{
    for (size_t i = 0; i < n_taints; i++)
        if (taints[i].effect != EFFECT_NONE && !is_tolerated(&taints[i], tolerations, n_tolerations))
            return &taints[i];
    return NULL;
}
