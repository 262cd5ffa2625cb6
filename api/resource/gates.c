/* SPDX-License-Identifier: Apache-2.0 */

#include "api/resource/gates.h"

#include "api/base/compiler.h"

#include <string.h>

bool gate_is_on_by_default(const void *context, const char *name)
{
    static const char *const alpha[] = {
        GATE_PARTITION_TYPE,           GATE_LIST_ATTRIBUTES,    GATE_NODE_ALLOCATABLE,
        GATE_OPTIONAL_NODE_OPERATIONS, GATE_DERIVED_ATTRIBUTES, GATE_COMPATIBILITY_GROUPS,
    };
    (void)context;
    for (size_t i = 0; i < ARRAY_LEN(alpha); i++)
        if (!strcmp(alpha[i], name))
            return false;
    return true;
}
