/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Command lines: one table row per flag drives parsing, the environment twin and --help.
 *
 *     static const struct option_row rows[] = {
 *         { "node-name", "NODE_NAME", OPTION_STRING, offsetof(struct options, node_name), .value = "NAME",
 *           .help = "name of the node this plugin serves", .required = true },
 *     };
 *
 * A flag wins over its environment variable, which wins over the default. Both --flag=value and
 * --flag value are taken; -x is the short form where a row has one; "--" ends the flags.
 */

#include "api/base/error.h"

#include <stdint.h>
#include <stdio.h>

enum option_type {
    OPTION_STRING,   /* const char *; points into argv or the environment */
    OPTION_BOOL,     /* bool; --flag, --flag=true, --flag=false */
    OPTION_INT,      /* int64_t, between min and max */
    OPTION_DURATION, /* int64_t nanoseconds, in Go's form */
    OPTION_CHOICE,   /* const char *, one of .choices (separated by |) */
};

struct option_row {
    const char *name;        /* without the dashes */
    const char *environment; /* or NULL */
    enum option_type type;
    size_t offset; /* in the caller's struct */
    char letter;   /* or 0 */
    const char *value;
    const char *choices;
    const char *fallback; /* the default, as text; NULL leaves the field as it is */
    int64_t min, max;     /* of OPTION_INT; both 0: any */
    bool required;
    const char *help;
};

struct option_table {
    const char *program;
    const char *usage; /* what follows the program's name: "[flags]" */
    const char *about;
    const struct option_row *rows;
    size_t n_rows;
};

enum options_outcome { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/*
 * Fills OPTIONS from ARGV (argv[0] is skipped) and the environment. Words that are no flags are moved to the
 * front of ARGV and counted in *N_WORDS. --help and --version are answered by the caller, by *OUTCOME.
 */
nodiscard struct error *options_parse(const struct option_table *table, int argc, char **argv, void *options,
                                      size_t *n_words, enum options_outcome *outcome);

void options_help(const struct option_table *table, FILE *to);
