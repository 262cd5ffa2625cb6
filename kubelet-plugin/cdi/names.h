/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * CDI's names (node.md 7.3): vendor/class=device, and the files that specs stand in.
 */

#include "api/base/arena.h"
#include "api/base/error.h"

/* Never one character (podman and containerd crash) and no dot (needs CDI 0.6.0). */
#define CDI_CLASS "claim"

/* "k8s.gpu.example.com" */
char *cdi_vendor(struct arena *arena, const char *driver);

/* ERROR_INVALID if a driver of this name could not be a CDI vendor. */
nodiscard struct error *cdi_check_driver(const char *driver);

/* "<claim uid>-<device>", with "-<share id>" for a share; characters that CDI does not take become "-". */
char *cdi_device_name(struct arena *arena, const char *uid, const char *device, const char *share_id);

/* "k8s.gpu.example.com/claim=<device name>" */
char *cdi_qualified_name(struct arena *arena, const char *driver, const char *device_name);

/* "k8s.gpu.example.com-claim_<uid>.json" */
char *cdi_file_name(struct arena *arena, const char *driver, const char *uid);

/* The uid in a file name of DRIVER's, or no data. */
struct span cdi_uid_of_file(const char *driver, const char *file_name);
