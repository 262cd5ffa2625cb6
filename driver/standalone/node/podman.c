/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines for podman. Everything is kept out of the machine's own container storage. What the flags are
 * for:
 *
 *     --network none     there is no pod network
 *     --rootfs DIR:O     a throw-away overlay, so that containers may share the folder
 *     --sig-proxy=false  signals for us are not for the containers
 *     --log-driver none  the log is podman's own output
 *
 * The ulimits in containers.conf are for machines where nobody may raise them.
 */

#include "driver/standalone/node/podman.h"
#include "api/base/file.h"
#include "api/base/vec.h"
#include "driver/standalone/node/expand.h"

typedef VEC(const char *) words;

static const char configuration[] = "[containers]\n"
                                    "default_ulimits=[\"nofile=1024:1024\",\"nproc=1024:1024\"]\n"
                                    "netns=\"none\"\n"
                                    "[engine]\n"
                                    "runtime=\"runc\"\n";

struct error *podman_init(struct podman *podman, struct arena *arena, const char *state_folder)
{
    podman->storage = arena_printf(arena, "%s/storage", state_folder);
    podman->run_folder = arena_printf(arena, "%s/run", state_folder);
    podman->volumes = arena_printf(arena, "%s/volumes", state_folder);
    TRY(file_make_folder(podman->storage, 0700));
    TRY(file_make_folder(podman->run_folder, 0700));
    TRY(file_make_folder(podman->volumes, 0700));
    const char *path = arena_printf(arena, "%s/containers.conf", state_folder);
    podman->environment[0] = arena_printf(arena, "CONTAINERS_CONF=%s", path);
    return file_replace(path, SPAN(configuration), 0600, 0);
}

char *podman_name(struct arena *arena, const char *uid, const char *container, unsigned attempt)
{
    return arena_printf(arena, "%s_%s_%u", container, uid, attempt);
}

const char *podman_volume(struct arena *arena, const struct podman *podman, const struct value *pod,
                          const char *name, bool *ours)
{
    *ours = false;
    value_each (value_path(pod, "spec.volumes"), volume) {
        const char *its_name = value_string(value_get(volume, "name"));
        if (!its_name || strcmp(its_name, name) != 0)
            continue;
        *ours = value_get(volume, "emptyDir");
        return *ours ? arena_printf(arena, "%s/%s/%s", podman->volumes,
                                    value_path_string(pod, "metadata.uid"), name)
                     : value_path_string(volume, "hostPath.path");
    }
    return NULL;
}

static void push_common(words *argv, const struct podman *podman)
{
    const char *const common[] = {
        "podman", "--root", podman->storage, "--runroot", podman->run_folder, "--storage-driver", "vfs",
    };
    for (size_t i = 0; i < ARRAY_LEN(common); i++)
        vec_push(argv, common[i]);
}

/* The words in the arena, NULL at the end. */
static const char *const *finish(struct arena *arena, words *argv)
{
    const char **copy = arena_make_array(arena, const char *, argv->length + 1);
    memcpy(copy, argv->items, argv->length * sizeof(*copy));
    vec_done(argv);
    return copy;
}

/* "DIR" for every image, "IMAGE=DIR" for one; the more precise wins. */
static const char *root_for_image(struct arena *arena, const char *spec, const char *image)
{
    const char *for_all = NULL;
    for (struct span rest = span_of(spec); rest.data;) {
        struct span word = span_split(rest, ',', &rest), folder, name = span_split(word, '=', &folder);
        if (folder.data && image && span_is(name, image))
            return arena_span(arena, folder);
        if (!folder.data && word.length)
            for_all = arena_span(arena, word);
    }
    return for_all;
}

