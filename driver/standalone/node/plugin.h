/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One registration socket and the plugin behind it:
 *
 *     GetInfo --> validated --> the service socket --> Notify(true) --> registered, until the socket goes
 *        |            |
 *        +------------+--> Notify(false), and again later, while the socket stays
 */

#include "driver/grpc/client.h"
#include "driver/loop/timer.h"

struct plugin;

enum plugin_version { PLUGIN_V1, PLUGIN_V1BETA1 };

/* What a plugin said of itself. */
struct plugin_info {
    char *driver;
    char *endpoint;
    enum plugin_version version;
};

struct plugin_listener {
    /* The plugin was registered, or its connection came or went. */
    void (*changed)(struct plugin *plugin, void *data);
    void *data;
};

struct plugin *plugin_new(struct loop *loop, const char *socket_path, struct plugin_listener listener);
/* No callback comes any more. ON_GONE (or NULL) is called when its connections are closed and it is freed. */
void plugin_stop(struct plugin *plugin, void (*on_gone)(void *data), void *data);

/* NULL until it is registered. */
const char *plugin_driver(const struct plugin *plugin);
enum plugin_version plugin_version_of(const struct plugin *plugin);
struct grpc_client *plugin_service(const struct plugin *plugin);
bool plugin_is_connected(const struct plugin *plugin);

/*
 * Checks the reply of GetInfo: type, name, endpoint, versions. Kubelet's words in the error. SOCKET_PATH
 * stands in for an empty endpoint.
 */
nodiscard struct error *plugin_info_decode(struct span message, const char *socket_path,
                                           struct plugin_info *out);
void plugin_info_done(struct plugin_info *info);
