/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubectl tranche devices: slices joined with the allocations of claims.
 */

#include "api/base/map.h"
#include "api/resource/objects.h"
#include "controller/kubectl/columns.h"
#include "controller/kubectl/command.h"
#include "controller/kubectl/commands.h"
#include "controller/kubectl/fetch.h"

enum { EXIT_NOTHING = 1 };

struct devices_options {
    struct kubectl_flags flags;
    const char *driver;
    const char *node;
};

static const struct option_row rows[] = {
    KUBECTL_OPTION_ROWS(struct devices_options, flags),
    { "driver", NULL, OPTION_STRING, offsetof(struct devices_options, driver), .value = "NAME",
      .help = "only devices of this driver" },
    { "node", NULL, OPTION_STRING, offsetof(struct devices_options, node), .value = "NAME",
      .help = "only devices of this node" },
};

static const struct option_table table = {
    .program = "kubectl-tranche devices",
    .usage = "[flags]",
    .about = "Lists the published devices and the claims that hold them.",
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
};

/* Who holds which device: "driver/pool/device" to a list of holders. */
struct holders {
    struct arena *arena;
    struct map by_device; /* struct value *: a list of {namespace, claim, shareID, adminAccess} */
};

static void note_result(struct holders *holders, const struct value *claim, const struct value *result)
{
    const char *driver = value_path_string(result, "driver"), *pool = value_path_string(result, "pool"),
               *device = value_path_string(result, "device");
    if (!driver || !pool || !device)
        return;
    const char *key = arena_printf(holders->arena, "%s/%s/%s", driver, pool, device);
    struct value *list = map_get(&holders->by_device, key);
    if (!list) {
        list = value_list(holders->arena);
        map_put(&holders->by_device, key, list);
    }
    struct value *holder = value_object(holders->arena);
    value_set_text(holders->arena, holder, "namespace", value_path_string(claim, "metadata.namespace"));
    value_set_text(holders->arena, holder, "claim", value_path_string(claim, "metadata.name"));
    value_set_text(holders->arena, holder, "shareID", value_path_string(result, "shareID"));
    if (value_true(value_get(result, "adminAccess")))
        value_set_bool(holders->arena, holder, "adminAccess", true);
    value_append(holders->arena, list, holder);
}

static void note_claims(struct holders *holders, const struct value *claims)
{
    value_each (claims, claim) {
        value_each (value_path(claim, "status.allocation.devices.results"), result)
            note_result(holders, claim, result);
    }
}

static bool is_exclusive(const struct value *list)
{
    value_each (list, holder) {
        if (!value_get(holder, "shareID") && !value_get(holder, "adminAccess"))
            return true;
    }
    return false;
}

static bool keeps_others_away(const struct taint *taint)
{
    return taint->effect != EFFECT_NONE && strcmp(taint->key, "tranche.dev/allocator") != 0;
}

static const char *state_of(const struct device *device, const struct value *list)
{
    if (is_exclusive(list))
        return "in use";
    for (size_t i = 0; i < device->n_taints; i++)
        if (keeps_others_away(&device->taints[i]))
            return "tainted";
    return value_length(list) && device->allow_multiple_allocations ? "shared" : "free";
}

static struct value *device_tree(struct holders *holders, const struct resource_slice *slice,
                                 const struct device *device)
{
    struct arena *arena = holders->arena;
    const char *key = arena_printf(arena, "%s/%s/%s", slice->driver, slice->pool, device->name);
    const struct value *list = map_get(&holders->by_device, key);
    struct value *tree = value_object(arena);
    value_set_text(arena, tree, "driver", slice->driver);
    value_set_text(arena, tree, "pool", slice->pool);
    value_set_text(arena, tree, "device", device->name);
    value_set_text(arena, tree, "node", slice->node_name ? slice->node_name : device->node_name);
    value_set_text(arena, tree, "state", state_of(device, list));
    value_set(arena, tree, "holders", list ? value_copy(arena, list) : value_list(arena));
    return tree;
}

static bool wanted(const struct devices_options *options, const struct resource_slice *slice)
{
    if (options->driver && strcmp(options->driver, slice->driver) != 0)
        return false;
    return !options->node || (slice->node_name && strcmp(options->node, slice->node_name) == 0);
}

static struct error *collect(const struct devices_options *options, struct holders *holders,
                             const struct value *slices, struct value *out)
{
    value_each (slices, tree) {
        struct resource_slice *slice;
        TRY(resource_slice_decode(holders->arena, tree, &slice));
        for (size_t i = 0; wanted(options, slice) && i < slice->n_devices; i++)
            value_append(holders->arena, out, device_tree(holders, slice, &slice->devices[i]));
    }
    return NULL;
}

static const char *holders_text(struct arena *arena, const struct value *device)
{
    const char *text = NULL;
    value_each (value_get(device, "holders"), holder) {
        const char *one = arena_printf(arena, "%s/%s%s", value_path_string(holder, "namespace"),
                                       value_path_string(holder, "claim"),
                                       value_get(holder, "adminAccess") ? " (admin)" : "");
        text = text ? arena_printf(arena, "%s, %s", text, one) : one;
    }
    return text;
}

static void print_table(struct arena *arena, const struct value *devices)
{
    static const char *const headings[] = { "DRIVER", "POOL", "DEVICE", "NODE", "STATE", "CLAIMS" };
    struct columns columns = { .headings = headings, .n_columns = ARRAY_LEN(headings) };
    value_each (devices, device) {
        static const char *const members[] = { "driver", "pool", "device", "node", "state" };
        for (size_t i = 0; i < ARRAY_LEN(members); i++)
            vec_push(&columns.cells, value_path_string(device, members[i]));
        vec_push(&columns.cells, holders_text(arena, device));
    }
    columns_print(&columns, stdout);
    vec_done(&columns.cells);
}

static struct error *list_devices(const struct devices_options *options, struct arena *arena,
                                  struct value *devices)
{
    struct fetch fetches[] = { { .resource = &KUBE_RESOURCE_SLICES }, { .resource = &KUBE_RESOURCE_CLAIMS } };
    const char *namespace;
    TRY(kubectl_fetch(arena, &options->flags, fetches, ARRAY_LEN(fetches), &namespace));
    struct holders holders = { .arena = arena };
    note_claims(&holders, fetches[1].items);
    struct error *err = collect(options, &holders, fetches[0].items, devices);
    map_done(&holders.by_device);
    return err;
}

static struct error *run(const void *data, char **words, int *status)
{
    (void)words;
    const struct devices_options *options = data;
    cleanup_arena struct arena *arena = arena_new();
    struct value *devices = value_list(arena);
    TRY(list_devices(options, arena, devices));
    if (kubectl_print_tree(options->flags.output, devices))
        return NULL;
    if (value_length(devices)) {
        print_table(arena, devices);
        return NULL;
    }
    fputs("No devices are published.\n", stderr);
    *status = EXIT_NOTHING;
    return NULL;
}

int kubectl_devices(int argc, char **argv)
{
    struct devices_options options = { 0 };
    return command_main(&(struct command){ .table = &table, .options = &options, .run = run }, argc, argv);
}
