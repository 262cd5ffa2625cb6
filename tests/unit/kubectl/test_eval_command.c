/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `kubectl-tranche eval`, whose exit status scripts rely on.
 */

#include "api/base/file.h"
#include "controller/kubectl/eval.h"
#include "tests/support/cmocka.h"

#include <unistd.h>

static const char device_text[] = "driver: gpu.example.com\n"
                                  "attributes: {model: {string: a100}}\n"
                                  "capacity: {memory: {value: 80Gi}}\n";

static const char slice_text[] = "apiVersion: resource.k8s.io/v1\n"
                                 "kind: ResourceSlice\n"
                                 "metadata: {name: s}\n"
                                 "spec:\n"
                                 "  driver: gpu.example.com\n"
                                 "  nodeName: node-a\n"
                                 "  pool: {name: p, generation: 1, resourceSliceCount: 1}\n"
                                 "  devices:\n"
                                 "  - {name: gpu-0, attributes: {model: {string: a100}}}\n"
                                 "  - {name: gpu-1, attributes: {model: {string: h100}, index: {int: 1}}}\n";

#define MODEL "device.attributes[\"gpu.example.com\"].model"
#define INDEX "device.attributes[\"gpu.example.com\"].index"

struct command_case {
    const char *name;
    const char *text;
    const char *expression;
    int status;
    const char *output;
    const char *flag; /* one more, or NULL */
};

static const struct command_case command_cases[] = {
    { "matched", device_text, MODEL " == \"a100\"", 0, "true\n", NULL },
    { "not matched", device_text, MODEL " == \"h100\"", 1, "false\n", NULL },
    { "does not compile", device_text, "device.pool == 1", 2, "", NULL },
    { "fails", device_text, INDEX " == 1", 3, "", NULL },
    { "some of a slice", slice_text, MODEL " == \"h100\"", 0, "gpu-0\tfalse\ngpu-1\ttrue\n", NULL },
    { "none of a slice", slice_text, MODEL " == \"x\"", 1, "gpu-0\tfalse\ngpu-1\tfalse\n", NULL },
    { "one of a slice fails", slice_text, INDEX " == 1", 3, "gpu-0\terror\ngpu-1\ttrue\n", NULL },
    { "too dear for admission", device_text, "lists.range(1000).all(x, lists.range(1000).all(y, true))", 2,
      "", "--new" },
    { "backquotes came with 1.37", device_text, "device.attributes.`gpu.example.com`.model == \"a100\"", 0,
      "true\n", "--kube-version=1.37" },
    { "and not before", device_text, "device.attributes.`gpu.example.com`.model == \"a100\"", 2, "",
      "--kube-version=1.36" },
    { "unknown version", device_text, "true", 2, "", "--kube-version=1.99" },
    { "no document", "", "true", 2, "", NULL },
    { "no driver", "{}", "true", 2, "", NULL },
};

/* What FUNCTION prints on standard output. */
static int run_captured(int argc, char **argv, struct buf *output)
{
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[1]);
    int status = kubectl_eval(argc, argv);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    cleanup_error struct error *err = buf_read_fd(output, pipe_ends[0]);
    assert_null(err);
    close(pipe_ends[0]);
    return status;
}

static void test_command(void **state)
{
    const struct command_case *row = *state;
    char path[] = "/tmp/tranche-eval-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, row->text, strlen(row->text)), strlen(row->text));
    close(fd);
    const char *argv[] = { "eval", "--expr", row->expression, "--device", path, row->flag };
    cleanup_buf struct buf output = BUF_INIT(4096);
    int status = run_captured(row->flag ? 6 : 5, (char **)argv, &output);
    unlink(path);
    assert_int_equal(status, row->status);
    assert_string_equal(buf_text(&output), row->output);
}

int main(void)
{
    return RUN_TABLE(command_cases, test_command);
}
