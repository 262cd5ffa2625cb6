/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin that the kubelet's stand-in finds, calls and loses, played by our own gRPC server in the same
 * process.
 */

#include "api/base/file.h"
#include "api/kubelet/dra_v1.pb-c.h"
#include "api/kubelet/registration.pb-c.h"
#include "api/kubelet/services.h"
#include "driver/grpc/server.h"
#include "driver/standalone/node/prepared.h"
#include "tests/support/cmocka.h"

struct info_case {
    const char *name;
    const char *type, *driver, *endpoint;
    const char *versions[3];
    const char *wanted; /* the endpoint and the version, or the error */
};

static const struct info_case info_cases[] = {
    { "v1", "DRAPlugin", "d.example", "/s", { "v1.DRAPlugin" }, "/s 0" },
    { "the first that we know",
      "DRAPlugin",
      "d.example",
      "/s",
      { "v9.X", "v1beta1.DRAPlugin", "v1.DRAPlugin" },
      "/s 1" },
    { "an empty endpoint is the socket", "DRAPlugin", "d.example", "", { "v1.DRAPlugin" }, "/reg.sock 0" },
    { "a relative endpoint",
      "DRAPlugin",
      "d.example",
      "s",
      { "v1.DRAPlugin" },
      "endpoint \"s\" is not an absolute path" },
    { "another type",
      "CSIPlugin",
      "d.example",
      "/s",
      { "v1.DRAPlugin" },
      "no handler registered for plugin type: CSIPlugin at socket /reg.sock" },
    { "no name", "DRAPlugin", "", "/s", { "v1.DRAPlugin" }, "invalid driver name \"\"" },
    { "a bad name", "DRAPlugin", "a/b", "/s", { "v1.DRAPlugin" }, "invalid driver name \"a/b\"" },
    { "old versions",
      "DRAPlugin",
      "d.example",
      "/s",
      { "1.0.0" },
      "none of the 1 supported versions of the plugin is v1.DRAPlugin or v1beta1.DRAPlugin" },
};

static size_t pack_info(const struct info_case *row, uint8_t *out)
{
    Registration__PluginInfo info = REGISTRATION__PLUGIN_INFO__INIT;
    info.type = (char *)row->type;
    info.name = (char *)row->driver;
    info.endpoint = (char *)row->endpoint;
    info.supported_versions = (char **)row->versions;
    while (info.n_supported_versions < 3 && row->versions[info.n_supported_versions])
        info.n_supported_versions++;
    return registration__plugin_info__pack(&info, out);
}

static void test_info(void **state)
{
    const struct info_case *row = *state;
    uint8_t bytes[512];
    struct span message = { (char *)bytes, pack_info(row, bytes) };
    struct plugin_info info = { 0 };
    cleanup_error struct error *err = plugin_info_decode(message, "/reg.sock", &info);
    char got[256];
    snprintf(got, sizeof(got), "%s %d", info.endpoint ? info.endpoint : "", (int)info.version);
    assert_string_equal(err ? err->text : got, row->wanted);
    plugin_info_done(&info);
}

/* --- a plugin, and a stand-in that uses it --- */

struct world {
    struct loop *loop;
    char folder[64], registry[128], service[128];
    struct grpc_server *registration, *dra;
    struct plugins *plugins;
    struct prepared *prepared;
    struct prepare prepare;
    struct resource_claim claim;
    struct allocation allocation;
    struct allocation_result result;
    struct timer limit;
    unsigned n_prepared, n_unprepared, n_registered;
    bool fails_first, gone;
    struct stop_hook stop;
    int stopping;
};

static void on_get_info(struct grpc_call *call, void *context)
{
    struct world *world = context;
    struct info_case info = {
        .type = "DRAPlugin", .driver = "d.example", .endpoint = world->service, .versions = { "v1.DRAPlugin" }
    };
    uint8_t bytes[512];
    grpc_call_reply(call, (struct span){ (char *)bytes, pack_info(&info, bytes) });
}

static void on_notify(struct grpc_call *call, void *context)
{
    struct world *world = context;
    world->n_registered++;
    grpc_call_reply(call, SPAN(""));
}

