/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Includes run one way: a folder includes itself and the folders above it in the list below. And every
 * foreign library has its doors: the folders that may include its headers.
 */

#include "api/base/buf.h"
#include "api/base/file.h"
#include "api/base/vec.h"
#include "tests/support/cmocka.h"

#include <ftw.h>

/* From the ground up. A folder may include those before it, of its own half or below. */
static const char *const order[] = {
    "api/base/",
    "api/value/",
    "api/schema/",
    "api/resource/",
    "api/core/",
    "api/config/",
    "api/kubelet/",
    "selector/",
    "driver/loop/",
    "driver/http/",
    "driver/grpc/",
    "driver/kube/",
    "driver/metrics/",
    "driver/device/",
    "driver/publish/",
    "driver/standalone/store/",
    "driver/standalone/patch/",
    "driver/standalone/rest/",
    "driver/standalone/roles/",
    "driver/standalone/node/",
    "driver/standalone/main/",
    "controller/policy/",
    "controller/allocate/devices/",
    "controller/allocate/inventory/",
    "controller/allocate/view/",
    "controller/allocate/state/",
    "controller/allocate/prune/",
    "controller/allocate/search/",
    "controller/allocate/reasons/",
    "controller/allocate/",
    "controller/explain/",
    "controller/claims/",
    "controller/classes/",
    "controller/admission/",
    "controller/kubectl/",
    "controller/main/",
    "kubelet-plugin/state/",
    "kubelet-plugin/cdi/",
    "kubelet-plugin/prepare/",
    "kubelet-plugin/registration/",
    "kubelet-plugin/service/",
    "kubelet-plugin/health/",
    "kubelet-plugin/main/",
};

/* A header of a foreign library, and a prefix of the files that may include it. */
static const struct door {
    const char *header, *folder;
} doors[] = {
    { "jansson.h", "api/value/json.c" }, { "yaml.h", "api/value/yaml" }, { "curl/", "driver/http/" },
    { "http_parser.h", "driver/http/" }, { "openssl/", "driver/http/" }, { "nghttp2/", "driver/grpc/" },
    { "uv.h", "driver/loop/" },          { "re2/", "selector/" },
};

enum { MAX_SOURCE_BYTES = 1024 * 1024 };

static VEC(char *) sources;
static size_t n_complaints;

static int on_file(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)walk;
    const char *dot = strrchr(path, '.');
    bool is_source = dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0 || strcmp(dot, ".cc") == 0);
    if (type == FTW_F && is_source)
        vec_push(&sources, mem_strdup(path + strlen(SOURCE_FOLDER) + 1));
    return 0;
}

static int place_of(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (strncmp(path, order[i], strlen(order[i])) == 0)
            return (int)i;
    return -1;
}

static bool in(const char *path, const char *folder)
{
    return strncmp(path, folder, strlen(folder)) == 0;
}

static bool is_above(const char *source, const char *header)
{
    bool halves_meet =
        (in(source, "controller/") && in(header, "kubelet-plugin/")) ||
        (in(source, "kubelet-plugin/") && (in(header, "controller/") || in(header, "selector/")));
    bool into_leaf = in(header, "driver/standalone/") && !in(source, "driver/standalone/");
    int from = place_of(source), to = place_of(header);
    return from >= 0 && to >= 0 && to <= from && !halves_meet && !into_leaf;
}

static bool is_build_output(const char *header)
{
    return strstr(header, ".pb-c.h") != NULL;
}

static void complain(const char *source, int line, const char *header, const char *why)
{
    print_error("%s:%d: includes %s, %s\n", source, line, header, why);
    n_complaints++;
}

static void check_line(const char *source, int line, struct span text)
{
    if (!span_starts_with(text, SPAN("#include ")) || text.length < 12)
        return;
    char open = text.data[9], header[256];
    struct span rest, name = span_split(span_skip(text, 10), open == '<' ? '>' : '"', &rest);
    snprintf(header, sizeof(header), SPAN_FMT, SPAN_ARG(name));
    if (open == '"' && !is_build_output(header) && !is_above(source, header))
        complain(source, line, header, "which is not below it");
    for (size_t i = 0; i < ARRAY_LEN(doors); i++)
        if (open == '<' && in(header, doors[i].header) && !in(source, doors[i].folder))
            complain(source, line, header, "a library whose door is elsewhere");
}

static void check_source(const char *source)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", SOURCE_FOLDER, source);
    cleanup_buf struct buf text = BUF_INIT(MAX_SOURCE_BYTES);
    assert_null(file_read(path, &text));
    int number = 1;
    for (struct span rest = buf_span(&text), line; rest.data; number++) {
        line = span_split(rest, '\n', &rest);
        check_line(source, number, line);
    }
}

static void test_includes(void **state)
{
    (void)state;
    static const char *const halves[] = { "api", "selector", "driver", "controller", "kubelet-plugin" };
    for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
        char folder[4096];
        snprintf(folder, sizeof(folder), "%s/%s", SOURCE_FOLDER, halves[i]);
        assert_int_equal(nftw(folder, on_file, 16, FTW_PHYS), 0);
    }
    assert_true(sources.length > 30);
    vec_each (&sources, source) {
        check_source(*source);
        free(*source);
    }
    vec_done(&sources);
    assert_int_equal(n_complaints, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_includes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
