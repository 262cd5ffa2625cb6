#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows that need the whole loop, containers included (see loop.py).

    run_loop.py --build build/asan [ROW ...]
    run_loop.py --list

Prints TAP; the exit status is 77 if every row was skipped.
"""

import argparse
import ctypes
import os
import pathlib
import subprocess
import sys
import traceback

import harness
import loop
import rows_crash
import rows_fixtures
import rows_plugin

CLONE_NEWNS = 0x00020000
ROWS = {**rows_fixtures.ROWS, **rows_plugin.ROWS, **rows_crash.ROWS}
PROGRAMS = {
    "tranche-standalone": "driver/standalone/main",
    "tranche-controller": "controller/main",
    "tranche-kubelet-plugin": "kubelet-plugin/main",
}


def isolate():
    """A /var/run/cdi of our own: whoever else runs a plugin on this machine sweeps its folder, and we ours."""
    if os.geteuid() != 0:
        return
    os.makedirs(loop.CDI, exist_ok=True)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return  # then rows must run one after the other
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", os.path.realpath(loop.CDI)], check=True)


def run_row(name, programs):
    alone = getattr(ROWS[name], "alone", False)
    cluster = loop.Loop(programs, roles="none" if alone else "cluster,node", **getattr(ROWS[name], "setup", {}))
    cluster.plugin_flags = getattr(ROWS[name], "plugin_flags", ())
    failed = True
    try:
        if alone:
            cluster.start_plugin_alone()
        else:
            cluster.start()
        ROWS[name](cluster)
        failed = False
    finally:
        if failed:
            for log in ("standalone", "controller", "plugin"):
                path = cluster.home / f"{log}.log"
                if path.exists():
                    print("".join(f"# {log}: {line}\n" for line in path.read_text().splitlines()[-40:]), end="")
        cluster.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(harness.ROOT / "build/asan"))
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("rows", nargs="*", metavar="ROW")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(ROWS))
        return 0
    isolate()
    programs = {name: pathlib.Path(arguments.build) / folder / name for name, folder in PROGRAMS.items()}
    names = arguments.rows or list(ROWS)
    failed = skipped = 0
    print(f"1..{len(names)}")
    for number, name in enumerate(names, 1):
        try:
            run_row(name, programs)
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
    sys.exit(main())
