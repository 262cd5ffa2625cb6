/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/publish/settling.h"
#include "api/base/memory.h"
#include "driver/kube/reconciler.h"

#include <string.h>

void settling_done(struct settling *settling)
{
    map_each (&settling->versions, entry)
        free(entry->value);
    map_done(&settling->versions);
}

static bool is_as_new(const char *version, const char *wanted)
{
    return resource_version_number(version) >= resource_version_number(wanted);
}

void settling_await(struct settling *settling, const struct value *written, const struct kube_object *known)
{
    const char *uid = value_path_string(written, "metadata.uid");
    const char *version = value_path_string(written, "metadata.resourceVersion");
    bool is_shown = known && uid && version && strcmp(known->uid, uid) == 0 &&
                    is_as_new(known->resource_version, version);
    if (uid && version && !is_shown)
        free(map_put(&settling->versions, uid, mem_strdup(version)));
}

bool settling_hear(struct settling *settling, const struct kube_object *object, bool gone)
{
    const char *wanted = map_get(&settling->versions, object->uid);
    if (!wanted || (!gone && !is_as_new(object->resource_version, wanted)))
        return false;
    free(map_remove(&settling->versions, span_of(object->uid)));
    return !gone;
}

bool settling_is_over(const struct settling *settling)
{
    return settling->versions.length == 0;
}
