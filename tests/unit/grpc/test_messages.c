/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubelet's messages on the wire, byte for byte: what protobuf-c makes of our .proto files must be what Go
 * reads.
 */

#include "api/base/compiler.h"
#include "api/kubelet/dra_v1.pb-c.h"
#include "api/kubelet/dra_v1beta1.pb-c.h"
#include "api/kubelet/health_v1.pb-c.h"
#include "api/kubelet/health_v1alpha1.pb-c.h"
#include "api/kubelet/registration.pb-c.h"
#include "tests/support/cmocka.h"

#include <string.h>

static uint8_t wire[256];

/* Packs MESSAGE and compares with the bytes of a literal. */
#define assert_wire(message, literal)                                                                        \
    do {                                                                                                     \
        size_t length_ = protobuf_c_message_pack(&(message).base, wire);                                     \
        assert_int_equal(length_, sizeof(literal) - 1);                                                      \
        assert_memory_equal(wire, literal, length_);                                                         \
    } while (0)

static void test_plugin_info(void **state)
{
    (void)state;
    Registration__PluginInfo info = REGISTRATION__PLUGIN_INFO__INIT;
    char *versions[] = { "v1", "v2" };
    info.type = "T";
    info.name = "n";
    info.endpoint = "/e";
    info.supported_versions = versions;
    info.n_supported_versions = 2;
    assert_wire(info, "\x0a\1T\x12\1n\x1a\2/e\x22\2v1\x22\2v2");

    Registration__RegistrationStatus *status =
        registration__registration_status__unpack(NULL, 6, (const uint8_t *)"\x08\1\x12\2no");
    assert_non_null(status);
    assert_true(status->plugin_registered);
    assert_string_equal(status->error, "no");
    registration__registration_status__free_unpacked(status, NULL);
}

static void test_prepare_request(void **state)
{
    (void)state;
    static const char bytes[] =
        "\x0a\x0b\x0a\2ns\x12\1u\x1a\2c1\x0a\6\x12\1v\x42\1x"; /* with an unknown field */
    Dra__V1__NodePrepareResourcesRequest *request =
        dra__v1__node_prepare_resources_request__unpack(NULL, sizeof(bytes) - 1, (const uint8_t *)bytes);
    assert_non_null(request);
    assert_int_equal(request->n_claims, 2);
    assert_string_equal(request->claims[0]->namespace_, "ns");
    assert_string_equal(request->claims[0]->uid, "u");
    assert_string_equal(request->claims[0]->name, "c1");
    assert_string_equal(request->claims[1]->uid, "v");
    assert_string_equal(request->claims[1]->name, "");
    dra__v1__node_prepare_resources_request__free_unpacked(request, NULL);
}

static void test_device(void **state)
{
    (void)state;
    Dra__V1__Device device = DRA__V1__DEVICE__INIT;
    char *requests[] = { "r" }, *ids[] = { "i" };
    device.request_names = requests;
    device.n_request_names = 1;
    device.pool_name = "p";
    device.device_name = "d";
    device.cdi_device_ids = ids;
    device.n_cdi_device_ids = 1;
    assert_wire(device, "\x0a\1r\x12\1p\x1a\1d\x22\1i"); /* no share: no field */
    device.share_id = "s";
    assert_wire(device, "\x0a\1r\x12\1p\x1a\1d\x22\1i\x2a\1s");

    /* What an older kubelet reads: everything but the share. */
    Dra__V1beta1__Device *older = dra__v1beta1__device__unpack(NULL, 15, wire);
    assert_non_null(older);
    assert_string_equal(older->device_name, "d");
    dra__v1beta1__device__free_unpacked(older, NULL);
}

static void test_response_is_a_map(void **state)
{
    (void)state;
    Dra__V1__NodeUnprepareResourceResponse value = DRA__V1__NODE_UNPREPARE_RESOURCE_RESPONSE__INIT;
    Dra__V1__NodeUnprepareResourcesResponse__ClaimsEntry entry =
        DRA__V1__NODE_UNPREPARE_RESOURCES_RESPONSE__CLAIMS_ENTRY__INIT;
    Dra__V1__NodeUnprepareResourcesResponse__ClaimsEntry *entries[] = { &entry };
    Dra__V1__NodeUnprepareResourcesResponse response = DRA__V1__NODE_UNPREPARE_RESOURCES_RESPONSE__INIT;
    entry.key = "u";
    entry.value = &value;
    response.claims = entries;
    response.n_claims = 1;
    assert_wire(response, "\x0a\5\x0a\1u\x12\0");
    value.error = "e";
    assert_wire(response, "\x0a\x08\x0a\1u\x12\3\x0a\1"
                          "e");
}

static void test_health(void **state)
{
    (void)state;
    Health__V1__DeviceIdentifier device = HEALTH__V1__DEVICE_IDENTIFIER__INIT;
    Health__V1__DeviceHealth health = HEALTH__V1__DEVICE_HEALTH__INIT;
    Health__V1__DeviceHealth *devices[] = { &health };
    Health__V1__NodeWatchResourcesResponse response = HEALTH__V1__NODE_WATCH_RESOURCES_RESPONSE__INIT;
    device.pool_name = "p";
    device.device_name = "d";
    health.device = &device;
    health.health = HEALTH__V1__HEALTH_STATUS__UNHEALTHY;
    health.last_updated_time = 5;
    health.health_check_timeout_seconds = 30;
    health.message = "m";
    response.devices = devices;
    response.n_devices = 1;
    assert_wire(response, "\x0a\x11\x0a\6\x0a\1p\x12\1d\x10\2\x18\5\x20\x1e\x2a\1m");

    Health__V1alpha1__NodeWatchResourcesResponse *older =
        health__v1alpha1__node_watch_resources_response__unpack(NULL, 19, wire);
    assert_non_null(older);
    assert_int_equal(older->devices[0]->health, HEALTH__V1ALPHA1__HEALTH_STATUS__UNHEALTHY);
    health__v1alpha1__node_watch_resources_response__free_unpacked(older, NULL);
}

static void test_hostile(void **state)
{
    (void)state;
    static const char *const bytes[] = { "\x0a\x7f", "\x0a\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\xff\xff",
                                         "\x0b\x0b" };
    for (size_t i = 0; i < ARRAY_LEN(bytes); i++)
        assert_null(dra__v1__node_prepare_resources_request__unpack(NULL, strlen(bytes[i]),
                                                                    (const uint8_t *)bytes[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plugin_info), cmocka_unit_test(test_prepare_request),
        cmocka_unit_test(test_device),      cmocka_unit_test(test_response_is_a_map),
        cmocka_unit_test(test_health),      cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
