/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubectl-tranche: what `kubectl tranche` runs. One row a subcommand.
 */

#include "api/base/compiler.h"
#include "controller/kubectl/commands.h"
#include "controller/kubectl/eval.h"
#include "controller/kubectl/simulate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_INVALID = 2 };

static const struct command {
    const char *name;
    const char *help;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "devices", "the published devices and the claims that hold them", kubectl_devices },
    { "claims", "the claims with their devices and consumers", kubectl_claims },
    { "explain", "what a claim got, or why it gets nothing", kubectl_explain },
    { "eval", "whether a device selector accepts a device", kubectl_eval },
    { "cel", "answer CEL conformance cases", kubectl_cel },
    { "simulate", "allocate the claims of a file, without a cluster", kubectl_simulate },
};

static void print_help(FILE *to)
{
    fputs("Looks into what Tranche allocates, and tries out what it would.\n\nUsage:\n"
          "  kubectl tranche COMMAND [flags]\n\nCommands:\n",
          to);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
    fputs("\n\"kubectl tranche COMMAND --help\" tells more about a command.\n", to);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "--help";
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("kubectl-tranche %s\n", TRANCHE_VERSION);
        return 0;
    }
    bool asked = strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0;
    if (!asked)
        fprintf(stderr, "kubectl-tranche: unknown command \"%s\"\n\n", name);
    print_help(asked ? stdout : stderr);
    return asked ? 0 : EXIT_INVALID;
}
