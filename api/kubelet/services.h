/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The names of kubelet's plugin interfaces. The messages themselves come from the .proto files beside this
 * header, as "api/kubelet/dra_v1.pb-c.h" and so on.
 *
 * What GetInfo lists in supported_versions is a short form for the DRA service and the full gRPC service name
 * for health: that is how kubelet compares.
 */

#define KUBELET_PLUGIN_TYPE_DRA "DRAPlugin"

#define KUBELET_VERSION_DRA_V1          "v1.DRAPlugin"
#define KUBELET_VERSION_DRA_V1BETA1     "v1beta1.DRAPlugin"
#define KUBELET_VERSION_HEALTH_V1       "v1.DRAResourceHealth"
#define KUBELET_VERSION_HEALTH_V1ALPHA1 "v1alpha1.DRAResourceHealth"

#define KUBELET_PATH_GET_INFO "/pluginregistration.Registration/GetInfo"
#define KUBELET_PATH_NOTIFY   "/pluginregistration.Registration/NotifyRegistrationStatus"

#define KUBELET_PATH_PREPARE_V1        "/k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin/NodePrepareResources"
#define KUBELET_PATH_UNPREPARE_V1      "/k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin/NodeUnprepareResources"
#define KUBELET_PATH_PREPARE_V1BETA1   "/k8s.io.kubelet.pkg.apis.dra.v1beta1.DRAPlugin/NodePrepareResources"
#define KUBELET_PATH_UNPREPARE_V1BETA1 "/k8s.io.kubelet.pkg.apis.dra.v1beta1.DRAPlugin/NodeUnprepareResources"

#define KUBELET_PATH_WATCH_V1       "/v1.DRAResourceHealth/NodeWatchResources"
#define KUBELET_PATH_WATCH_V1ALPHA1 "/v1alpha1.DRAResourceHealth/NodeWatchResources"
