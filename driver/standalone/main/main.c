/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tranche-standalone: a cluster on one machine.
 */

#include "driver/standalone/main/standalone.h"

static struct error *start(struct loop *loop, void *options, void **out)
{
    struct standalone *standalone = NULL;
    struct error *err = standalone_start(loop, options, &standalone);
    *out = standalone;
    return err;
}

static void done(void *program)
{
    standalone_free(program);
}

int main(int argc, char **argv)
{
    struct standalone_options options = { 0 };
    const struct daemon daemon = { .table = &standalone_option_table,
                                   .options = &options,
                                   .flags = &options.flags,
                                   .start = start,
                                   .free = done };
    return daemon_main(&daemon, argc, argv);
}
