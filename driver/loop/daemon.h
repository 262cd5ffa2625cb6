/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The main function of a long-running program: command line, logs, loop, signals, orderly end.
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct plugin_options options = { 0 };
 *         return daemon_main(&(struct daemon){ ... }, argc, argv);
 *     }
 */

#include "api/base/log.h"
#include "api/base/options.h"
#include "driver/loop/loop.h"

/* Rows that every daemon has; OPTIONS is the daemon's struct, with a `struct daemon_flags` member FLAGS. */
struct daemon_flags {
    const char *log_level, *log_format;
    int64_t grace_nanos;
};

#define DAEMON_OPTION_ROWS(options, flags)                                                                   \
    { "shutdown-grace",                                                                                      \
      "SHUTDOWN_GRACE",                                                                                      \
      OPTION_DURATION,                                                                                       \
      offsetof(options, flags.grace_nanos),                                                                  \
      .value = "DURATION",                                                                                   \
      .fallback = "10s",                                                                                     \
      .help = "how long work in flight may take once the program is told to stop" },                         \
        { "log-level",                                                                                       \
          "LOG_LEVEL",                                                                                       \
          OPTION_CHOICE,                                                                                     \
          offsetof(options, flags.log_level),                                                                \
          'v',                                                                                               \
          .choices = "debug|info|warn|error",                                                                \
          .fallback = "info",                                                                                \
          .help = "the least severe level logged" },                                                         \
    {                                                                                                        \
        "log-format", "LOG_FORMAT", OPTION_CHOICE, offsetof(options, flags.log_format),                      \
            .choices = "text|json", .fallback = "text", .help = "how log lines look"                         \
    }

struct daemon {
    const struct option_table *table;
    void *options;                    /* zeroed; filled from the command line */
    const struct daemon_flags *flags; /* in options */

    /*
     * Starts everything on LOOP. On an error what has been started must still stop with the loop. *OUT is set
     * in any case (NULL if there is nothing to free).
     */
    struct error *(*start)(struct loop *loop, void *options, void **out);

    /* After the loop has run to its orderly end. */
    void (*free)(void *program);
};

/* The exit status: 0, 1 if it could not run, 2 for a wrong command line. */
int daemon_main(const struct daemon *daemon, int argc, char **argv);
