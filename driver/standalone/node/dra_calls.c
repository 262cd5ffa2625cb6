/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of the DRA service. Answers are checked as kubelet checks them: every claim that was asked for
 * has to be in there.
 */

#include "driver/standalone/node/dra_calls.h"
#include "api/base/memory.h"
#include "api/kubelet/dra_v1.pb-c.h"

static void texts_free(char **texts, size_t n_texts)
{
    for (size_t i = 0; i < n_texts; i++)
        free(texts[i]);
    free(texts);
}

void dra_devices_done(struct dra_devices *devices)
{
    for (size_t i = 0; i < devices->length; i++) {
        texts_free(devices->items[i].requests, devices->items[i].n_requests);
        texts_free(devices->items[i].cdi_ids, devices->items[i].n_cdi_ids);
    }
    free(devices->items);
    *devices = (struct dra_devices){ 0 };
}

bool dra_device_serves(const struct dra_device *device, const char *request)
{
    if (!request || !*request || device->n_requests == 0)
        return true;
    for (size_t i = 0; i < device->n_requests; i++) {
        if (strcmp(device->requests[i], request) == 0)
            return true;
    }
    return false;
}

void dra_request_encode(struct buf *out, const struct dra_claim *claims, size_t n_claims)
{
    Dra__V1__NodePrepareResourcesRequest request = DRA__V1__NODE_PREPARE_RESOURCES_REQUEST__INIT;
    cleanup_free Dra__V1__Claim *messages = mem_new(n_claims, sizeof(*messages));
    cleanup_free Dra__V1__Claim **pointers = mem_new(n_claims, sizeof(*pointers));
    for (size_t i = 0; i < n_claims; i++) {
        dra__v1__claim__init(&messages[i]);
        messages[i].namespace_ = (char *)claims[i].namespace;
        messages[i].name = (char *)claims[i].name;
        messages[i].uid = (char *)claims[i].uid;
        pointers[i] = &messages[i];
    }
    request.n_claims = n_claims;
    request.claims = pointers;
    size_t size = dra__v1__node_prepare_resources_request__get_packed_size(&request);
    char *place = buf_reserve(out, size);
    if (!place)
        return;
    dra__v1__node_prepare_resources_request__pack(&request, (uint8_t *)place);
    buf_grew(out, size);
}

static char **texts_copy(char *const *texts, size_t n_texts)
{
    char **copy = mem_new(n_texts, sizeof(*copy));
    for (size_t i = 0; i < n_texts; i++)
        copy[i] = mem_strdup(texts[i]);
    return copy;
}

static void devices_copy(const Dra__V1__NodePrepareResourceResponse *answer, struct dra_devices *out)
{
    out->items = mem_new(answer->n_devices, sizeof(*out->items));
    out->length = answer->n_devices;
    for (size_t i = 0; i < answer->n_devices; i++) {
        const Dra__V1__Device *device = answer->devices[i];
        out->items[i] = (struct dra_device){
            .requests = texts_copy(device->request_names, device->n_request_names),
            .n_requests = device->n_request_names,
            .cdi_ids = texts_copy(device->cdi_device_ids, device->n_cdi_device_ids),
            .n_cdi_ids = device->n_cdi_device_ids,
        };
    }
}

static struct error *missing(const char *uid)
{
    return error_invalid("the plugin's answer left out claim %s", uid);
}

struct error *dra_prepare_answer(struct span message, const char *uid, struct dra_devices *out)
{
    Dra__V1__NodePrepareResourcesResponse *response =
        dra__v1__node_prepare_resources_response__unpack(NULL, message.length, (const uint8_t *)message.data);
    if (!response)
        return error_invalid("the plugin's answer is malformed");
    struct error *err = missing(uid);
    for (size_t i = 0; i < response->n_claims; i++) {
        const Dra__V1__NodePrepareResourceResponse *answer = response->claims[i]->value;
        if (strcmp(response->claims[i]->key, uid) != 0)
            continue;
        error_free(take(err));
        if (answer && *answer->error)
            err = error_unavailable("%s", answer->error);
        else if (answer)
            devices_copy(answer, out);
        break;
    }
    dra__v1__node_prepare_resources_response__free_unpacked(response, NULL);
    return err;
}

struct error *dra_unprepare_answer(struct span message, const char *uid)
{
    Dra__V1__NodeUnprepareResourcesResponse *response = dra__v1__node_unprepare_resources_response__unpack(
        NULL, message.length, (const uint8_t *)message.data);
    if (!response)
        return error_invalid("the plugin's answer is malformed");
    struct error *err = missing(uid);
    for (size_t i = 0; i < response->n_claims; i++) {
        const Dra__V1__NodeUnprepareResourceResponse *answer = response->claims[i]->value;
        if (strcmp(response->claims[i]->key, uid) != 0)
            continue;
        error_free(take(err));
        if (answer && *answer->error)
            err = error_unavailable("%s", answer->error);
        break;
    }
    dra__v1__node_unprepare_resources_response__free_unpacked(response, NULL);
    return err;
}
