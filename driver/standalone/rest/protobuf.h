/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The few protobuf bodies that newer clients send (kubectl 1.32 and later, for typed commands). Answers are
 * always JSON, which those clients accept.
 */

#include "api/base/error.h"
#include "api/value/value.h"

/*
 * "k8s\0", then runtime.Unknown around the object. *OUT has kind and apiVersion as the envelope names them.
 * ERROR_INVALID for malformed bytes; ERROR_INVALID with number 415 for a kind that we cannot read.
 */
nodiscard struct error *protobuf_decode(struct arena *arena, struct span bytes, struct value **out);
