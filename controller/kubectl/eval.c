/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `kubectl-tranche eval`: does this selector accept that device? Answers by output and by exit status.
 */

#include "controller/kubectl/eval.h"

#include "api/base/file.h"
#include "api/base/options.h"
#include "api/base/symbols.h"
#include "api/resource/objects.h"
#include "api/value/yaml.h"
#include "controller/kubectl/cases.h"
#include "controller/kubectl/command.h"
#include "selector/selector.h"

#include <stdio.h>

enum { EXIT_MATCHED, EXIT_NOT_MATCHED, EXIT_FAILED = 3 };
enum { FIRST_WITH_SHARED_CAPACITY = 36 }; /* that has the gate DRAConsumableCapacity on; --new asks for it */
enum { MAX_DEVICE_BYTES = 16 << 20, MAX_EXPLANATION_BYTES = 1 << 20 };

struct eval_options {
    const char *expression, *device, *cases, *kube_version;
    bool new_expressions, explain;
};

static const struct option_row option_rows[] = {
    { "expr", NULL, OPTION_STRING, offsetof(struct eval_options, expression), 'e', .value = "EXPR",
      .help = "CEL selector" },
    { "device", NULL, OPTION_STRING, offsetof(struct eval_options, device), 'd', .value = "FILE",
      .help = "a device with its driver, or a whole ResourceSlice; JSON or YAML" },
    { "cases", NULL, OPTION_STRING, offsetof(struct eval_options, cases), .value = "FILE",
      .help = "JSON array of cases, answered one a line" },
    { "kube-version", NULL, OPTION_STRING, offsetof(struct eval_options, kube_version), .value = "VERSION",
      .fallback = "1.37",
      .help = "whose environment: 1.34 to 1.37, 1.36-lists (with list attributes), 1.37.2 (as released)" },
    { "new", NULL, OPTION_BOOL, offsetof(struct eval_options, new_expressions),
      .help = "what admission accepts, instead of what kube-scheduler runs" },
    { "explain", NULL, OPTION_BOOL, offsetof(struct eval_options, explain),
      .help = "show how the expression becomes a program, and what it costs" },
};

static const struct option_table option_table = {
    .program = "kubectl-tranche eval",
    .usage = "--expr EXPR --device FILE [--kube-version VERSION] [--new] [--explain]",
    .about =
        "Tells whether a device selector accepts a device: exit status 0 if it does, 1 if it does not, 2 if\n"
        "the expression does not compile, 3 if it fails on the device.",
    .rows = option_rows,
    .n_rows = ARRAY_LEN(option_rows),
};

/* The devices of a file: a ResourceSlice's, or the one that the file describes. */
struct devices {
    struct arena *arena;
    const char *driver;
    struct device *items;
    size_t count;
};

static struct error *devices_decode(struct devices *devices, const struct value *tree)
{
    const char *kind = value_string(value_get(tree, "kind"));
    if (kind && strcmp(kind, "ResourceSlice") == 0) {
        struct resource_slice *slice;
        TRY(resource_slice_decode(devices->arena, tree, &slice));
        devices->driver = slice->driver;
        devices->items = slice->devices;
        devices->count = slice->n_devices;
        return NULL;
    }
    devices->driver = value_string(value_get(tree, "driver"));
    devices->items = arena_make(devices->arena, struct device);
    devices->count = 1;
    if (!devices->driver)
        return error_hint(
            error_invalid("no \"driver\""),
            "write {\"driver\": ..., \"attributes\": {...}, \"capacity\": {...}}, or a ResourceSlice");
    return device_decode(devices->arena, tree, devices->items);
}

static struct error *devices_read(struct devices *devices, const char *path)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_DEVICE_BYTES);
    TRY(error_wrap(file_read(path, &text), "read %s", path));
    value_vec documents = { 0 };
    struct error *err = yaml_parse(devices->arena, path, buf_span(&text), &documents);
    if (!err && documents.length != 1)
        err = error_invalid("%s: one document is wanted", path);
    if (!err)
        err = error_wrap(devices_decode(devices, documents.items[0]), "%s", path);
    vec_done(&documents);
    return err;
}

static void print_failure(const struct error *err)
{
    fprintf(stderr, "%s\n", err->text);
    if (err->hint)
        fprintf(stderr, "  hint: %s\n", err->hint);
}

/* One line for each device; a device alone needs no name in front. */
static int match_devices(const struct devices *devices, const struct selector *sel, struct symbols *symbols,
                         bool show_cost)
{
    cleanup_scratch struct scratch *scratch = scratch_new();
    bool any_matched = false, any_failed = false;
    for (size_t i = 0; i < devices->count; i++) {
        const struct device_view *view =
            device_view_new(devices->arena, symbols, &devices->items[i], devices->driver);
        bool accepted = false;
        uint64_t cost;
        cleanup_error struct error *err = selector_eval(sel, view, scratch, &accepted, &cost);
        if (show_cost)
            printf("cost: %llu\n", (unsigned long long)cost);
        const char *verdict = err ? "error" : accepted ? "true" : "false";
        const char *name = devices->items[i].name;
        if (name && *name)
            printf("%s\t%s\n", name, verdict);
        else if (!err)
            printf("%s\n", verdict);
        if (err)
            print_failure(err);
        any_failed |= err != NULL;
        any_matched |= !err && accepted;
    }
    return any_failed ? EXIT_FAILED : any_matched ? EXIT_MATCHED : EXIT_NOT_MATCHED;
}

static void print_explanation(const struct selector *sel)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_EXPLANATION_BYTES);
    selector_explain(sel, &text);
    fputs(buf_text(&text), stdout);
}

static struct error *eval_one(const struct eval_options *options, const struct environment *env,
                              struct symbols *symbols, int *status)
{
    cleanup_arena struct arena *arena = arena_new();
    struct devices devices = { .arena = arena };
    TRY(devices_read(&devices, options->device));
    cleanup_selector struct selector *sel = NULL;
    TRY(selector_compile(options->expression, env, &sel));
    if (options->new_expressions)
        TRY(selector_admit(options->expression, sel));
    if (options->explain)
        print_explanation(sel);
    *status = match_devices(&devices, sel, symbols, options->explain);
    return NULL;
}

static struct error *run_options(const struct eval_options *options, struct symbols *symbols, int *status)
{
    struct environment_options environment = { .symbols = symbols,
                                               .new_expressions = options->new_expressions };
    TRY(environment_version_parse(options->kube_version, &environment));
    environment.no_shared_capacity = environment.kube_minor < FIRST_WITH_SHARED_CAPACITY;
    if (options->cases)
        return cases_print(options->cases, &environment, selector_case_answer);
    if (!options->expression || !options->device)
        return error_hint(error_invalid("an expression and a device are wanted"),
                          "name them by --expr and --device");
    cleanup_environment struct environment *env = environment_new_device(&environment);
    return eval_one(options, env, symbols, status);
}

static struct error *run(const void *data, char **words, int *status)
{
    (void)words;
    struct symbols symbols = { 0 };
    *status = EXIT_MATCHED;
    struct error *err = run_options(data, &symbols, status);
    symbols_done(&symbols);
    return err;
}

int kubectl_eval(int argc, char **argv)
{
    struct eval_options options = { 0 };
    return command_main(&(struct command){ .table = &option_table, .options = &options, .run = run }, argc,
                        argv);
}
