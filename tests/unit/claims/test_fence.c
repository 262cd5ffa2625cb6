/* SPDX-License-Identifier: Apache-2.0 */
/* What brings the fence down, and what mends it. */

#include "tests/support/cmocka.h"

#include "api/base/arena.h"
#include "controller/claims/fence.h"

#include <string.h>

static struct taint ours[] = { { "tranche.dev/allocator", "controller", EFFECT_NO_SCHEDULE, "NoSchedule",
                                 NULL } };
static struct device good[] = { { .name = "a", .taints = ours, .n_taints = 1 } };
static struct device bare[] = { { .name = "a", .taints = ours, .n_taints = 1 }, { .name = "b" } };

static const struct resource_slice tainted = { .driver = "gpu.tranche.dev", .devices = good, .n_devices = 1 };
static const struct resource_slice dropped = { .driver = "gpu.tranche.dev", .devices = bare, .n_devices = 2 };
static const struct resource_slice others = { .driver = "nic.example.com", .devices = bare, .n_devices = 2 };

static void test_slices(void **state)
{
    (void)state;
    struct fence fence = { .driver = "gpu.tranche.dev" };
    struct arena *arena = arena_new();
    assert_false(fence_see_slice(&fence, "s1", &tainted));
    assert_false(fence_see_slice(&fence, "s2", &others));
    assert_false(fence_is_down(&fence));
    assert_null(fence_breach(&fence, arena));
    assert_true(fence_see_slice(&fence, "s3", &dropped));
    assert_false(fence_see_slice(&fence, "s3", &dropped)); /* no news */
    assert_true(fence_is_down(&fence));
    assert_non_null(
        strstr(fence_breach(&fence, arena), "ResourceSlice s3 lack the taint tranche.dev/allocator"));
    assert_false(fence_see_slice(&fence, "s3", NULL));
    assert_false(fence_is_down(&fence));
    arena_free(arena);
    fence_done(&fence);
}

static void test_claims(void **state)
{
    (void)state;
    struct fence fence = { .driver = "gpu.tranche.dev" };
    struct allocation_result result = { .driver = "gpu.tranche.dev", .pool = "n0", .device = "a" };
    struct allocation allocation = { .results = &result, .n_results = 1 };
    struct resource_claim claim = { .allocation = &allocation };
    assert_false(fence_see_claim(&fence, "ml/a", &claim, false));
    assert_true(fence_see_claim(&fence, "ml/b", &claim, true));
    assert_true(fence_is_down(&fence));
    claim.allocation = NULL;
    assert_false(fence_see_claim(&fence, "ml/b", &claim, true));
    assert_false(fence_is_down(&fence));
    claim.allocation = &allocation;
    result.admin_access = true;
    assert_false(fence_see_claim(&fence, "ml/b", &claim, true));
    result = (struct allocation_result){ .driver = "nic.example.com", .pool = "n0", .device = "a" };
    assert_false(fence_see_claim(&fence, "ml/c", &claim, true));
    assert_false(fence_is_down(&fence));
    fence_done(&fence);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_slices), cmocka_unit_test(test_claims) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
