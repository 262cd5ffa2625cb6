/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The subresources with a meaning of their own: binding, eviction and log of pods, and the end of namespaces.
 */

#include "driver/standalone/rest/resources.h"

/* Puts a pod on a node, once. */
nodiscard struct error *pod_bind(struct request *req);
/* A delete that may be refused; nothing refuses it here. */
nodiscard struct error *pod_evict(struct request *req);
/* The file that the node role writes for a container; with follow=true as it grows. */
nodiscard struct error *pod_log(struct request *req);
/* Takes the finalizers of a namespace off, by the role that has emptied it. */
nodiscard struct error *namespace_finalize(struct request *req);
