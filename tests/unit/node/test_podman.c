/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a container of a pod to podman's command line.
 */

#include "api/value/yaml.h"
#include "driver/standalone/node/podman.h"
#include "tests/support/cmocka.h"

struct command_case {
    const char *name;
    const char *container;
    const char *wanted; /* the command line behind --replace ... --name NAME, or the error */
};

static const struct command_case command_cases[] = {
    { "a command", "{name: c, image: i, command: [sh, -c], args: [a b]}", "--rootfs /all:O sh -c a b" },
    { "arguments only", "{name: c, image: i, args: [env]}", "--rootfs /all:O env" },
    { "an image with a folder of its own", "{name: c, image: 'ubuntu:22.04', args: [env]}",
      "--rootfs /u:O env" },
    { "no command", "{name: c, image: i}", "no command specified" },
    { "a working directory", "{name: c, image: i, args: [env], workingDir: /w}",
      "--workdir /w --rootfs /all:O env" },
    { "variables, also of variables",
      "{name: c, image: i, args: [env], env: [{name: A, value: '1'}, "
      "{name: B, value: '$(A)$(X)$$(A)'}]}",
      "--env A=1 --env B=1$(X)$(A) --rootfs /all:O env" },
    { "variables in the command", "{name: c, image: i, args: [echo, $(A)], env: [{name: A, value: x}]}",
      "--env A=x --rootfs /all:O echo x" },
    { "the downward API",
      "{name: c, image: i, args: [env], env: ["
      "{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, "
      "{name: B, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}, "
      "{name: C, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}, "
      "{name: D, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['none']\"}}}]}",
      "--env A=p --env B=n --env C=web --env D= --rootfs /all:O env" },
    { "a value from a secret",
      "{name: c, image: i, args: [env], env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]}",
      "variable A: only values from the pod's own fields are known here" },
    { "volumes",
      "{name: c, image: i, args: [env], volumeMounts: [{name: e, mountPath: /e}, "
      "{name: h, mountPath: /h, readOnly: true}]}",
      "--volume /state/volumes/u-1/e:/e --volume /host:/h:ro --rootfs /all:O env" },
    { "an unknown sort of volume",
      "{name: c, image: i, args: [env], volumeMounts: [{name: s, mountPath: /s}]}",
      "volume s: only emptyDir and hostPath volumes are known here" },
};

static struct value *pod_with(struct arena *arena, const char *container)
{
    const char *text =
        arena_printf(arena,
                     "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: default, uid: u-1, labels: "
                     "{app: web}}, spec: {containers: [%s], volumes: [{name: e, emptyDir: {}}, {name: h, "
                     "hostPath: {path: /host}}, {name: s, secret: {secretName: x}}]}}",
                     container);
    value_vec documents = { 0 };
    struct error *err = yaml_parse(arena, "pod", span_of(text), &documents);
    if (err)
        fail_msg("%s", err->text);
    struct value *tree = documents.items[0];
    vec_done(&documents);
    return tree;
}

/* What follows "--name NAME". */
static void join(struct buf *out, const char *const *argv)
{
    while (strcmp(*argv, "--name") != 0)
        argv++;
    for (argv += 2; *argv; argv++)
        buf_printf(out, "%s%s", out->length ? " " : "", *argv);
}

static const struct podman podman = {
    .storage = "/state/storage",
    .run_folder = "/state/run",
    .volumes = "/state/volumes",
    .root_folder = "/all,ubuntu:22.04=/u",
    .node_name = "n",
};

static void test_command(void **state)
{
    const struct command_case *row = *state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = pod_with(arena, row->container);
    struct pod *pod = NULL;
    assert_null(pod_decode(arena, tree, &pod));
    struct podman_container container = { .pod = pod, .tree = tree, .container = &pod->containers[0] };
    const char *const *argv;
    cleanup_error struct error *err = podman_run(arena, &podman, &container, &argv);
    cleanup_buf struct buf text = BUF_INIT(4096);
    if (err)
        buf_add(&text, err->text);
    else
        join(&text, argv);
    assert_string_equal(buf_text(&text), row->wanted);
}

static void test_devices_and_names(void **state)
{
    (void)state;
    cleanup_arena struct arena *arena = arena_new();
    struct value *tree = pod_with(arena, "{name: c, image: i, args: [env]}");
    struct pod *pod = NULL;
    assert_null(pod_decode(arena, tree, &pod));
    const char *ids[] = { "v/c=1", "v/c=2" };
    struct podman_container container = { pod, tree, &pod->containers[0], 3, ids, 2 };
    const char *const *argv;
    assert_null(podman_run(arena, &podman, &container, &argv));
    cleanup_buf struct buf text = BUF_INIT(4096);
    join(&text, argv);
    assert_string_equal(buf_text(&text), "--device v/c=1 --device v/c=2 --rootfs /all:O env");
    while (strcmp(*argv, "--name") != 0)
        argv++;
    assert_string_equal(argv[1], "c_u-1_3");
    assert_string_equal(podman_name(arena, "u-1", "c", 3), "c_u-1_3");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_devices_and_names) };
    return RUN_TABLE(command_cases, test_command) + cmocka_run_group_tests(tests, NULL, NULL);
}
