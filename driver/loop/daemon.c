/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/loop/daemon.h"

#include "driver/loop/signals.h"
#include "driver/loop/timer.h"

enum { EXIT_USAGE = 2, EXTRA_GRACE_MS = 5000 };

static struct error *configure_logs(const struct daemon_flags *flags)
{
    enum log_level level;
    enum log_format format;
    TRY(log_level_parse(flags->log_level, &level));
    TRY(log_format_parse(flags->log_format, &format));
    log_configure(level, format);
    return NULL;
}

static int run(const struct daemon *daemon)
{
    struct loop *loop;
    struct signals signals = { .grace_ms = millis_of_nanos(daemon->flags->grace_nanos) + EXTRA_GRACE_MS };
    void *program = NULL;
    struct error *err = loop_new(&loop);
    if (err) {
        log_error_free(LOG_ERROR, "cannot run", err);
        return EXIT_FAILURE;
    }
    err = signals_start(&signals, loop);
    if (!err)
        err = daemon->start(loop, daemon->options, &program);
    bool failed = err != NULL;
    if (failed) {
        log_error_free(LOG_ERROR, "cannot run", err);
        loop_stop(loop, signals.grace_ms);
    } else {
        log_info("running", kv_str("program", daemon->table->program), kv_str("version", TRANCHE_VERSION));
    }
    if (!loop_run(loop))
        return EXIT_FAILURE; /* cut short: the end of the process is the cleaner end */
    signals_stop(&signals);
    if (program)
        daemon->free(program);
    loop_free(loop);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int complain(const struct option_table *table, struct error *err)
{
    fprintf(stderr, "%s: %s\n", table->program, err->text);
    if (err->hint)
        fprintf(stderr, "  hint: %s\n", err->hint);
    error_free(err);
    return EXIT_USAGE;
}

int daemon_main(const struct daemon *daemon, int argc, char **argv)
{
    size_t n_words = 0;
    enum options_outcome outcome = OPTIONS_RUN;
    struct error *err = options_parse(daemon->table, argc, argv, daemon->options, &n_words, &outcome);
    if (!err && outcome == OPTIONS_RUN && n_words)
        err = error_invalid("unexpected argument \"%s\"", argv[0]);
    if (!err && outcome == OPTIONS_RUN)
        err = configure_logs(daemon->flags);
    if (err)
        return complain(daemon->table, err);
    switch (outcome) {
    case OPTIONS_RUN: return run(daemon);
    case OPTIONS_HELP: options_help(daemon->table, stdout); break;
    case OPTIONS_VERSION: printf("%s %s\n", daemon->table->program, TRANCHE_VERSION); break;
    }
    return EXIT_SUCCESS;
}
