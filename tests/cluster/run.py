#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tranche on a real control plane: rows that each check one thing between us and Kubernetes' own programs.

    run.py --build build/asan [ROW ...]
    run.py --list

The control plane (build/tools/cluster/controlplane, which tests/run builds) is started once for all rows. Prints TAP;
where a row fails, the ends of the logs stand above it. The exit status is 77 if every row was skipped.
"""

import contextlib
import functools
import os
import pathlib
import signal
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

import controlplane
import real
import rows_allocate
import rows_compare
import rows_history
import rows_life
import rows_node
import rows_publish
import rows_same
import run_loop
import tap

BINARY = ROOT / "build/tools/cluster/controlplane"
OURS = ("controller", "plugin", "plugin-other")
ROWS = {**rows_publish.ROWS, **rows_allocate.ROWS, **rows_life.ROWS, **rows_compare.ROWS,
        **rows_history.ROWS, **rows_same.ROWS,
        **rows_node.ROWS}


def show_logs(home, names):
    """The ends of logs; of what Kubernetes says only warnings and worse."""
    for name in names:
        path = home / f"{name}.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        lines = [line for line in lines if name in OURS or not (line.startswith("I") or "level=info" in line)][-20:]
        print("".join(f"# {name}: {line[:500]}\n" for line in lines), end="")


def run_row(name, plane, programs):
    row = ROWS[name]
    cluster = getattr(row, "loop", real.RealLoop)(plane, programs, **getattr(row, "setup", {}))
    failed = True
    try:
        row(cluster)
        failed = False
    finally:
        if failed:
            show_logs(cluster.home, OURS)
            show_logs(plane.home, plane.processes)
        cluster.stop()


def start(plane):
    """The control plane as rows find it: what manifests/ installs, and nodes."""
    try:
        plane.start()
        real.install(plane)
        for node in controlplane.NODES:
            real.add_node(plane, node)
    except BaseException:
        show_logs(plane.home, plane.processes)
        raise


def main():
    if not BINARY.exists() and "--list" not in sys.argv:
        print("1..0 # SKIP there is no control plane; `tests/run cluster` builds it")
        return 77
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        def prepare(build):
            run_loop.isolate()
            os.environ.pop("KUBECONFIG", None)
            plane = controlplane.ControlPlane(BINARY)
            stack.callback(plane.stop)
            start(plane)
            programs = {name: pathlib.Path(build) / folder / name for name, folder in run_loop.PROGRAMS.items()}
            programs["controlplane"] = BINARY
            programs["kubectl-tranche"] = pathlib.Path(build) / "controller/kubectl/kubectl-tranche"
            return functools.partial(run_row, plane=plane, programs=programs)
        return tap.main(__doc__, ROWS, ("--build", "build/asan"), prepare)


if __name__ == "__main__":
    sys.exit(main())
