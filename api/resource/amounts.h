/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Amounts of several things, such as a pod's resources. Names are borrowed; what a list does not name is 0.
 */

#include "api/base/vec.h"
#include "api/resource/device.h"

typedef VEC(struct named_quantity) amount_list;

const struct quantity *amounts_find(const amount_list *amounts, const char *name); /* or NULL */
void amounts_set(amount_list *amounts, const char *name, const struct quantity *amount);
void amounts_add(amount_list *amounts, const char *name, const struct quantity *amount);
void amounts_add_all(amount_list *amounts, const amount_list *more);
/* Each becomes at least what LEAST has of it. */
void amounts_raise_all(amount_list *amounts, const amount_list *least);
