/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the controller writes on other people's objects, and reads there. */

#define ALLOCATE_GATE      "tranche.dev/allocate"  /* scheduling gate of a pod */
#define ALLOCATE_IMMEDIATE "tranche.dev/allocate"  /* annotation of a claim, with the value "immediate" */
#define ALLOCATOR_LABEL    "tranche.dev/allocator" /* of classes, with the value "controller" */
#define ALLOCATOR_TAINT    "tranche.dev/allocator" /* of devices, likewise */
#define ALLOCATED_TYPE     "tranche.dev/Allocated" /* condition of a pod */
