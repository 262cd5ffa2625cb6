/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/main/options.h"

#include "api/base/span.h"
#include "api/resource/names.h"
#include "controller/allocate/view/features.h"

#define FIELD(member) offsetof(struct controller_options, member)

static const struct option_row rows[] = {
    { "driver-name", "DRIVER_NAME", OPTION_STRING, FIELD(driver), .value = "NAME",
      .fallback = "gpu.tranche.dev",
      .help = "name of the driver, as DeviceClasses and allocation results spell it" },
    { "allocator", "ALLOCATOR", OPTION_CHOICE, FIELD(allocator), .choices = "controller|scheduler",
      .fallback = "controller",
      .help = "who allocates the devices; must be what tranche-kubelet-plugin has" },
    { "policy-dir", "POLICY_DIR", OPTION_STRING, FIELD(policy_folder), .value = "PATH", .fallback = "",
      .help = "folder of DeviceClass, Inventory and AllocationPolicy documents; empty: none" },
    { "kubeconfig", "KUBECONFIG", OPTION_STRING, FIELD(kubeconfig), .value = "PATH",
      .help = "kubeconfig file; without one, the pod's service account" },
    { "context", NULL, OPTION_STRING, FIELD(context), .value = "NAME", .help = "context of the kubeconfig" },
    { "leader-elect", "LEADER_ELECT", OPTION_BOOL, FIELD(leader_elect), .fallback = "true",
      .help = "work only while holding the lease, so that several controllers may run" },
    { "leader-elect-namespace", "LEADER_ELECT_NAMESPACE", OPTION_STRING, FIELD(lease_namespace),
      .value = "NAME", .fallback = "",
      .help = "namespace of the lease; empty: the kubeconfig's or the pod's" },
    { "leader-elect-name", "LEADER_ELECT_NAME", OPTION_STRING, FIELD(lease_name), .value = "NAME",
      .fallback = "", .help = "name of the lease; empty: tranche-controller.<driver-name>" },
    { "leader-elect-identity", "POD_NAME", OPTION_STRING, FIELD(identity), .value = "NAME", .fallback = "",
      .help = "who we are in the lease, unique among the controllers; empty: host name and a random number" },
    { "metrics-address", "METRICS_ADDRESS", OPTION_STRING, FIELD(metrics_address), .value = "HOST:PORT",
      .fallback = "", .help = "where /metrics, /healthz and /readyz are served; empty: nowhere" },
    { "step-budget", "STEP_BUDGET", OPTION_INT, FIELD(step_budget), .value = "STEPS", .fallback = "1000000",
      .min = 1000, .max = INT64_MAX, .help = "how many steps the search on one node may take" },
    { "kube-version", "KUBE_VERSION", OPTION_CHOICE, FIELD(kube_version), .choices = FEATURES_RELEASES,
      .fallback = "1.37", .help = "allocate as this Kubernetes does" },
    DAEMON_OPTION_ROWS(struct controller_options, flags),
};

const struct option_table controller_option_table = {
    .program = "tranche-controller",
    .usage = "[flags]",
    .about = "Publishes DeviceClasses and cluster-wide pools, and allocates ResourceClaims, as the control "
             "plane of a DRA driver.",
    .rows = rows,
    .n_rows = ARRAY_LEN(rows),
};

struct error *controller_options_check(const struct controller_options *options)
{
    if (!driver_name_is_valid(span_of(options->driver)))
        return error_invalid("flag --driver-name: \"%s\" is not a DNS subdomain of at most 63 bytes",
                             options->driver);
    return NULL;
}
