/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/claims/patches.h"
#include "api/base/time.h"
#include "api/resource/objects.h"
#include "driver/kube/facts.h"

/* The finalizers without ours, as a whole list: merge patches know no smaller piece. */
static struct value *other_finalizers(struct arena *arena, struct value *patch, const struct value *claim)
{
    struct value *list = value_child_list(arena, value_child(arena, patch, "metadata"), "finalizers");
    value_each (value_path(claim, "metadata.finalizers"), finalizer) {
        if (value_is(finalizer, VALUE_STRING) && !span_is(finalizer->string, CLAIM_FINALIZER))
            value_append(arena, list, value_copy(arena, finalizer));
    }
    return list;
}

struct value *patch_add_finalizer(struct arena *arena, const struct value *claim)
{
    struct value *patch = patch_begin(arena, claim, false);
    value_append(arena, other_finalizers(arena, patch, claim), value_text(arena, CLAIM_FINALIZER));
    return patch;
}

struct value *patch_remove_finalizer(struct arena *arena, const struct value *claim)
{
    struct value *patch = patch_begin(arena, claim, false);
    (void)other_finalizers(arena, patch, claim);
    return patch;
}

struct value *patch_allocate(struct arena *arena, const struct value *claim,
                             const struct allocation *allocation, const struct value *pod, int64_t now)
{
    char timestamp[TIME_TEXT_SIZE];
    time_format(now, timestamp);
    struct value *patch = patch_begin(arena, claim, false);
    struct value *status = value_child(arena, patch, "status");
    struct value *tree = allocation_encode(arena, allocation);
    value_set_text(arena, tree, "allocationTimestamp", timestamp);
    value_set(arena, status, "allocation", tree);
    if (!pod)
        return patch;
    struct value *consumer = value_object(arena);
    value_set_text(arena, consumer, "resource", "pods");
    value_set_text(arena, consumer, "name", object_name(pod));
    value_set_text(arena, consumer, "uid", object_uid(pod));
    value_append(arena, value_child_list(arena, status, "reservedFor"), consumer);
    return patch;
}

struct value *patch_deallocate(struct arena *arena, const struct value *claim)
{
    struct value *patch = patch_begin(arena, claim, false);
    struct value *status = value_child(arena, patch, "status");
    value_set(arena, status, "allocation", value_null(arena));
    value_set(arena, status, "reservedFor", value_null(arena));
    value_set(arena, status, "devices", value_null(arena));
    return patch;
}

struct value *patch_open(struct arena *arena, const struct value *pod, const char *gate)
{
    struct value *patch = patch_begin(arena, pod, true);
    struct value *item = value_object(arena);
    value_set_text(arena, item, "$patch", "delete");
    value_set_text(arena, item, "name", gate);
    value_append(arena, value_child_list(arena, value_child(arena, patch, "spec"), "schedulingGates"), item);
    return patch;
}
