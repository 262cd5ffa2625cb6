/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The subcommands that look into a cluster. ARGV[0] is the subcommand's name. Exit status: 0, 1 if what was
 * asked for is not there (or not allocated), 2 for a wrong command line or an unreachable cluster.
 */

/* Every published device, and who holds it. */
int kubectl_devices(int argc, char **argv);

/* Every claim, what it got, and for whom. */
int kubectl_claims(int argc, char **argv);

/* Why a claim has no devices, computed anew from what the cluster holds now. */
int kubectl_explain(int argc, char **argv);
