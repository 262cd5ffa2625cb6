/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceClaim: the spec once and for all at creation, the status at every write (allocation.md 2.10).
 *
 *     allocation    nil -> value (looked at strictly) -> nil; a value never changes
 *     reservedFor   only with an allocation; grows no more once the claim is being deleted
 *     devices       only about devices of the allocation
 */

#include "api/resource/tables.h"
#include "api/resource/validate_rules.h"

#include <arpa/inet.h>

enum {
    MAX_RESERVED_FOR = 256,
    MAX_RESULTS = 32,
    MAX_ALLOCATION_CONFIGS = 64,
    MAX_REQUESTS = 32,
    MAX_DEVICE_CONDITIONS = 8,
    MAX_DATA_BYTES = 10240,
    MAX_INTERFACE_BYTES = 256,
    MAX_HARDWARE_ADDRESS_BYTES = 128,
    MAX_IPS = 16,
};

void validate_claim(struct validator *v)
{
    const struct field_path spec = { .name = "spec" };
    const struct value *now = value_get(v->input->object, "spec");
    if (v->input->old) {
        check_immutable_fields(v, NULL, &resource_claim_schema, v->input->object, v->input->old);
        return;
    }
    validate_claim_spec(v, &spec, now);
    validate_admin_access(v, now);
}

static void check_consumer(struct validator *v, const struct field_path *path, const struct value *consumer,
                           const void *unused)
{
    static const char *const required[] = { "resource", "name", "uid" };
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(required); i++)
        if (!has_text(value_get(consumer, required[i])))
            refuse_required(v, CHILD(path, required[i]), "%s", "");
}

static struct span consumer_key(struct validator *v, const struct value *consumer)
{
    (void)v;
    return text_of(value_get(consumer, "uid"));
}

/* "driver/pool/device" or "driver/pool/device/share", of a result or a device status. */
static struct span device_key(struct validator *v, const struct value *holder)
{
    struct span share = text_of(value_get(holder, "shareID"));
    return span_of(arena_printf(
        v->arena, SPAN_FMT "/" SPAN_FMT "/" SPAN_FMT "%s" SPAN_FMT,
        SPAN_ARG(text_of(value_get(holder, "driver"))), SPAN_ARG(text_of(value_get(holder, "pool"))),
        SPAN_ARG(text_of(value_get(holder, "device"))), share.length ? "/" : "", SPAN_ARG(share)));
}

