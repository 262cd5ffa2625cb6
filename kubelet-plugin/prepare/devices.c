/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/prepare/devices.h"

#include "api/base/time.h"
#include "kubelet-plugin/cdi/names.h"

static struct error *check_claim(const struct resource_claim *claim)
{
    if (claim->meta.deletion_timestamp && !claim->allocation)
        return error_conflict("the claim is being deleted");
    if (!claim->allocation)
        return error_hint(error_unavailable("the claim is not allocated"),
                          "kubectl tranche explain says why");
    if (claim->n_reserved_for == 0)
        return error_unavailable("the claim is not reserved for any pod");
    return NULL;
}

/* Two devices of one claim may have one name, in different pools: the later one gets its place put behind. */
static char *unique_cdi_name(struct record *record, const struct allocation_result *result, size_t place)
{
    char *name = cdi_device_name(record->arena, record->uid, result->device, result->share_id);
    for (size_t i = 0; i < record->n_devices; i++)
        if (record->devices[i].cdi_id && strcmp(record->devices[i].cdi_id, name) == 0)
            return arena_printf(record->arena, "%s-%zu", name, place);
    return name;
}

struct error *intent_make(const struct prepare_ground *ground, const struct resource_claim *claim,
                          struct record **out)
{
    TRY(check_claim(claim));
    struct arena *arena = arena_new();
    struct record *record = arena_make(arena, struct record);
    char now[TIME_TEXT_SIZE];
    time_format(time_now_micros(), now);
    const struct allocation *allocation = claim->allocation;
    *record = (struct record){
        .arena = arena,
        .state = RECORD_STARTED,
        .uid = arena_strdup(arena, claim->meta.uid),
        .namespace = arena_strdup(arena, claim->meta.namespace),
        .name = arena_strdup(arena, claim->meta.name),
        .boot_id = arena_strdup(arena, ground->boot_id),
        .created = arena_strdup(arena, now),
        .devices = arena_make_array(arena, struct recorded_device, allocation->n_results),
    };
    for (size_t i = 0; i < allocation->n_results; i++) {
        const struct allocation_result *result = &allocation->results[i];
        if (strcmp(result->driver, ground->driver) != 0)
            continue;
        struct recorded_device device = {
            .request = arena_span(arena, request_base_name(result->request)),
            .pool = arena_strdup(arena, result->pool),
            .device = arena_strdup(arena, result->device),
            .share_id = arena_strdup(arena, result->share_id),
            .cdi_id = unique_cdi_name(record, result, i),
            .admin_access = result->admin_access,
        };
        record->devices[record->n_devices++] = device;
    }
    *out = record;
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool clash(const struct recorded_device *a, const struct recorded_device *b)
{
    if (a->admin_access || b->admin_access || (a->share_id && b->share_id))
        return false;
    return strcmp(a->device, b->device) == 0 && strcmp(a->pool, b->pool) == 0;
}

static const struct recorded_device *find_clash(const struct record *a, const struct record *b)
{
    for (size_t i = 0; i < a->n_devices; i++)
        for (size_t j = 0; j < b->n_devices; j++)
            if (clash(&a->devices[i], &b->devices[j]))
                return &a->devices[i];
    return NULL;
}

const struct record *intent_find_conflict(const struct record_store *store, const struct record *intent,
                                          const char **device)
{
    map_each (&store->records, entry) {
        const struct record *other = entry->value;
        const struct recorded_device *shared =
            strcmp(other->uid, intent->uid) == 0 ? NULL : find_clash(intent, other);
        if (shared) {
            *device = shared->device;
            return other;
        }
    }
    return NULL;
}

bool records_hold_same(const struct record *a, const struct record *b)
{
    if (a->n_devices != b->n_devices)
        return false;
    for (size_t i = 0; i < a->n_devices; i++) {
        const struct recorded_device *x = &a->devices[i], *y = &b->devices[i];
        if (!same_text(x->pool, y->pool) || !same_text(x->device, y->device) ||
            !same_text(x->share_id, y->share_id))
            return false;
    }
    return true;
}
