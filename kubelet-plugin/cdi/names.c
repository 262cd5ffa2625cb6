/* SPDX-License-Identifier: Apache-2.0 */

#include "kubelet-plugin/cdi/names.h"

#include <ctype.h>

#define VENDOR_PREFIX "k8s."
#define FILE_SUFFIX   ".json"

char *cdi_vendor(struct arena *arena, const char *driver)
{
    return arena_printf(arena, VENDOR_PREFIX "%s", driver);
}

struct error *cdi_check_driver(const char *driver)
{
    size_t length = strlen(driver);
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)driver[i]) && !strchr("-._", driver[i]))
            return error_invalid("driver name \"%s\": CDI takes no '%c'", driver, driver[i]);
    if (!length || !isalnum((unsigned char)driver[length - 1]))
        return error_invalid("driver name \"%s\" must end with a letter or digit", driver);
    return NULL;
}

char *cdi_device_name(struct arena *arena, const char *uid, const char *device, const char *share_id)
{
    char *name = share_id ? arena_printf(arena, "%s-%s-%s", uid, device, share_id)
                          : arena_printf(arena, "%s-%s", uid, device);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-._:", *c))
            *c = '-';
    return name;
}

char *cdi_qualified_name(struct arena *arena, const char *driver, const char *device_name)
{
    return arena_printf(arena, VENDOR_PREFIX "%s/" CDI_CLASS "=%s", driver, device_name);
}

char *cdi_file_name(struct arena *arena, const char *driver, const char *uid)
{
    return arena_printf(arena, VENDOR_PREFIX "%s-" CDI_CLASS "_%s" FILE_SUFFIX, driver, uid);
}

static bool skip_text(struct span *text, const char *prefix)
{
    if (!span_starts_with(*text, span_of(prefix)))
        return false;
    *text = span_skip(*text, strlen(prefix));
    return true;
}

struct span cdi_uid_of_file(const char *driver, const char *file_name)
{
    struct span rest = span_of(file_name);
    bool ours = skip_text(&rest, VENDOR_PREFIX) && skip_text(&rest, driver) &&
                skip_text(&rest, "-" CDI_CLASS "_") && span_ends_with(rest, SPAN(FILE_SUFFIX)) &&
                rest.length > strlen(FILE_SUFFIX);
    return ours ? (struct span){ rest.data, rest.length - strlen(FILE_SUFFIX) } : (struct span){ NULL, 0 };
}
