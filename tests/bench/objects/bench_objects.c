/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a watch cache does to each ResourceSlice, measured on a full one: 128 devices with 14 attributes and a
 * capacity. Each step is repeated; the fastest run counts, since anything else is somebody else's doing.
 */

#include "api/base/time.h"
#include "api/core/kinds.h"
#include "api/resource/objects.h"
#include "api/value/json.h"

#include <assert.h>
#include <stdio.h>

enum { DEVICES = 128, RUNS = 300, MAX_TEXT_BYTES = 1024 * 1024 };

static void write_device(struct buf *out, int index)
{
    buf_printf(out, "%s{\"name\":\"gpu-%d\",\"attributes\":{", index ? "," : "", index);
    buf_printf(out, "\"uuid\":{\"string\":\"GPU-%08d-1234-5678-9abc-def012345678\"},", index);
    buf_printf(out, "\"index\":{\"int\":%d},\"minor\":{\"int\":%d},\"numa\":{\"int\":%d},", index, index,
               index % 2);
    buf_printf(out, "\"resource.kubernetes.io/pcieRoot\":{\"string\":\"pci0000:%02x\"},", (unsigned)index);
    buf_printf(out, "\"resource.kubernetes.io/pciBusID\":{\"string\":\"0000:%02x:00.0\"},", (unsigned)index);
    buf_add(out, "\"productName\":{\"string\":\"Example H1\"},\"brand\":{\"string\":\"Example\"},"
                 "\"architecture\":{\"string\":\"Hopper\"},\"type\":{\"string\":\"gpu\"},"
                 "\"healthy\":{\"bool\":true},\"driverVersion\":{\"version\":\"550.54.15\"},"
                 "\"runtimeVersion\":{\"version\":\"12.4.0\"},\"computeCapability\":{\"version\":\"9.0.0\"}},"
                 "\"capacity\":{\"memory\":{\"value\":\"143771Mi\"}}}");
}

static void write_slice(struct buf *out)
{
    buf_add(out,
            "{\"apiVersion\":\"resource.k8s.io/v1\",\"kind\":\"ResourceSlice\",\"metadata\":{\"name\":\"s\"},"
            "\"spec\":{\"driver\":\"gpu.example.com\",\"nodeName\":\"node-1\",\"pool\":{\"name\":\"node-1\","
            "\"generation\":1,\"resourceSliceCount\":1},\"devices\":[");
    for (int i = 0; i < DEVICES; i++)
        write_device(out, i);
    buf_add(out, "]}}");
}

struct slice {
    struct span text;
    struct value *tree;
    struct arena *scratch; /* of one run */
    struct buf out;
};

typedef void step_fn(struct slice *slice);

static void step_parse(struct slice *slice)
{
    struct error *err = json_parse(slice->scratch, slice->text, 0, &slice->tree);
    assert(!err);
}

static void step_decode(struct slice *slice)
{
    struct resource_slice *typed = NULL;
    struct error *err = resource_slice_decode(slice->scratch, slice->tree, &typed);
    assert(!err && typed->n_devices == DEVICES);
}

static void step_check(struct slice *slice)
{
    struct schema_complaints complaints = { 0 };
    const struct schema *schema = schema_kind_table(schema_kind_of(slice->tree), "v1");
    struct error *err = schema_check(schema, slice->tree, &complaints);
    assert(!err && !complaints.texts.length);
}

static void step_write(struct slice *slice)
{
    buf_clear(&slice->out);
    json_write(&slice->out, slice->tree);
}

static void measure(const char *name, struct slice *slice, step_fn *step)
{
    uint64_t best = UINT64_MAX;
    size_t bytes = 0;
    for (int i = 0; i < RUNS; i++) {
        cleanup_arena struct arena *scratch = arena_new();
        slice->scratch = scratch;
        uint64_t start = time_monotonic_nanos();
        step(slice);
        uint64_t nanos = time_monotonic_nanos() - start;
        best = nanos < best ? nanos : best;
        bytes = arena_size(scratch);
    }
    printf("%-8s %8.1f us %8zu bytes %6zu a device\n", name, (double)best / 1e3, bytes, bytes / DEVICES);
}

int main(void)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_TEXT_BYTES);
    write_slice(&text);
    printf("a slice of %d devices, %zu bytes of JSON\n", DEVICES, text.length);
    struct slice slice = { .text = buf_span(&text), .out = BUF_INIT(MAX_TEXT_BYTES) };
    measure("parse", &slice, step_parse);
    cleanup_arena struct arena *arena = arena_new();
    struct error *err = json_parse(arena, slice.text, 0, &slice.tree);
    assert(!err);
    measure("decode", &slice, step_decode);
    measure("check", &slice, step_check);
    measure("write", &slice, step_write);
    buf_done(&slice.out);
    return 0;
}
