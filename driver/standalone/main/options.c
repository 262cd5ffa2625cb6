/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/standalone/main/options.h"

#include <arpa/inet.h>

enum { MAX_NAMES = 64 };

#define FIELD(member) offsetof(struct standalone_options, member)

static const struct option_row rows[] = {
    { "listen", "TRANCHE_LISTEN", OPTION_STRING, FIELD(listen), .value = "ADDRESS:PORT",
      .fallback = "127.0.0.1:6443",
      .help = "where the API server listens, on loopback; port 0 takes a free one" },
    { "data-dir", "TRANCHE_DATA_DIR", OPTION_STRING, FIELD(data_folder), .value = "PATH",
      .fallback = "/var/lib/tranche-standalone", .help = "folder for credentials and the containers' logs" },
    { "kubeconfig", NULL, OPTION_STRING, FIELD(kubeconfig), .value = "PATH",
      .help = "where the kubeconfig is written, if not <data-dir>/kubeconfig" },
    { "insecure", NULL, OPTION_BOOL, FIELD(insecure),
      .help = "plain HTTP, and nobody is asked who they are" },
    { "node-name", "NODE_NAME", OPTION_STRING, FIELD(node_names), .value = "NAME,...",
      .help = "names of the nodes, if not this machine's host name; the first one runs the pods" },
    { "roles", NULL, OPTION_STRING, FIELD(roles), .value = "NAME,...", .fallback = "cluster,node",
      .help = "what runs beside the API server: cluster (controllers and binding), node, or none" },
    { "rootfs", NULL, OPTION_STRING, FIELD(root_folder), .value = "PATH",
      .help = "root file system of all containers" },
    { "kubelet-dir", NULL, OPTION_STRING, FIELD(kubelet_folder), .value = "PATH",
      .fallback = "/var/lib/kubelet", .help = "folder in which plugins put their sockets" },
    { "gate", NULL, OPTION_BOOL, FIELD(gate), .fallback = "true",
      .help = "keep pods whose claims Tranche allocates from being bound before that is done" },
    { "feature-gates", NULL, OPTION_STRING, FIELD(feature_gates), .value = "NAME=BOOL,...",
      .help = "Kubernetes' feature gates, if not as in 1.37" },
    { "kube-version", NULL, OPTION_STRING, FIELD(kube_version), .value = "MAJOR.MINOR", .fallback = "1.37",
      .help = "the Kubernetes that this server is, 1.34 to 1.37: what clients are told, and the CEL of "
              "expressions" },
    DAEMON_OPTION_ROWS(struct standalone_options, flags),
};

const struct option_table standalone_option_table = {
    .program = "tranche-standalone",
    .usage = "[flags]",
    .about = "A Kubernetes API server with its controllers and a node, for one machine, in one process.",
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
};

static bool is_loopback(const char *address)
{
    struct in_addr v4;
    return strcmp(address, "::1") == 0 ||
           (inet_pton(AF_INET, address, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

struct error *listen_parse(struct arena *arena, const char *text, const char **address, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    long number = colon ? strtol(colon + 1, &end, 10) : -1;
    if (!colon || end == colon + 1 || *end || number < 0 || number > UINT16_MAX)
        return error_invalid("flag --listen: %s: want ADDRESS:PORT", text);
    struct span host = { text, (size_t)(colon - text) };
    if (host.length >= 2 && host.data[0] == '[' && host.data[host.length - 1] == ']')
        host = (struct span){ host.data + 1, host.length - 2 };
    *address = arena_span(arena, host);
    *port = (uint16_t)number;
    if (is_loopback(*address))
        return NULL;
    return error_hint(error_invalid("flag --listen: %s: not an address of loopback", text),
                      "this server is for one machine: use 127.0.0.1:PORT");
}

struct error *names_parse(struct arena *arena, const char *text, const char *const **out)
{
    const char **names = arena_make_array(arena, const char *, MAX_NAMES + 1);
    size_t n_names = 0;
    struct span rest = span_of(text);
    while (rest.data) {
        struct span name = span_split(rest, ',', &rest);
        if (name.length == 0)
            continue;
        if (n_names == MAX_NAMES)
            return error_invalid("flag --node-name: more than %d names", MAX_NAMES);
        names[n_names++] = arena_span(arena, name);
    }
    *out = names;
    return NULL;
}

struct error *parts_parse(const char *text, struct standalone_parts *out)
{
    struct span rest = span_of(text);
    *out = (struct standalone_parts){ 0 };
    while (rest.data) {
        struct span name = span_split(rest, ',', &rest);
        if (span_is(name, "cluster"))
            out->cluster = true;
        else if (span_is(name, "node"))
            out->node = true;
        else if (name.length && !span_is(name, "none"))
            return error_invalid("flag --roles: " SPAN_FMT ": want cluster, node or none", SPAN_ARG(name));
    }
    return NULL;
}