/* Both replies are a map with one claim in it, and such maps look the same: {1: {1: uid, 2: ANSWER}}. */
static void reply_for_claim(struct grpc_call *call, const ProtobufCMessage *answer)
{
    uint8_t bytes[127] = { 0x0a, 0, 0x0a, 5, 'u', 'i', 'd', '-', '1', 0x12 };
    enum { HEAD = 11 };
    size_t size = protobuf_c_message_get_packed_size(answer);
    assert_true(HEAD + size <= sizeof(bytes)); /* lengths of one byte */
    protobuf_c_message_pack(answer, bytes + HEAD);
    bytes[1] = (uint8_t)(HEAD - 2 + size);
    bytes[HEAD - 1] = (uint8_t)size;
    grpc_call_reply(call, (struct span){ (char *)bytes, HEAD + size });
}

static void on_prepare(struct grpc_call *call, void *context)
{
    struct world *world = context;
    char *ids[] = { "v/c=1" }, *requests[] = { "r" };
    Dra__V1__Device device = DRA__V1__DEVICE__INIT, *devices[] = { &device };
    device.n_cdi_device_ids = device.n_request_names = 1;
    device.cdi_device_ids = ids;
    device.request_names = requests;
    Dra__V1__NodePrepareResourceResponse answer = DRA__V1__NODE_PREPARE_RESOURCE_RESPONSE__INIT;
    answer.n_devices = 1;
    answer.devices = devices;
    if (world->fails_first && world->n_prepared == 0)
        answer.error = "not today";
    world->n_prepared++;
    reply_for_claim(call, &answer.base);
}

static void on_unprepare(struct grpc_call *call, void *context)
{
    struct world *world = context;
    Dra__V1__NodeUnprepareResourceResponse answer = DRA__V1__NODE_UNPREPARE_RESOURCE_RESPONSE__INIT;
    world->n_unprepared++;
    reply_for_claim(call, &answer.base);
}

static void next(struct world *world);

static void on_step_done(struct prepare *prepare, struct error *err)
{
    error_free(err);
    next(container_of(prepare, struct world, prepare));
}

/* What a container of the pod would get. */
static void check_ids(struct world *world, const struct prepare_claim *claim)
{
    struct container_claim uses = { .name = "e", .request = "r" };
    struct container container = { .name = "c", .claims = &uses, .n_claims = 1 };
    struct pod pod = { .n_containers = 1 };
    cdi_ids ids = { 0 };
    prepared_cdi_ids(world->prepared, &pod, &container, claim, 1, &ids);
    assert_int_equal(ids.length, 1);
    assert_string_equal(ids.items[0], "v/c=1");
    vec_clear(&ids);
    uses.request = "other";
    prepared_cdi_ids(world->prepared, &pod, &container, claim, 1, &ids);
    assert_int_equal(ids.length, 0);
    vec_done(&ids);
}

/* Two pods share the claim: prepared once, unprepared after the second has gone. */
static void next(struct world *world)
{
    struct prepare_claim claim = { .entry = "e", .namespace = "ns", .claim = &world->claim };
    struct error *err = NULL;
    if (world->n_unprepared == 0) {
        if (prepare_step(world->prepared, &world->prepare, "pod-1", &claim, 1, on_step_done, &err))
            return;
        if (err) {
            assert_int_equal(err->kind, ERROR_UNAVAILABLE); /* not registered yet */
            error_free(err);
            return;
        }
        check_ids(world, &claim);
        assert_false(prepare_step(world->prepared, &world->prepare, "pod-2", &claim, 1, on_step_done, &err));
        assert_null(err);
        assert_false(unprepare_step(world->prepared, &world->prepare, "pod-1", on_step_done, &err));
        assert_null(err);
        assert_true(unprepare_step(world->prepared, &world->prepare, "pod-2", on_step_done, &err));
        return;
    }
    assert_false(unprepare_step(world->prepared, &world->prepare, "pod-2", on_step_done, &err));
    assert_null(err);
    grpc_server_stop(take(world->registration), 0, NULL, NULL); /* its socket goes, and so does the plugin */
}

