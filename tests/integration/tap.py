# SPDX-License-Identifier: Apache-2.0
"""The main program of a matrix of rows: which to run, TAP on standard output, ctest's exit status."""

import argparse
import traceback

import harness


def main(doc, rows, where, prepare):
    """ROWS are named; WHERE is (flag, default) of the programs' place. PREPARE(place) gives what runs one row by
    its name. The exit status: 0, 1 if a row failed, 77 if every row was skipped."""
    flag, default = where
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(flag, dest="place", default=str(harness.ROOT / default))
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("rows", nargs="*", metavar="ROW")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(rows))
        return 0
    run_row = prepare(arguments.place)
    names = arguments.rows or list(rows)
    failed = skipped = 0
    print(f"1..{len(names)}")
    for number, name in enumerate(names, 1):
        try:
            run_row(name)
            print(f"ok {number} {name}", flush=True)
        except harness.Skip as why:
            skipped += 1
            print(f"ok {number} {name} # SKIP {why}", flush=True)
        except Exception:  # a row that fails must not keep the others from running
            failed += 1
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="")
            print(f"not ok {number} {name}", flush=True)
    return 1 if failed else 77 if skipped == len(names) else 0
