#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows that need the whole loop, containers included (see loop.py).

    run_loop.py --build build/asan [ROW ...]
    run_loop.py --list

Prints TAP; the exit status is 77 if every row was skipped.
"""

import ctypes
import functools
import os
import pathlib
import subprocess
import sys

import loop
import rows_controller
import rows_crash
import rows_fixtures
import rows_plugin
import tap

CLONE_NEWNS = 0x00020000
ROWS = {**rows_fixtures.ROWS, **rows_plugin.ROWS, **rows_controller.ROWS, **rows_crash.ROWS}
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
    cluster = loop.Loop(programs, **{"roles": "none" if alone else "cluster,node", **getattr(ROWS[name], "setup", {})})
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


def prepare(build):
    isolate()
    programs = {name: pathlib.Path(build) / folder / name for name, folder in PROGRAMS.items()}
    return functools.partial(run_row, programs=programs)


if __name__ == "__main__":
    sys.exit(tap.main(__doc__, ROWS, ("--build", "build/asan"), prepare))
