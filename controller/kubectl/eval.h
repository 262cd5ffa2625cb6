/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The subcommands that try out expressions. ARGV[0] is the subcommand's name.
 */

/*
 * `eval --expr EXPR --device FILE [--kube-version 1.36] [--new] [--explain]`, or `eval --cases FILE`. Exit
 * status: 0 matched, 1 did not, 2 the expression does not compile (or the command line is wrong), 3 it failed
 * on a device.
 */
int kubectl_eval(int argc, char **argv);

/* `cel --cases FILE [--kube-version 1.36]`: the cases of CEL's own conformance tests. */
int kubectl_cel(int argc, char **argv);
