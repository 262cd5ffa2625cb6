/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Putting right, at start, what the last end of the plugin left: CDI files without a record go; records of
 * this boot get theirs back. Interrupted prepares and unprepares wait for kubelet to ask again.
 */

#include "kubelet-plugin/prepare/batch.h"

nodiscard struct error *ground_recover(const struct prepare_ground *ground);
