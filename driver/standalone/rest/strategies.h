/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How single kinds differ from the common way; see struct strategy.
 */

#include "driver/standalone/rest/resources.h"

/* Never NULL. */
const struct strategy *strategy_find(const char *group, const char *plural);
