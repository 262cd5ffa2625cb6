/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tranche-controller: the controller half of the driver.
 */

#include "controller/main/controller.h"

static struct error *start(struct loop *loop, void *options, void **out)
{
    struct controller *controller = NULL;
    struct error *err = controller_start(loop, options, &controller);
    *out = controller;
    return err;
}

static void done(void *program)
{
    controller_free(program);
}

int main(int argc, char **argv)
{
    struct controller_options options = { 0 };
    const struct daemon daemon = { .table = &controller_option_table,
                                   .options = &options,
                                   .flags = &options.flags,
                                   .start = start,
                                   .free = done };
    return daemon_main(&daemon, argc, argv);
}
