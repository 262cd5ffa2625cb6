/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The ways in which a patch is refused, each with the HTTP status that a real server answers.
 */

#include "api/base/error.h"

/* It makes no sense on any document. */
#define error_bad_patch(...) error_make(__FILE__, __LINE__, ERROR_INVALID, 400, __VA_ARGS__)
/* It asks for too much. */
#define error_large_patch(...) error_make(__FILE__, __LINE__, ERROR_EXHAUSTED, 413, __VA_ARGS__)
/* It does not fit this document. */
#define error_unfit_patch(...) error_make(__FILE__, __LINE__, ERROR_INVALID, 422, __VA_ARGS__)
