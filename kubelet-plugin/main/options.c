/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/main/options.h"

#include "api/resource/names.h"
#include "kubelet-plugin/cdi/names.h"

#define FIELD(member) offsetof(struct plugin_options, member)

static const struct option_row rows[] = {
    { "driver-name", "DRIVER_NAME", OPTION_STRING, FIELD(driver), .value = "NAME",
      .fallback = "gpu.tranche.dev",
      .help = "name of the driver, as DeviceClasses and allocation results spell it" },
    { "node-name", "NODE_NAME", OPTION_STRING, FIELD(node_name), .value = "NAME", .required = true,
      .help = "name of the Node object of this machine (downward API: spec.nodeName)" },
    { "inventory", "INVENTORY", OPTION_STRING, FIELD(inventory), .value = "PATH", .required = true,
      .help = "file or folder of Inventory documents that say which devices there are" },
    { "inventory-parameters", "INVENTORY_PARAMETERS", OPTION_STRING, FIELD(parameters),
      .value = "NAME=VALUE,...", .help = "values that replace those of the inventory's spec.parameters" },
    { "allocator", "ALLOCATOR", OPTION_CHOICE, FIELD(allocator), .choices = "controller|scheduler",
      .fallback = "controller", .help = "who allocates the devices; must be what tranche-controller has" },
    { "kubelet-dir", "KUBELET_DIR", OPTION_STRING, FIELD(kubelet_folder), .value = "PATH",
      .fallback = "/var/lib/kubelet",
      .help = "kubelet's root folder, under the same path in here and on the host" },
    { "registrar-dir", "KUBELET_REGISTRAR_DIRECTORY_PATH", OPTION_STRING, FIELD(registry_folder),
      .value = "PATH", .help = "folder of the registration socket, if not <kubelet-dir>/plugins_registry" },
    { "plugin-dir", "KUBELET_PLUGIN_DIRECTORY_PATH", OPTION_STRING, FIELD(plugin_folder), .value = "PATH",
      .help = "folder of the service socket and of our records, if not <kubelet-dir>/plugins/<driver-name>" },
    { "cdi-root", "CDI_ROOT", OPTION_STRING, FIELD(cdi_folder), .value = "PATH", .fallback = "/var/run/cdi",
      .help = "folder that the container runtime reads CDI specs from" },
    { "kubeconfig", "KUBECONFIG", OPTION_STRING, FIELD(kubeconfig), .value = "PATH",
      .help = "kubeconfig file; without one, the pod's service account" },
    { "context", NULL, OPTION_STRING, FIELD(context), .value = "NAME", .help = "context of the kubeconfig" },
    { "pod-uid", "POD_UID", OPTION_STRING, FIELD(pod_uid), .value = "UID",
      .help = "uid of this pod, if two plugins may overlap in a rolling update (kubelet 1.33 and later)" },
    { "metrics-address", "METRICS_ADDRESS", OPTION_STRING, FIELD(metrics_address), .value = "HOST:PORT",
      .fallback = "", .help = "where /metrics, /healthz and /readyz are served; empty: nowhere" },
    { "stale-claim-grace", "STALE_CLAIM_GRACE", OPTION_DURATION, FIELD(stale_grace_nanos),
      .value = "DURATION", .fallback = "10m",
      .help = "how long a prepared claim may be gone from the cluster before it is unprepared; 0: for ever" },
    DAEMON_OPTION_ROWS(struct plugin_options, flags),
};

const struct option_table plugin_option_table = {
    .program = "tranche-kubelet-plugin",
    .usage = "--node-name NAME --inventory PATH [flags]",
    .about = "Publishes the devices of this node and prepares them for containers, as a DRA driver's kubelet "
             "plugin.",
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
};

struct error *plugin_options_check(const struct plugin_options *options)
{
    TRY(error_wrap(cdi_check_driver(options->driver), "flag --driver-name"));
    if (options->pod_uid && !*options->pod_uid)
        return error_invalid("flag --pod-uid: it is empty");
    return NULL;
}
