/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every subcommand of kubectl-tranche does around its own work: read the command line, answer --help and
 * --version, print an error with its hint, choose the exit status.
 */

#include "api/base/options.h"

enum { EXIT_COMMAND_INVALID = 2 };

struct command {
    const struct option_table *table; /* its program is "kubectl-tranche NAME" */
    void *options;                    /* zeroed; filled from the command line */
    size_t n_words;                   /* arguments that it takes, besides flags */

    /* WORDS are the arguments. *STATUS is 0 unless set. An error ends with EXIT_COMMAND_INVALID. */
    struct error *(*run)(const void *options, char **words, int *status);
};

/* The exit status. */
int command_main(const struct command *command, int argc, char **argv);
