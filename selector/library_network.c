/* SPDX-License-Identifier: Apache-2.0 */

#include "api/base/compiler.h"
#include "selector/function.h"
#include "selector/machine.h"
#include "selector/network.h"

static const struct address *address_in(const struct datum *datum)
{
    return datum->object;
}

static struct datum new_address(struct machine *machine, enum datum_kind kind, const struct address *address)
{
    struct address *copy = machine_memory(machine, 1, sizeof(*copy));
    if (!copy)
        return fail_memory();
    *copy = *address;
    return (struct datum){ .kind = (uint8_t)kind, .object = copy };
}

static struct datum fail_parse(struct machine *machine, const char *what, const char *wrong,
                               const struct datum *text)
{
    return failf(machine, "%s \"%.*s\" parse error during conversion from string: %s", what,
                 (int)(text->size < 64 ? text->size : 64), text->text, wrong);
}

static struct datum body_ip(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct address address;
    const char *wrong = address_parse(datum_span(&args[0]), &address);
    return wrong ? fail_parse(machine, "IP Address", wrong, &args[0])
                 : new_address(machine, DATUM_IP, &address);
}

static struct datum body_is_ip(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    struct address address;
    return datum_bool(!address_parse(datum_span(&args[0]), &address));
}

static struct datum text_of(struct machine *machine, const struct address *address, bool with_prefix)
{
    cleanup_buf struct buf text = BUF_INIT(64);
    address_format(address, &text);
    if (with_prefix)
        buf_printf(&text, "/%u", address->prefix);
    return datum_copy_text(machine, buf_span(&text));
}

static struct datum body_is_canonical(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct address address;
    const char *wrong = address_parse(datum_span(&args[0]), &address);
    if (wrong)
        return fail_parse(machine, "IP Address", wrong, &args[0]);
    struct datum text = text_of(machine, &address, false);
    return datum_bool(span_equal(datum_span(&text), datum_span(&args[0])));
}

static struct datum body_string_of_ip(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return text_of(machine, address_in(&args[0]), false);
}

static struct datum body_string_of_cidr(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    return text_of(machine, address_in(&args[0]), true);
}

static struct datum body_family(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(address_in(&args[0])->length == 4 ? 4 : 6);
}

/* Kinds of addresses: within a prefix of either family. */

static bool is_within(const struct address *address, const char *prefix4, const char *prefix6)
{
    struct address prefix;
    const char *wrong = cidr_parse(span_of(address->length == 4 ? prefix4 : prefix6), &prefix);
    return !wrong && address_contains(&prefix, address, address->length * 8u);
}

static bool is_unspecified(const struct address *address)
{
    return is_within(address, "0.0.0.0/32", "::/128");
}

static bool is_loopback(const struct address *address)
{
    return is_within(address, "127.0.0.0/8", "::1/128");
}

static bool is_link_local_multicast(const struct address *address)
{
    /* ff02::/16 with any flags: ffX2 */
    if (address->length == 16)
        return address->bytes[0] == 0xff && (address->bytes[1] & 0x0f) == 2;
    return is_within(address, "224.0.0.0/24", "::/128");
}

static bool is_link_local_unicast(const struct address *address)
{
    return is_within(address, "169.254.0.0/16", "fe80::/10");
}

static bool is_global_unicast(const struct address *address)
{
    return !is_unspecified(address) && !is_loopback(address) && !is_link_local_unicast(address) &&
           !is_within(address, "224.0.0.0/4", "ff00::/8") &&
           !(address->length == 4 && is_within(address, "255.255.255.255/32", "::/128"));
}

#define KIND_BODY(name, test)                                                                                \
    static struct datum name(struct machine *machine, const struct datum *args, unsigned n_args)             \
    {                                                                                                        \
        (void)machine, (void)n_args;                                                                         \
        return datum_bool(test(address_in(&args[0])));                                                       \
    }
KIND_BODY(body_is_unspecified, is_unspecified)
KIND_BODY(body_is_loopback, is_loopback)
KIND_BODY(body_is_link_local_multicast, is_link_local_multicast)
KIND_BODY(body_is_link_local_unicast, is_link_local_unicast)
KIND_BODY(body_is_global_unicast, is_global_unicast)

/* Prefixes */