static struct error *push_mounts(struct arena *arena, words *argv, const struct podman *podman,
                                 const struct podman_container *run)
{
    for (size_t i = 0; i < run->container->n_mounts; i++) {
        const struct volume_mount *mount = &run->container->mounts[i];
        bool ours;
        const char *source = podman_volume(arena, podman, run->tree, mount->name, &ours);
        if (!source)
            return error_invalid("volume %s: only emptyDir and hostPath volumes are known here", mount->name);
        if (mount->sub_path && *mount->sub_path)
            return error_invalid("volume mount %s: subPath is not known here", mount->name);
        vec_push(argv, "--volume");
        vec_push(argv,
                 arena_printf(arena, "%s:%s%s", source, mount->mount_path, mount->read_only ? ":ro" : ""));
    }
    return NULL;
}

static struct error *push_environment(struct arena *arena, words *argv, const struct podman *podman,
                                      const struct podman_container *run, struct expansion *expansion)
{
    TRY(expansion_init(expansion, arena, run->pod, run->container, podman->node_name));
    for (size_t i = 0; i < expansion->n_variables; i++) {
        vec_push(argv, "--env");
        vec_push(argv,
                 arena_printf(arena, "%s=%s", expansion->variables[i].name, expansion->variables[i].value));
    }
    return NULL;
}

static void push_expanded(words *argv, const struct expansion *expansion, const char *const *texts,
                          size_t n_texts)
{
    for (size_t i = 0; i < n_texts; i++)
        vec_push(argv, expand(expansion, texts[i]));
}

static struct error *push_run(struct arena *arena, words *argv, const struct podman *podman,
                              const struct podman_container *run)
{
    const struct container *container = run->container;
    const char *root =
        podman->root_folder ? root_for_image(arena, podman->root_folder, container->image) : NULL;
    if (!root)
        return error_hint(error_invalid("image %s: no root file system", container->image),
                          "name a folder for it with --rootfs");
    if (container->n_command + container->n_args == 0)
        return error_invalid("no command specified");
    struct expansion expansion;
    const char *const flags[] = {
        "run",          "--rm",
        "--replace",    "--sig-proxy=false",
        "--log-driver", "none",
        "--network",    "none",
        "--hostname",   run->pod->meta.name,
        "--name",       podman_name(arena, run->pod->meta.uid, container->name, run->attempt),
    };
    push_common(argv, podman);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        vec_push(argv, flags[i]);
    if (container->working_dir && *container->working_dir) {
        vec_push(argv, "--workdir");
        vec_push(argv, container->working_dir);
    }
    TRY(push_environment(arena, argv, podman, run, &expansion));
    TRY(push_mounts(arena, argv, podman, run));
    for (size_t i = 0; i < run->n_cdi_ids; i++) {
        vec_push(argv, "--device");
        vec_push(argv, run->cdi_ids[i]);
    }
    vec_push(argv, "--rootfs");
    vec_push(argv, arena_printf(arena, "%s:O", root));
    push_expanded(argv, &expansion, container->command, container->n_command);
    push_expanded(argv, &expansion, container->args, container->n_args);
    return NULL;
}

struct error *podman_run(struct arena *arena, const struct podman *podman, const struct podman_container *run,
                         const char *const **out)
{
    words argv = { 0 };
    struct error *err = push_run(arena, &argv, podman, run);
    if (err) {
        vec_done(&argv);
        return err;
    }
    *out = finish(arena, &argv);
    return NULL;
}

const char *const *podman_stop(struct arena *arena, const struct podman *podman, const char *name,
                               int64_t grace_seconds)
{
    words argv = { 0 };
    push_common(&argv, podman);
    vec_push(&argv, "stop");
    vec_push(&argv, "--time");
    vec_push(&argv, arena_printf(arena, "%lld", (long long)(grace_seconds > 0 ? grace_seconds : 0)));
    vec_push(&argv, name);
    return finish(arena, &argv);
}

const char *const *podman_clear(struct arena *arena, const struct podman *podman)
{
    words argv = { 0 };
    push_common(&argv, podman);
    vec_push(&argv, "rm");
    vec_push(&argv, "--force");
    vec_push(&argv, "--all");
    vec_push(&argv, "--time");
    vec_push(&argv, "0");
    return finish(arena, &argv);
}
