/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/cmocka.h"

#include "driver/publish/settling.h"

/* A write was answered with version 7 of uid "u". */
static const struct settling_case {
    const char *name;
    const char *known_uid, *known_version; /* in the cache when the answer comes; NULL: nothing */
    const char *event_version;             /* heard afterwards; NULL: nothing */
    bool event_is_deletion;
    bool is_over;
} settling_cases[] = {
    { "nothing was shown yet", NULL, NULL, NULL, false, false },
    { "the watch was faster than the answer", "u", "7", NULL, false, true },
    { "the watch shows an older version", "u", "6", NULL, false, false },
    { "the watch shows its predecessor of the same name", "t", "9", NULL, false, false },
    { "the event comes afterwards", NULL, NULL, "7", false, true },
    { "a newer event comes", "u", "6", "8", false, true },
    { "an older event comes", NULL, NULL, "6", false, false },
    { "it is deleted", NULL, NULL, "1", true, true },
};

static void test_settling(void **state)
{
    const struct settling_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *written = value_object(arena), *meta = value_child(arena, written, "metadata");
    value_set_text(arena, meta, "uid", "u");
    value_set_text(arena, meta, "resourceVersion", "7");
    struct kube_object known = { .uid = row->known_uid, .resource_version = row->known_version };
    struct kube_object event = { .uid = "u", .resource_version = row->event_version };
    struct settling settling = { 0 };
    settling_await(&settling, written, row->known_uid ? &known : NULL);
    if (row->event_version)
        assert_int_equal(settling_hear(&settling, &event, row->event_is_deletion),
                         row->is_over && !row->event_is_deletion);
    assert_int_equal(settling_is_over(&settling), row->is_over);
    settling_done(&settling);
}

int main(void)
{
    return RUN_TABLE(settling_cases, test_settling);
}
