#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The matrix: rows that each check one thing that clients rely on.

    run.py --server build/asan/driver/standalone/main/tranche-standalone [ROW ...]
    run.py --list

Without KUBECONFIG each row has an embedded server of its own; with it, the rows run against that cluster
(those that need a server of their own are skipped). Rows of kubectl run once for each kubectl that is found.
Prints TAP; the exit status is 77 if every row was skipped.
"""

import argparse
import pathlib
import sys
import traceback

import harness
import rows_kubectl
import rows_read
import rows_write

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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=str(harness.ROOT / "build/asan/driver/standalone/main/tranche-standalone"))
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("rows", nargs="*", metavar="ROW")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(ROWS))
        return 0
    names = arguments.rows or list(ROWS)
    failed = skipped = 0
    print(f"1..{len(names)}")
    for number, name in enumerate(names, 1):
        try:
            run_row(name, arguments.server)
            print(f"ok {number} {name}", flush=True)
        except harness.Skip as why:
            skipped += 1
            print(f"ok {number} {name} # SKIP {why}", flush=True)
        except Exception:  # a row that fails must not keep the others from running
            failed += 1
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="")
            print(f"not ok {number} {name}", flush=True)
    return 1 if failed else 77 if skipped == len(names) else 0


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    sys.exit(main())
