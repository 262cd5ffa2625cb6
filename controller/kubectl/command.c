/* SPDX-License-Identifier: Apache-2.0 */

#include "controller/kubectl/command.h"

static struct error *check_words(const struct command *command, char **words, size_t n_words)
{
    struct error *err = NULL;
    if (n_words > command->n_words)
        err = error_invalid("unexpected argument \"%s\"", words[command->n_words]);
    else if (n_words < command->n_words)
        err = error_invalid("an argument is missing");
    return error_hint(err, "%s %s", command->table->program, command->table->usage);
}

static struct error *run(const struct command *command, int argc, char **argv, int *status)
{
    size_t n_words = 0;
    enum options_outcome outcome;
    TRY(options_parse(command->table, argc, argv, command->options, &n_words, &outcome));
    switch (outcome) {
    case OPTIONS_HELP: options_help(command->table, stdout); return NULL;
    case OPTIONS_VERSION: printf("%s\n", TRANCHE_VERSION); return NULL;
    case OPTIONS_RUN: break;
    }
    TRY(check_words(command, argv, n_words));
    return command->run(command->options, argv, status);
}

int command_main(const struct command *command, int argc, char **argv)
{
    int status = 0;
    cleanup_error struct error *err = run(command, argc, argv, &status);
    if (!err)
        return status;
    fprintf(stderr, "%s: %s\n", command->table->program, err->text);
    if (err->hint)
        fprintf(stderr, "  hint: %s\n", err->hint);
    return EXIT_COMMAND_INVALID;
}
