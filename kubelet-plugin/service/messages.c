/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/service/messages.h"

#include "api/base/utf8.h"
#include "api/kubelet/dra_v1.pb-c.h"

#include <ctype.h>

enum { MAX_UID_BYTES = 128, MAX_ERROR_BYTES = 1024 };

/* A uid becomes part of file names and of CDI device names. */
static bool is_safe_uid(const char *uid)
{
    size_t length = strlen(uid);
    if (length == 0 || length > MAX_UID_BYTES || !isalnum((unsigned char)uid[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)uid[i]) && !strchr("-_.", uid[i]))
            return false;
    return true;
}

static struct error *copy_claims(struct arena *arena, const Dra__V1__NodePrepareResourcesRequest *request,
                                 struct claim_ref *out)
{
    for (size_t i = 0; i < request->n_claims; i++) {
        const Dra__V1__Claim *claim = request->claims[i];
        if (!is_safe_uid(claim->uid))
            return error_invalid("claim %s/%s: \"%s\" is no uid", claim->namespace_, claim->name, claim->uid);
        out[i] = (struct claim_ref){ arena_strdup(arena, claim->namespace_), arena_strdup(arena, claim->uid),
                                     arena_strdup(arena, claim->name) };
    }
    return NULL;
}

struct error *claims_decode(struct arena *arena, struct span message, struct claim_ref **out, size_t *n_out)
{
    Dra__V1__NodePrepareResourcesRequest *request =
        dra__v1__node_prepare_resources_request__unpack(NULL, message.length, (const uint8_t *)message.data);
    if (!request)
        return error_invalid("the request is not the protobuf message that it should be");
    struct error *err = NULL;
    if (request->n_claims > MAX_CLAIMS_PER_CALL)
        err = error_new(ERROR_EXHAUSTED, "%zu claims in one call, at most %d", request->n_claims,
                        MAX_CLAIMS_PER_CALL);
    *n_out = request->n_claims;
    *out = arena_make_array(arena, struct claim_ref, err ? 0 : request->n_claims);
    if (!err)
        err = copy_claims(arena, request, *out);
    dra__v1__node_prepare_resources_request__free_unpacked(request, NULL);
    return err;
}

/* Kubelet refuses a whole reply for one byte that is not UTF-8, and shows little more than this in an Event.
 */
static char *error_text(struct arena *arena, const struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT(8 * MAX_ERROR_BYTES);
    utf8_append_repaired(&text, utf8_truncate(span_of(err->text), MAX_ERROR_BYTES));
    if (err->hint)
        buf_add(&text, " (hint: "),
            utf8_append_repaired(&text, utf8_truncate(span_of(err->hint), MAX_ERROR_BYTES)),
            buf_add(&text, ")");
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < ' ')
            text.data[i] = ' ';
    return arena_span(arena, buf_span(&text));
}

static Dra__V1__Device *device_message(struct arena *arena, const struct recorded_device *device,
                                       bool with_share_id)
{
    Dra__V1__Device *message = arena_make(arena, Dra__V1__Device);
    dra__v1__device__init(message);
    message->n_request_names = 1;
    message->request_names = arena_make_array(arena, char *, 1);
    message->request_names[0] = (char *)device->request;
    message->pool_name = (char *)device->pool;
    message->device_name = (char *)device->device;
    if (device->cdi_id) {
        message->n_cdi_device_ids = 1;
        message->cdi_device_ids = arena_make_array(arena, char *, 1);
        message->cdi_device_ids[0] = (char *)device->cdi_id;
    }
    if (with_share_id && device->share_id)
        message->share_id = (char *)device->share_id;
    return message;
}

static Dra__V1__NodePrepareResourceResponse *prepared_message(struct arena *arena,
                                                              const struct claim_answer *answer,
                                                              bool with_share_ids)
{
    Dra__V1__NodePrepareResourceResponse *message = arena_make(arena, Dra__V1__NodePrepareResourceResponse);
    dra__v1__node_prepare_resource_response__init(message);
    if (answer->err) {
        message->error = error_text(arena, answer->err);
        return message;
    }
    message->n_devices = answer->n_devices;
    message->devices = arena_make_array(arena, Dra__V1__Device *, answer->n_devices);
    for (size_t i = 0; i < answer->n_devices; i++)
        message->devices[i] = device_message(arena, &answer->devices[i], with_share_ids);
    return message;
}

/* Two answers for one uid would be two map entries with one key: the first stands. */
static bool is_repeated(const struct claim_answer *answers, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(answers[i].uid, answers[index].uid) == 0)
            return true;
    return false;
}

static void pack(const ProtobufCMessage *message, struct buf *out)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    char *at = buf_reserve(out, size);
    if (!at)
        return;
    protobuf_c_message_pack(message, (uint8_t *)at);
    buf_grew(out, size);
}

void prepare_answer_encode(const struct claim_answer *answers, size_t n_answers, bool with_share_ids,
                           struct buf *out)
{
    typedef Dra__V1__NodePrepareResourcesResponse__ClaimsEntry entry_message;
    cleanup_arena struct arena *arena = arena_new();
    Dra__V1__NodePrepareResourcesResponse response = DRA__V1__NODE_PREPARE_RESOURCES_RESPONSE__INIT;
    response.claims = arena_make_array(arena, entry_message *, n_answers);
    for (size_t i = 0; i < n_answers; i++) {
        if (is_repeated(answers, i))
            continue;
        entry_message *entry = arena_make(arena, entry_message);
        dra__v1__node_prepare_resources_response__claims_entry__init(entry);
        entry->key = (char *)answers[i].uid;
        entry->value = prepared_message(arena, &answers[i], with_share_ids);
        response.claims[response.n_claims++] = entry;
    }
    pack(&response.base, out);
}

void unprepare_answer_encode(const struct claim_answer *answers, size_t n_answers, struct buf *out)
{
    typedef Dra__V1__NodeUnprepareResourcesResponse__ClaimsEntry entry_message;
    cleanup_arena struct arena *arena = arena_new();
    Dra__V1__NodeUnprepareResourcesResponse response = DRA__V1__NODE_UNPREPARE_RESOURCES_RESPONSE__INIT;
    response.claims = arena_make_array(arena, entry_message *, n_answers);
    for (size_t i = 0; i < n_answers; i++) {
        if (is_repeated(answers, i))
            continue;
        entry_message *entry = arena_make(arena, entry_message);
        dra__v1__node_unprepare_resources_response__claims_entry__init(entry);
        entry->key = (char *)answers[i].uid;
        entry->value = arena_make(arena, Dra__V1__NodeUnprepareResourceResponse);
        dra__v1__node_unprepare_resource_response__init(entry->value);
        if (answers[i].err)
            entry->value->error = error_text(arena, answers[i].err);
        response.claims[response.n_claims++] = entry;
    }
    pack(&response.base, out);
}
