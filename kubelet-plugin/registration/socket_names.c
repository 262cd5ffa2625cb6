/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/registration/socket_names.h"

#include "driver/grpc/socket_file.h"

static bool fits(const char *path)
{
    return strlen(path) <= SOCKET_PATH_MAX_BYTES;
}

static struct error *too_long(const char *path)
{
    return error_hint(error_invalid("socket path %s has %zu bytes, at most %d are possible", path,
                                    strlen(path), SOCKET_PATH_MAX_BYTES),
                      "choose shorter folders, or a shorter driver name");
}

/* FNV-1a; the name must only differ between the few plugins of one node. */
static uint64_t digest_of(const char *a, const char *b)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (const char *text = a; text; text = text == a ? b : NULL) {
        for (const char *c = text; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
        hash = (hash ^ 0xff) * 0x100000001b3;
        if (a == b)
            break;
    }
    return hash;
}

struct error *registration_socket_path(struct arena *arena, const char *registry, const char *driver,
                                       const char *pod_uid, char **out)
{
    *out = arena_printf(arena, "%s/%s-reg.sock", registry, driver);
    if (!pod_uid)
        return fits(*out) ? NULL : too_long(*out);
    unsigned long long digest = digest_of(driver, pod_uid);
    char *candidates[] = {
        arena_printf(arena, "%s/%s-%s-reg.sock", registry, driver, pod_uid),
        arena_printf(arena, "%s/%s-%016llx-reg.sock", registry, driver, digest),
        arena_printf(arena, "%s/dra-%016llx-reg.sock", registry, digest),
    };
    for (size_t i = 0; i < ARRAY_LEN(candidates); i++) {
        *out = candidates[i];
        if (fits(*out))
            return NULL;
    }
    return too_long(*out);
}

struct error *service_socket_path(struct arena *arena, const char *folder, const char *pod_uid, char **out)
{
    *out = arena_printf(arena, "%s/dra.sock", folder);
    if (pod_uid)
        *out = arena_printf(arena, "%s/dra-%s.sock", folder, pod_uid);
    if (pod_uid && !fits(*out))
        *out = arena_printf(arena, "%s/dra-%016llx.sock", folder,
                            (unsigned long long)digest_of(folder, pod_uid));
    return fits(*out) ? NULL : too_long(*out);
}
