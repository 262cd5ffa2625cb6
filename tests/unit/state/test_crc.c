/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checksum of records is zip's, so that anybody can check one by hand (`crc32` of libarchive-zip-perl).
 */

#include "kubelet-plugin/state/crc.h"
#include "tests/support/cmocka.h"

static void test_known_values(void **state)
{
    (void)state;
    assert_int_equal(crc32_of(SPAN("")), 0);
    assert_int_equal(crc32_of(SPAN("123456789")), 0xcbf43926);
    assert_int_equal(crc32_of(SPAN("The quick brown fox jumps over the lazy dog")), 0x414fa339);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_known_values) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
