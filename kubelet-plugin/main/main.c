/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tranche-kubelet-plugin: the node half of the driver.
 */

#include "kubelet-plugin/main/plugin.h"

static struct error *start(struct loop *loop, void *options, void **out)
{
    struct plugin *plugin = NULL;
    struct error *err = plugin_start(loop, options, &plugin);
    *out = plugin;
    return err;
}

static void done(void *program)
{
    plugin_free(program);
}

int main(int argc, char **argv)
{
    struct plugin_options options = { 0 };
    const struct daemon daemon = { .table = &plugin_option_table,
                                   .options = &options,
                                   .flags = &options.flags,
                                   .start = start,
                                   .free = done };
    return daemon_main(&daemon, argc, argv);
}
