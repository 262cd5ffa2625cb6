/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which selectors accept which devices, each looked at once. Devices that no selector could tell apart share
 * a shape, which is little more than a number; the verdict of an expression is remembered by shape, and by
 * what the expression really reads, so that a cluster of equal devices costs one evaluation. A verdict never
 * goes stale: a device that changes gets another shape, a selector that changes is another text.
 */

#include "api/base/buf.h"
#include "api/resource/device.h"

struct matcher;
struct shape;

enum verdict {
    VERDICT_UNKNOWN,
    VERDICT_FALSE,
    VERDICT_TRUE,
    VERDICT_NOT_COMPILED, /* the expression is wrong, whatever the device */
    VERDICT_FAILED,       /* it fails on this device */
};

nodiscard struct matcher *matcher_new(void);
void matcher_free(struct matcher *matcher);

/* The shape of DEVICE, with one more reference. */
struct shape *shape_ref(struct matcher *matcher, const char *driver, const struct device *device);
void shape_unref(struct matcher *matcher, struct shape *shape);

/*
 * Whether EXPRESSION accepts DEVICE of DRIVER, which has SHAPE. *MESSAGE says what is wrong where the verdict
 * is NOT_COMPILED or FAILED; borrowed until the next test.
 */
enum verdict matcher_test(struct matcher *matcher, const char *expression, struct shape *shape,
                          const char *driver, const struct device *device, const char **message);

/* Appends the attributes that EXPRESSION reads, as DEVICE has them: `model is "A100", memory is absent`. */
void matcher_describe(struct matcher *matcher, const char *expression, const char *driver,
                      const struct device *device, struct buf *out);
