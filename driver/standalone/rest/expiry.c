/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/standalone/rest/expiry.h"

#include "api/base/log.h"

#include <assert.h>

enum { TICK_MS = 60 * 1000, N_NOTES = EXPIRY_MAX_MINUTES + 1 };

static struct error *remove_up_to(struct collection *collection, int64_t version)
{
    cleanup_snapshot struct snapshot all = { 0 };
    TRY(collection_list(collection, 0, (struct span){ 0 }, &all));
    vec_each (&all.objects, object) {
        struct object *last;
        if ((*object)->version <= version)
            TRY(collection_remove(collection, (*object)->namespace, (*object)->name, (*object)->version,
                                  &last));
    }
    return NULL;
}

void expiry_tick(struct expiry *expiry)
{
    expiry->notes[expiry->n_minutes++ % N_NOTES] = store_version(expiry->store);
    for (size_t i = 0; i < expiry->resources->rows.length; i++) {
        const struct resource *resource = &expiry->resources->rows.items[i];
        size_t lifetime = resource->strategy->lifetime_minutes;
        assert(lifetime <= EXPIRY_MAX_MINUTES);
        if (!resource->collection || lifetime == 0 || expiry->n_minutes <= lifetime)
            continue;
        int64_t version = expiry->notes[(expiry->n_minutes - 1 - lifetime) % N_NOTES];
        log_error_free(LOG_WARN, "cannot remove what is over", remove_up_to(resource->collection, version));
    }
}

static void on_minute(struct timer *timer)
{
    expiry_tick(container_of(timer, struct expiry, timer));
}

void expiry_start(struct expiry *expiry, struct loop *loop, const struct resources *resources,
                  struct store *store)
{
    *expiry = (struct expiry){ .resources = resources, .store = store };
    timer_start_periodic(&expiry->timer, loop, TICK_MS, on_minute);
    timer_set_background(&expiry->timer);
}

void expiry_stop(struct expiry *expiry)
{
    timer_stop(&expiry->timer);
}