static struct datum body_cidr(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct address address;
    const char *wrong = cidr_parse(datum_span(&args[0]), &address);
    return wrong ? fail_parse(machine, "CIDR", wrong, &args[0]) : new_address(machine, DATUM_CIDR, &address);
}

static struct datum body_is_cidr(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    struct address address;
    return datum_bool(!cidr_parse(datum_span(&args[0]), &address));
}

static struct datum body_contains_ip(struct machine *machine, const struct datum *args, unsigned n_args)
{
    struct datum ip = args[1].kind == DATUM_STRING ? body_ip(machine, &args[1], n_args) : args[1];
    if (ip.kind == DATUM_ERROR)
        return ip;
    return datum_bool(address_contains(address_in(&args[0]), address_in(&ip), address_in(&ip)->length * 8u));
}

static struct datum body_contains_cidr(struct machine *machine, const struct datum *args, unsigned n_args)
{
    struct datum cidr = args[1].kind == DATUM_STRING ? body_cidr(machine, &args[1], n_args) : args[1];
    if (cidr.kind == DATUM_ERROR)
        return cidr;
    return datum_bool(address_contains(address_in(&args[0]), address_in(&cidr), address_in(&cidr)->prefix));
}

static struct datum body_cidr_ip(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct address address = *address_in(&args[0]);
    address.prefix = 0;
    return new_address(machine, DATUM_IP, &address);
}

static struct datum body_masked(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)n_args;
    struct address masked = address_masked(*address_in(&args[0]));
    return new_address(machine, DATUM_CIDR, &masked);
}

static struct datum body_prefix_length(struct machine *machine, const struct datum *args, unsigned n_args)
{
    (void)machine, (void)n_args;
    return datum_int(address_in(&args[0])->prefix);
}

#define BY_NAME FUNCTION_COST_BY_NAME

static const struct function_row rows[] = {
    { "ip", "(string) -> net.IP", body_ip, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "ip", "net.CIDR.() -> net.IP", body_cidr_ip, COST_ONE, BY_NAME, 0, 0 },
    { "isIP", "(string) -> bool", body_is_ip, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "ip.isCanonical", "(string) -> bool", body_is_canonical, COST_TEXT_TWICE, BY_NAME, 0, 0 },
    { "string", "(net.IP) -> string", body_string_of_ip, COST_ONE, 0, 0, 0 },
    { "string", "(net.CIDR) -> string", body_string_of_cidr, COST_ONE, 0, 0, 0 },
    { "family", "net.IP.() -> int", body_family, COST_ONE, 0, 0, 0 },
    { "isUnspecified", "net.IP.() -> bool", body_is_unspecified, COST_ONE, 0, 0, 0 },
    { "isLoopback", "net.IP.() -> bool", body_is_loopback, COST_ONE, 0, 0, 0 },
    { "isLinkLocalMulticast", "net.IP.() -> bool", body_is_link_local_multicast, COST_ONE, 0, 0, 0 },
    { "isLinkLocalUnicast", "net.IP.() -> bool", body_is_link_local_unicast, COST_ONE, 0, 0, 0 },
    { "isGlobalUnicast", "net.IP.() -> bool", body_is_global_unicast, COST_ONE, 0, 0, 0 },
    { "cidr", "(string) -> net.CIDR", body_cidr, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "isCIDR", "(string) -> bool", body_is_cidr, COST_TEXT, BY_NAME | FUNCTION_PRECOMPUTED, 0, 0 },
    { "containsIP", "net.CIDR.(string) -> bool", body_contains_ip, COST_CONTAINS_IP_TEXT, 0, 0, 0 },
    { "containsIP", "net.CIDR.(net.IP) -> bool", body_contains_ip, COST_CONTAINS_IP, BY_NAME, 0, 0 },
    { "containsCIDR", "net.CIDR.(string) -> bool", body_contains_cidr, COST_CONTAINS_CIDR_TEXT, 0, 0, 0 },
    { "containsCIDR", "net.CIDR.(net.CIDR) -> bool", body_contains_cidr, COST_CONTAINS_CIDR, BY_NAME, 0, 0 },
    { "masked", "net.CIDR.() -> net.CIDR", body_masked, COST_ONE, 0, 0, 0 },
    { "prefixLength", "net.CIDR.() -> int", body_prefix_length, COST_ONE, 0, 0, 0 },
};

const struct library library_network = LIBRARY(rows);
