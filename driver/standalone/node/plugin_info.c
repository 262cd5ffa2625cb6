/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plugin may say of itself.
 */

#include "api/base/memory.h"
#include "api/kubelet/registration.pb-c.h"
#include "api/kubelet/services.h"
#include "driver/standalone/node/plugin.h"

enum { MAX_DRIVER_NAME = 63 };

/* The first version of the list that we speak, as kubelet chooses. */
static struct error *choose_version(const Registration__PluginInfo *info, enum plugin_version *out)
{
    for (size_t i = 0; i < info->n_supported_versions; i++) {
        if (strcmp(info->supported_versions[i], KUBELET_VERSION_DRA_V1) == 0) {
            *out = PLUGIN_V1;
            return NULL;
        }
        if (strcmp(info->supported_versions[i], KUBELET_VERSION_DRA_V1BETA1) == 0) {
            *out = PLUGIN_V1BETA1;
            return NULL;
        }
    }
    return error_invalid("none of the %zu supported versions of the plugin is %s or %s",
                         info->n_supported_versions, KUBELET_VERSION_DRA_V1, KUBELET_VERSION_DRA_V1BETA1);
}

static bool is_driver_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > MAX_DRIVER_NAME)
        return false;
    for (const char *c = name; *c; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '-' ||
              *c == '.'))
            return false;
    }
    return true;
}

static struct error *info_check(const Registration__PluginInfo *info, const char *socket_path,
                                struct plugin_info *out)
{
    if (strcmp(info->type, KUBELET_PLUGIN_TYPE_DRA) != 0)
        return error_invalid("no handler registered for plugin type: %.80s at socket %s", info->type,
                             socket_path);
    if (!is_driver_name(info->name))
        return error_invalid("invalid driver name \"%.80s\"", info->name);
    if (*info->endpoint && *info->endpoint != '/')
        return error_invalid("endpoint \"%.120s\" is not an absolute path", info->endpoint);
    TRY(choose_version(info, &out->version));
    out->driver = mem_strdup(info->name);
    out->endpoint = mem_strdup(*info->endpoint ? info->endpoint : socket_path);
    return NULL;
}

struct error *plugin_info_decode(struct span message, const char *socket_path, struct plugin_info *out)
{
    Registration__PluginInfo *info =
        registration__plugin_info__unpack(NULL, message.length, (const uint8_t *)message.data);
    if (!info)
        return error_invalid("the answer to GetInfo is malformed");
    struct error *err = info_check(info, socket_path, out);
    registration__plugin_info__free_unpacked(info, NULL);
    return err;
}

void plugin_info_done(struct plugin_info *info)
{
    free(info->driver);
    free(info->endpoint);
    *info = (struct plugin_info){ 0 };
}
