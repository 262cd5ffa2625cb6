/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Kubernetes' feature gates that add fields to what we serve, as they stand by default in 1.37, and what the
 * flag --feature-gates makes of them.
 */

#include "api/base/error.h"

enum { MAX_FEATURES = 32 };

struct features {
    bool on[MAX_FEATURES]; /* by row of the table in features.c */
};

/* TEXT is "DRADeviceTaints=false,DRAListTypeAttributes=true", or NULL. Unknown names are refused. */
nodiscard struct error *features_parse(const char *text, struct features *out);

/* A gate that we do not know is on: the tables only name gates of fields that they have. */
bool features_is_on(const struct features *features, const char *name);
