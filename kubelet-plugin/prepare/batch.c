/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a prepare finds, and what it does:
 *
 *   no record                        begin
 *   STARTED                          undo what may have been done, begin again
 *   COMPLETED, of this boot          answer from the record, after putting the CDI file right
 *   COMPLETED, of an earlier boot    begin again: the devices were reset with the machine
 *   UNPREPARING                      finish that first, then begin
 */

#include "kubelet-plugin/prepare/batch.h"

#include "api/base/log.h"
#include "api/base/memory.h"
#include "kubelet-plugin/cdi/names.h"
#include "kubelet-plugin/cdi/spec.h"
#include "kubelet-plugin/prepare/devices.h"
#include "kubelet-plugin/prepare/steps.h"

bool ground_has_completed(const struct prepare_ground *ground, const char *uid)
{
    const struct record *record = record_store_find(ground->store, uid);
    return record && record->state == RECORD_COMPLETED && strcmp(record->boot_id, ground->boot_id) == 0;
}

/* --- undoing --- */

/* Gives back every device of RECORD. Admin access changed nothing, so there is nothing to give back. */
static struct error *release_devices(const struct prepare_ground *ground, const struct record *record)
{
    struct error *first = NULL;
    for (size_t i = 0; i < record->n_devices; i++) {
        const struct recorded_device *device = &record->devices[i];
        if (device->admin_access)
            continue;
        struct error *err =
            error_wrap(backend_release(ground->backend, device->pool, device->device, device->share_id),
                       "release device %s", device->device);
        if (first)
            error_free(err);
        else
            first = err;
    }
    return first;
}

/* Effects, then the CDI file, then the record: whoever is cut off here finds a record to go on from. */
static struct error *undo(const struct prepare_ground *ground, const struct record *record)
{
    cleanup_free char *uid = mem_strdup(record->uid);
    TRY(release_devices(ground, record));
    crash_point("devices released");
    TRY(cdi_folder_remove(&ground->cdi, uid));
    crash_point("CDI file removed");
    return record_store_remove(ground->store, uid);
}

/* --- prepare --- */

static void fail(struct prepare_task *task, struct error *err)
{
    record_free(take(task->intent));
    task->err = err;
}

static struct error *restore_spec(const struct prepare_ground *ground, const struct record *record)
{
    if (!record->cdi_spec || cdi_folder_has(&ground->cdi, record->uid, record->cdi_spec))
        return NULL;
    log_warn("the CDI file of a prepared claim was gone or changed, and is written again",
             kv_str("claim", record->name), kv_str("namespace", record->namespace));
    return cdi_folder_write(&ground->cdi, record->uid, record->cdi_spec);
}

/* Whether the record answers the task. */
static bool answer_from_record(const struct prepare_ground *ground, struct prepare_task *task)
{
    if (!ground_has_completed(ground, task->uid))
        return false;
    const struct record *record = record_store_find(ground->store, task->uid);
    task->err = restore_spec(ground, record);
    task->prepared = task->err ? NULL : record;
    return true;
}

/* The earlier task of the batch that is to have one of TASK's devices. */
static const struct prepare_task *find_rival(struct prepare_task *const *tasks, size_t n_tasks,
                                             const struct prepare_task *task, const char **device)
{
    const struct prepare_task *rival = NULL;
    for (size_t i = 0; i < n_tasks && !rival; i++) {
        if (!tasks[i]->intent)
            continue;
        struct record_store only = { 0 };
        map_put(&only.records, tasks[i]->uid, tasks[i]->intent);
        rival = intent_find_conflict(&only, task->intent, device) ? tasks[i] : NULL;
        map_done(&only.records);
    }
    return rival;
}

static struct error *held_by(const char *device, const char *namespace, const char *name)
{
    return error_hint(error_conflict("device %s is still held by claim %s/%s", device, namespace, name),
                      "it is given back when the last pod of that claim on this node has ended");
}

/* From the claim to an intent that may be recorded. TASKS are those before this one. */
static struct error *plan(const struct prepare_ground *ground, struct prepare_task *const *tasks,
                          size_t n_tasks, struct prepare_task *task)
{
    const struct record *before = record_store_find(ground->store, task->uid);
    if (before)
        TRY(error_wrap(undo(ground, before), "undo what an interrupted prepare left"));
    if (!task->claim)
        return error_unavailable("the claim's record was of no use and the claim is not at hand; try again");
    TRY(intent_make(ground, task->claim, &task->intent));
    const char *device = NULL;
    const struct record *holder = intent_find_conflict(ground->store, task->intent, &device);
    if (holder)
        return held_by(device, holder->namespace, holder->name);
    const struct prepare_task *rival = find_rival(tasks, n_tasks, task, &device);
    return rival ? held_by(device, rival->namespace, rival->name) : NULL;
}

static void record_intents(const struct prepare_ground *ground, struct prepare_task **tasks, size_t n_tasks)
{
    struct record **records = mem_new(n_tasks, sizeof(records[0]));
    size_t n_records = 0;
    for (size_t i = 0; i < n_tasks; i++) {
        tasks[i]->is_new = tasks[i]->intent != NULL;
        if (tasks[i]->is_new)
            records[n_records++] = take(tasks[i]->intent);
    }
    struct error *err = record_store_begin(ground->store, records, n_records);
    for (size_t i = 0; i < n_tasks && err; i++) {
        if (tasks[i]->is_new)
            tasks[i]->err = error_copy(err);
        tasks[i]->is_new = false;
    }
    error_free(err);
    free(records);
}