static void on_changed(void *data)
{
    struct world *world = data;
    bool found = plugins_find(world->plugins, "d.example");
    if (found && world->n_unprepared == 0 && world->n_prepared == 0) {
        next(world);
    } else if (!found && world->n_unprepared) {
        world->gone = true;
        loop_stop(world->loop, 5000);
    }
}

static void on_lost(void *data, const char *driver)
{
    (void)data;
    (void)driver;
}

static void on_part_stopped(void *data)
{
    struct world *world = data;
    if (--world->stopping == 0)
        stop_hook_finished(&world->stop);
}

static void on_stop(struct stop_hook *hook)
{
    struct world *world = container_of(hook, struct world, stop);
    world->stopping = 2;
    timer_stop(&world->limit);
    plugins_stop(world->plugins, on_part_stopped, world);
    grpc_server_stop(world->dra, 0, on_part_stopped, world);
    if (world->registration)
        grpc_server_stop(world->registration, 0, NULL, NULL);
}

static void on_limit(struct timer *timer)
{
    loop_stop(container_of(timer, struct world, limit)->loop, 5000);
}

static void must_work(struct error *err)
{
    if (err)
        fail_msg("%s", err->text);
}

static void start_plugin(struct world *world)
{
    struct grpc_method registration[] = { { KUBELET_PATH_GET_INFO, on_get_info, world },
                                          { KUBELET_PATH_NOTIFY, on_notify, world } };
    struct grpc_method dra[] = { { KUBELET_PATH_PREPARE_V1, on_prepare, world },
                                 { KUBELET_PATH_UNPREPARE_V1, on_unprepare, world } };
    must_work(grpc_server_start(
        world->loop, &(struct grpc_server_options){ .path = world->service, .methods = dra, .n_methods = 2 },
        &world->dra));
    must_work(grpc_server_start(
        world->loop,
        &(struct grpc_server_options){ .path = world->registry, .methods = registration, .n_methods = 2 },
        &world->registration));
}

static void play(bool fails_first)
{
    struct world world = { .fails_first = fails_first, .folder = "/tmp/tranche-node-XXXXXX" };
    assert_non_null(mkdtemp(world.folder));
    snprintf(world.registry, sizeof(world.registry), "%s/plugins_registry/d-reg.sock", world.folder);
    snprintf(world.service, sizeof(world.service), "%s/dra.sock", world.folder);
    world.result = (struct allocation_result){ .request = "r", .driver = "d.example" };
    world.allocation = (struct allocation){ .results = &world.result, .n_results = 1 };
    world.claim =
        (struct resource_claim){ .meta = { .name = "k", .uid = "uid-1" }, .allocation = &world.allocation };
    must_work(loop_new(&world.loop));
    must_work(plugins_start(&(struct plugins_options){ .loop = world.loop,
                                                       .folder = world.folder,
                                                       .changed = on_changed,
                                                       .lost = on_lost,
                                                       .data = &world },
                            &world.plugins));
    world.prepared = prepared_new(world.plugins);
    start_plugin(&world);
    loop_on_stop(world.loop, &world.stop, on_stop);
    timer_start(&world.limit, world.loop, 10000, on_limit);
    assert_true(loop_run(world.loop));
    prepared_free(world.prepared);
    loop_free(world.loop);
    assert_int_equal(world.n_registered, 1);
    assert_int_equal(world.n_prepared, fails_first ? 2 : 1);
    assert_int_equal(world.n_unprepared, 1);
    assert_true(world.gone);
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", world.folder);
    assert_int_equal(system(command), 0);
}

static void test_life_of_a_plugin(void **state)
{
    (void)state;
    play(false);
}

static void test_a_failure_is_tried_again(void **state)
{
    (void)state;
    play(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life_of_a_plugin),
        cmocka_unit_test(test_a_failure_is_tried_again),
    };
    return RUN_TABLE(info_cases, test_info) + cmocka_run_group_tests(tests, NULL, NULL);
}
