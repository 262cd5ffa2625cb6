/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/state/boot.h"

#include "api/base/file.h"
#include "api/base/memory.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

struct error *boot_id_read(const char *path, char **out)
{
    cleanup_buf struct buf text = BUF_INIT(256);
    TRY(error_wrap(file_read(path ? path : BOOT_ID_PATH, &text), "boot id"));
    size_t length = strcspn(buf_text(&text), "\n");
    if (length == 0)
        return error_invalid("boot id: %s is empty", path ? path : BOOT_ID_PATH);
    *out = mem_strndup(buf_text(&text), length);
    return NULL;
}