static void check_address(struct validator *v, const struct field_path *path, const struct value *address,
                          const void *unused)
{
    struct span bits_text, ip_text = span_split(text_of(address), '/', &bits_text);
    char *ip = arena_span(v->arena, ip_text), canonical[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    (void)unused;
    int family = memchr(ip_text.data, ':', ip_text.length) ? AF_INET6 : AF_INET;
    unsigned bits = 0;
    bool good = bits_text.length > 0 && bits_text.length <= 3 && inet_pton(family, ip, bytes) == 1;
    for (size_t i = 0; good && i < bits_text.length; i++) {
        good = bits_text.data[i] >= '0' && bits_text.data[i] <= '9';
        bits = bits * 10 + (unsigned)(bits_text.data[i] - '0');
    }
    if (!good || bits > (family == AF_INET ? 32 : 128)) {
        refuse_invalid(v, path, shown_text(v, text_of(address)),
                       "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)");
        return;
    }
    inet_ntop(family, bytes, canonical, sizeof(canonical));
    const char *wanted = arena_printf(v->arena, "%s/%u", canonical, bits);
    if (!value_says(address, wanted))
        refuse_invalid(v, path, shown(v, address), "must be in canonical form (\"%s\")", wanted);
}

static void check_network(struct validator *v, const struct field_path *path, const struct value *network)
{
    if (text_of(value_get(network, "interfaceName")).length > MAX_INTERFACE_BYTES)
        refuse_too_long(v, CHILD(path, "interfaceName"), MAX_INTERFACE_BYTES);
    if (text_of(value_get(network, "hardwareAddress")).length > MAX_HARDWARE_ADDRESS_BYTES)
        refuse_too_long(v, CHILD(path, "hardwareAddress"), MAX_HARDWARE_ADDRESS_BYTES);
    check_set(v, CHILD(path, "ips"), value_get(network, "ips"), MAX_IPS, check_address, item_itself, NULL);
}

static void check_device_status(struct validator *v, const struct field_path *path,
                                const struct value *device, const void *results)
{
    const struct value *data = value_get(device, "data");
    struct span key = device_key(v, device);
    bool allocated = false;
    check_driver_name(v, CHILD(path, "driver"), text_of(value_get(device, "driver")));
    check_pool_name(v, CHILD(path, "pool"), value_get(device, "pool"));
    check_label(v, CHILD(path, "device"), value_get(device, "device"));
    if (!is_absent(value_get(device, "shareID")))
        check_share_id(v, CHILD(path, "shareID"), value_get(device, "shareID"));
    value_each ((const struct value *)results, result)
        allocated |= span_equal(device_key(v, result), key);
    if (!allocated)
        refuse_invalid(v, path, shown_text(v, key), "must be an allocated device in the claim");
    validate_conditions(v, CHILD(path, "conditions"), value_get(device, "conditions"), MAX_DEVICE_CONDITIONS);
    if (!is_absent(data))
        check_raw_object(v, CHILD(path, "data"), data, false, MAX_DATA_BYTES);
    check_network(v, CHILD(path, "networkData"), value_get(device, "networkData"));
}

static void check_result(struct validator *v, const struct field_path *path, const struct value *result,
                         const void *spec)
{
    validate_request_reference(v, CHILD(path, "request"), value_get(result, "request"), spec);
    check_driver_name(v, CHILD(path, "driver"), text_of(value_get(result, "driver")));
    check_pool_name(v, CHILD(path, "pool"), value_get(result, "pool"));
    check_label(v, CHILD(path, "device"), value_get(result, "device"));
    validate_binding_conditions(v, path, result);
    check_list(v, CHILD(path, "tolerations"), value_get(result, "tolerations"), NO_LIMIT, validate_toleration,
               NULL);
    if (!is_absent(value_get(result, "shareID")))
        check_share_id(v, CHILD(path, "shareID"), value_get(result, "shareID"));
    validate_skip_operations(v, CHILD(path, "skipNodeOperations"), value_get(result, "skipNodeOperations"));
    if (value_true(value_get(result, "adminAccess")) && !v->input->admin_namespace)
        refuse_forbidden(v, CHILD(path, "adminAccess"),
                         "admin access to devices requires the `resource.kubernetes.io/admin-access: true` "
                         "label on the containing namespace");
}

static void check_allocation_config(struct validator *v, const struct field_path *path,
                                    const struct value *config, const void *spec)
{
    static const char *const sources[] = { "FromClaim", "FromClass", NULL };
    if (has_text(value_get(config, "source")))
        check_choice(v, CHILD(path, "source"), value_get(config, "source"), sources);
    else
        refuse_required(v, CHILD(path, "source"), "%s", "");
    check_set(v, CHILD(path, "requests"), value_get(config, "requests"), MAX_REQUESTS,
              validate_request_reference, item_itself, spec);
    validate_opaque(v, path, config, false);
}

/* A new one; what is stored already is never looked at again. */
static void check_new_allocation(struct validator *v, const struct field_path *path,
                                 const struct value *allocation, const struct value *spec)
{
    const struct field_path *devices = CHILD(path, "devices");
    const struct value *selector = value_get(allocation, "nodeSelector");
    check_list(v, CHILD(devices, "results"), value_path(allocation, "devices.results"), MAX_RESULTS,
               check_result, spec);
    check_list(v, CHILD(devices, "config"), value_path(allocation, "devices.config"), MAX_ALLOCATION_CONFIGS,
               check_allocation_config, spec);
    if (!is_absent(selector))
        validate_node_selector(v, CHILD(path, "nodeSelector"), selector);
}

static bool list_has(const struct value *list, const struct value *wanted)
{
    value_each (list, item)
        if (value_equal(item, wanted))
            return true;
    return false;
}

static void check_reservations(struct validator *v, const struct field_path *path, const struct value *status,
                               const struct value *old_status)
{
    const struct value *reserved = value_get(status, "reservedFor");
    bool deleted = !is_absent(value_path(v->input->object, "metadata.deletionTimestamp"));
    if (value_length(reserved) == 0)
        return;
    if (is_absent(value_get(status, "allocation"))) {
        refuse_forbidden(v, path, "may not be specified when `allocated` is not set");
        return;
    }
    value_each (reserved, consumer)
        if (deleted && !list_has(value_get(old_status, "reservedFor"), consumer)) {
            refuse_forbidden(v, path,
                             "new entries may not be added while `deallocationRequested` or "
                             "`deletionTimestamp` are set");
            return;
        }
}

void validate_claim_status(struct validator *v)
{
    const struct field_path path = { .name = "status" };
    const struct value *status = value_get(v->input->object, "status");
    const struct value *old_status = value_get(v->input->old, "status");
    const struct value *allocation = value_get(status, "allocation");
    const struct value *old_allocation = value_get(old_status, "allocation");
    const struct field_path *reserved = CHILD(&path, "reservedFor");

    check_set(v, reserved, value_get(status, "reservedFor"), MAX_RESERVED_FOR, check_consumer, consumer_key,
              NULL);
    check_set(v, CHILD(&path, "devices"), value_get(status, "devices"), NO_LIMIT, check_device_status,
              device_key, value_path(allocation, "devices.results"));
    check_reservations(v, reserved, status, old_status);
    if (!is_absent(allocation) && !is_absent(old_allocation))
        check_immutable(v, CHILD(&path, "allocation"), allocation, old_allocation);
    else if (!is_absent(allocation))
        check_new_allocation(v, CHILD(&path, "allocation"), allocation, value_get(v->input->object, "spec"));
}
