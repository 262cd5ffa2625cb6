/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/prepare/recover.h"

#include "api/base/log.h"
#include "api/base/memory.h"

static bool has_record(void *ctx, struct span uid)
{
    const struct prepare_ground *ground = ctx;
    cleanup_free char *text = mem_strndup(uid.data, uid.length);
    const struct record *record = record_store_find(ground->store, text);
    return record && strcmp(record->boot_id, ground->boot_id) == 0;
}

struct error *ground_recover(const struct prepare_ground *ground)
{
    TRY(cdi_folder_check(&ground->cdi));
    size_t n_removed, n_restored = 0;
    TRY(cdi_folder_sweep(&ground->cdi, has_record, (void *)ground, &n_removed));
    map_each (&ground->store->records, entry) {
        const struct record *record = entry->value;
        if (!ground_has_completed(ground, record->uid) || !record->cdi_spec ||
            cdi_folder_has(&ground->cdi, record->uid, record->cdi_spec))
            continue;
        TRY(cdi_folder_write(&ground->cdi, record->uid, record->cdi_spec));
        n_restored++;
    }
    log_info("prepared claims found", kv_int("claims", ground->store->records.length),
             kv_int("cdiFilesRestored", n_restored), kv_int("cdiFilesRemoved", n_removed));
    return NULL;
}
