/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `kubectl tranche simulate`: allocation without a cluster.
 *
 *     simulate -f OBJECTS [--node NAME] [-o json|yaml|table]
 *     simulate --batch < cases > answers
 */

/* ARGV[0] is "simulate". Returns the exit status: 0 all claims fit, 1 some do not, 2 the input is wrong. */
int kubectl_simulate(int argc, char **argv);
