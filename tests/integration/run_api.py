#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The matrix: rows that each check one thing that clients rely on.

    run_api.py --server build/asan/driver/standalone/main/tranche-standalone [ROW ...]
    run_api.py --list

Without KUBECONFIG each row has an embedded server of its own; with it, the rows run against that cluster
(those that need a server of their own are skipped). Rows of kubectl run once for each kubectl that is found.
Prints TAP; the exit status is 77 if every row was skipped.
"""

import functools
import sys

import harness
import rows_kubectl
import rows_read
import rows_write
import tap

ROWS = {**rows_kubectl.ROWS, **rows_read.ROWS, **rows_write.ROWS}


def run_row(name, binary):
    """Runs one row; its note, if it had something to say."""
    row = ROWS[name]
    cluster = harness.Cluster(binary, *row.flags)
    try:
        if row.own_server and not cluster.own:
            raise harness.Skip("needs a server of its own")
        if row.with_kubectl:
            for kubectl in cluster.kubectls:
                row.function(cluster, kubectl)
        else:
            row.function(cluster)
    finally:
        cluster.stop()


if __name__ == "__main__":
    sys.exit(tap.main(__doc__, ROWS, ("--server", "build/asan/driver/standalone/main/tranche-standalone"),
                      lambda binary: functools.partial(run_row, binary=binary)))
