/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/view/features.h"

struct features features_all(void)
{
#define FEATURE_ON(field, name) .field = true,
    return (struct features){ FEATURES(FEATURE_ON) };
#undef FEATURE_ON
}

bool *features_find(struct features *features, struct span name)
{
#define FEATURE_TEST(field, text)                                                                            \
    if (span_is(name, text))                                                                                 \
        return &features->field;
    FEATURES(FEATURE_TEST)
#undef FEATURE_TEST
    return NULL;
}
