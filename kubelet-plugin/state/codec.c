/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/state/codec.h"

#include "api/base/memory.h"
#include "api/value/json.h"
#include "kubelet-plugin/state/crc.h"

#include <stdio.h>

#define HEAD_FORMAT "tranche-record 1 crc32=%08x\n"
enum { HEAD_LENGTH = sizeof("tranche-record 1 crc32=00000000\n") - 1 };

static const char *const state_names[] = {
    [RECORD_STARTED] = "started",
    [RECORD_COMPLETED] = "completed",
    [RECORD_UNPREPARING] = "unpreparing",
};

const char *record_state_name(enum record_state state)
{
    return state_names[state];
}

void record_free(struct record *record)
{
    if (record)
        arena_free(record->arena); /* the record itself lives there */
}

/* --- encode --- */

static struct value *device_tree(struct arena *arena, const struct recorded_device *device)
{
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "request", device->request);
    value_set_text(arena, tree, "pool", device->pool);
    value_set_text(arena, tree, "device", device->device);
    value_set_text(arena, tree, "shareID", device->share_id);
    value_set_text(arena, tree, "cdiID", device->cdi_id);
    if (device->admin_access)
        value_set_bool(arena, tree, "adminAccess", true);
    return tree;
}

static struct value *record_tree(struct arena *arena, const struct record *record)
{
    struct value *tree = value_object(arena);
    value_set_int(arena, tree, "formatVersion", 1);
    value_set_text(arena, tree, "uid", record->uid);
    value_set_text(arena, tree, "namespace", record->namespace);
    value_set_text(arena, tree, "name", record->name);
    value_set_text(arena, tree, "state", state_names[record->state]);
    value_set_text(arena, tree, "bootID", record->boot_id);
    value_set_text(arena, tree, "createdAt", record->created);
    struct value *devices = value_child_list(arena, tree, "devices");
    for (size_t i = 0; i < record->n_devices; i++)
        value_append(arena, devices, device_tree(arena, &record->devices[i]));
    if (record->cdi_spec)
        value_set(arena, tree, "cdiSpec", value_copy(arena, record->cdi_spec));
    return tree;
}

struct error *record_encode(const struct record *record, struct buf *out)
{
    cleanup_arena struct arena *arena = arena_new();
    cleanup_buf struct buf body = BUF_INIT(MAX_RECORD_BYTES);
    json_write(&body, record_tree(arena, record));
    TRY(buf_check(&body));
    buf_printf(out, HEAD_FORMAT, crc32_of(buf_span(&body)));
    buf_add_span(out, buf_span(&body));
    return buf_check(out);
}

/* --- decode --- */

static struct error *check_head(struct span bytes, struct span *body)
{
    if (bytes.length < HEAD_LENGTH)
        return error_invalid("it is cut short");
    char head[HEAD_LENGTH + 1];
    *body = span_skip(bytes, HEAD_LENGTH);
    snprintf(head, sizeof(head), HEAD_FORMAT, crc32_of(*body));
    if (memcmp(bytes.data, "tranche-record ", 15) != 0)
        return error_invalid("it is no record of ours");
    if (memcmp(bytes.data, head, HEAD_LENGTH) != 0)
        return error_invalid("its checksum is wrong, or its format is newer than this plugin");
    return NULL;
}

static struct error *state_parse(const char *text, enum record_state *out)
{
    for (size_t i = 0; text && i < ARRAY_LEN(state_names); i++) {
        if (strcmp(text, state_names[i]) == 0) {
            *out = (enum record_state)i;
            return NULL;
        }
    }
    return error_invalid("unknown state \"%s\"", text ? text : "");
}

static struct error *read_device(const struct value *tree, struct recorded_device *out)
{
    *out = (struct recorded_device){
        .request = value_path_string(tree, "request"),
        .pool = value_path_string(tree, "pool"),
        .device = value_path_string(tree, "device"),
        .share_id = value_path_string(tree, "shareID"),
        .cdi_id = value_path_string(tree, "cdiID"),
        .admin_access = value_true(value_get(tree, "adminAccess")),
    };
    if (!out->request || !out->pool || !out->device)
        return error_invalid("a device lacks its request, pool or name");
    return NULL;
}

static struct error *read_record(struct arena *arena, const struct value *tree, struct record *record)
{
    record->arena = arena;
    record->uid = value_path_string(tree, "uid");
    record->namespace = value_path_string(tree, "namespace");
    record->name = value_path_string(tree, "name");
    record->boot_id = value_path_string(tree, "bootID");
    record->created = value_path_string(tree, "createdAt");
    record->cdi_spec = value_get(tree, "cdiSpec");
    TRY(state_parse(value_path_string(tree, "state"), &record->state));
    if (!record->uid || !record->namespace || !record->name || !record->boot_id)
        return error_invalid("it lacks the claim's uid, namespace or name, or the boot id");
    const struct value *devices = value_get(tree, "devices");
    record->n_devices = value_length(devices);
    record->devices = arena_make_array(arena, struct recorded_device, record->n_devices);
    for (size_t i = 0; i < record->n_devices; i++)
        TRY(read_device(value_at(devices, i), &record->devices[i]));
    return NULL;
}

struct error *record_decode(struct span bytes, struct record **out)
{
    struct span body;
    TRY(check_head(bytes, &body));
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree;
    TRY(json_parse(arena, body, JSON_STRICT, &tree));
    struct record *record = arena_make(arena, struct record);
    TRY(read_record(arena, tree, record));
    take(arena);
    *out = record;
    return NULL;
}

struct record *record_in_state(const struct record *record, enum record_state state)
{
    struct arena *arena = arena_new();
    struct record *copy = arena_make(arena, struct record);
    *copy = (struct record){
        .arena = arena,
        .state = state,
        .uid = arena_strdup(arena, record->uid),
        .namespace = arena_strdup(arena, record->namespace),
        .name = arena_strdup(arena, record->name),
        .boot_id = arena_strdup(arena, record->boot_id),
        .created = arena_strdup(arena, record->created),
        .devices = arena_make_array(arena, struct recorded_device, record->n_devices),
        .n_devices = record->n_devices,
        .cdi_spec = record->cdi_spec ? value_copy(arena, record->cdi_spec) : NULL,
    };
    for (size_t i = 0; i < record->n_devices; i++) {
        const struct recorded_device *device = &record->devices[i];
        copy->devices[i] = (struct recorded_device){
            .request = arena_strdup(arena, device->request),
            .pool = arena_strdup(arena, device->pool),
            .device = arena_strdup(arena, device->device),
            .share_id = arena_strdup(arena, device->share_id),
            .cdi_id = arena_strdup(arena, device->cdi_id),
            .admin_access = device->admin_access,
        };
    }
    return copy;
}
