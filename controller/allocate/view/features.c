/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/allocate/view/features.h"

#include <string.h>

struct features features_all(void)
{
#define FEATURE_ON(field, name) .field = true,
    return (struct features){ FEATURES(FEATURE_ON) };
#undef FEATURE_ON
}

struct error *features_set_release(struct features *features, const char *release)
{
    static const char *const known[] = { "1.34", "1.35", "1.36", "1.37", "1.38" };
    for (int i = 0; i < (int)ARRAY_LEN(known); i++) {
        if (strcmp(release, known[i]) == 0) {
#define CHANGE_SET(field, since) features->field = 34 + i >= (since);
            CHANGES(CHANGE_SET)
#undef CHANGE_SET
            return NULL;
        }
    }
    return error_hint(error_invalid("unknown Kubernetes version \"%s\"", release),
                      "versions 1.34 to 1.38 are known");
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
