/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A child process that runs beside the loop and tells how it ended. Its output is appended to a file.
 */

#include "driver/loop/loop.h"

struct process_handle;

struct process {
    /* Once, from the loop, unless it was abandoned before. SIGNAL is 0 if it ended by itself. */
    void (*ended)(struct process *process, int exit_code, int signal);
    struct process_handle *handle; /* NULL: not running */
};

struct process_spec {
    const char *const *arguments;   /* argv, NULL at the end; argv[0] is looked for in PATH */
    const char *const *environment; /* "NAME=VALUE" in place of ours, NULL at the end; NULL: just ours */
    const char *output;             /* file that stdout and stderr are appended to; NULL: /dev/null */
};

nodiscard struct error *process_start(struct process *process, struct loop *loop,
                                      const struct process_spec *spec,
                                      void (*ended)(struct process *process, int exit_code, int signal));

bool process_is_running(const struct process *process);

/* No callback comes any more; the child goes on. */
void process_abandon(struct process *process);
