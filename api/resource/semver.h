/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Semantic versions 2.0.0, strict, as blang/semver v4 reads and orders them (allocation.md 2.1).
 */

#include "api/base/error.h"
#include "api/base/span.h"

#include <stdint.h>

struct semver {
    uint64_t major, minor, patch;
    struct span prerelease; /* between "-" and "+", without them; borrowed from the text */
    struct span build;      /* behind "+" */
};

nodiscard struct error *semver_parse(struct span text, struct semver *out);
bool semver_is_valid(struct span text);

/* Precedence by the rules of semver.org: build metadata does not count. */
int semver_compare(const struct semver *a, const struct semver *b);