static const struct allocation_result *result_of(const struct prepare_ground *ground,
                                                 const struct allocation *allocation, size_t place)
{
    for (size_t i = 0; i < allocation->n_results; i++)
        if (strcmp(allocation->results[i].driver, ground->driver) == 0 && place-- == 0)
            return &allocation->results[i];
    return NULL;
}

/* Has the backend prepare each device of the record; *SPEC is what containers get, in the record's arena. */
static struct error *prepare_devices(const struct prepare_ground *ground, const struct prepare_task *task,
                                     struct record *record)
{
    struct arena *arena = record->arena;
    struct cdi_device *devices = arena_make_array(arena, struct cdi_device, record->n_devices);
    for (size_t i = 0; i < record->n_devices; i++) {
        struct recorded_device *device = &record->devices[i];
        struct device_edits *edits = arena_make(arena, struct device_edits);
        struct prepare_request request = { ground->node_name, task->claim,
                                           result_of(ground, task->claim->allocation, i) };
        TRY(error_wrap(backend_prepare(ground->backend, arena, &request, edits), "device %s",
                       device->device));
        devices[i] = (struct cdi_device){ device->cdi_id, edits };
    }
    struct value *spec;
    TRY(cdi_spec_make(arena, ground->driver, devices, record->n_devices, &spec));
    record->cdi_spec = spec;
    for (size_t i = 0; i < record->n_devices; i++) {
        bool empty = cdi_edits_are_empty(devices[i].edits);
        record->devices[i].cdi_id = empty ? NULL : cdi_qualified_name(arena, ground->driver, devices[i].name);
    }
    return NULL;
}

/* The step between intent and completion; *DONE is the completed record. */
static struct error *carry_out(const struct prepare_ground *ground, const struct prepare_task *task,
                               struct record **done)
{
    cleanup_record struct record *record =
        record_in_state(record_store_find(ground->store, task->uid), RECORD_COMPLETED);
    TRY(prepare_devices(ground, task, record));
    crash_point("devices prepared");
    if (record->cdi_spec)
        TRY(cdi_folder_write(&ground->cdi, record->uid, record->cdi_spec));
    crash_point("CDI file written");
    *done = take(record);
    return NULL;
}

/* What cannot be undone now is remembered, beyond this batch, for the next prepare or unprepare. */
static void roll_back(const struct prepare_ground *ground, const struct prepare_task *task)
{
    const struct record *record = record_store_find(ground->store, task->uid);
    struct error *err = record ? undo(ground, record) : NULL;
    if (!err)
        return;
    log_error_free(LOG_WARN, "undoing a failed prepare did not work; it is tried again with the next one",
                   err);
    record = record_store_find(ground->store, task->uid);
    if (record)
        log_error_free(LOG_ERROR, "an interrupted prepare cannot be recorded",
                       record_store_put(ground->store, record_in_state(record, RECORD_STARTED)));
}

static void complete(const struct prepare_ground *ground, struct prepare_task *task, struct record *record)
{
    task->err = record_store_put(ground->store, record);
    crash_point("completion recorded");
    if (task->err)
        roll_back(ground, task);
    else
        task->prepared = record_store_find(ground->store, task->uid);
}

static void prepare_all(const struct prepare_ground *ground, struct prepare_task **tasks, size_t n_tasks)
{
    for (size_t i = 0; i < n_tasks; i++) {
        struct prepare_task *task = tasks[i];
        if (answer_from_record(ground, task))
            continue;
        struct error *err = plan(ground, tasks, i, task);
        if (err)
            fail(task, err);
    }
    crash_point("intents made");
    record_intents(ground, tasks, n_tasks);
    crash_point("intents recorded");
    for (size_t i = 0; i < n_tasks; i++) {
        struct prepare_task *task = tasks[i];
        struct record *completed = NULL;
        if (!task->is_new)
            continue;
        task->err = carry_out(ground, task, &completed);
        if (task->err)
            roll_back(ground, task);
        else
            complete(ground, task, completed);
    }
    crash_point("batch done");
    log_error_free(LOG_WARN, "the log of prepares cannot be cleared", record_store_end(ground->store));
}

/* --- unprepare --- */

static struct error *unprepare(const struct prepare_ground *ground, const struct prepare_task *task)
{
    const struct record *record = record_store_find(ground->store, task->uid);
    if (!record)
        return cdi_folder_remove(&ground->cdi, task->uid);
    TRY(record_store_put(ground->store, record_in_state(record, RECORD_UNPREPARING)));
    crash_point("unprepare recorded");
    return undo(ground, record_store_find(ground->store, task->uid));
}

void batch_run(const struct prepare_ground *ground, struct prepare_task **tasks, size_t n_tasks)
{
    struct prepare_task **prepares = mem_new(n_tasks, sizeof(prepares[0]));
    size_t n_prepares = 0;
    for (size_t i = 0; i < n_tasks; i++) {
        if (tasks[i]->dropped)
            tasks[i]->err = error_new(ERROR_CANCELLED, "given up before it began");
        else if (tasks[i]->kind == TASK_UNPREPARE)
            tasks[i]->err = unprepare(ground, tasks[i]);
        else
            prepares[n_prepares++] = tasks[i];
    }
    if (n_prepares)
        prepare_all(ground, prepares, n_prepares);
    free(prepares);
}
