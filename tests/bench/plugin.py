#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the processes of the loop weigh, and how fast the kubelet plugin answers.

    tests/bench/plugin.py --build build/release [--state FOLDER]

Memory of each process with 8 and 64 devices; exec to GetInfo answered; prepare latency for 1 claim and for 64
at once, the API server's GET apart, the disk's own fsync beside it; the same on tmpfs; sizes of the programs.
FOLDER is where the plugin keeps its records (default: the build folder, which is on a disk).
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness import ROOT, wait_for  # noqa: E402
import loop as loops  # noqa: E402
import run_loop  # noqa: E402
from rows_plugin import make_claim  # noqa: E402


def memory(process):
    """Anonymous and resident KiB."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    found = dict(re.findall(r"^(RssAnon|VmRSS):\s+(\d+)", text, re.M))
    return int(found["RssAnon"]), int(found["VmRSS"])


def percentiles(text):
    numbers = sorted(float(line) for line in text.split())
    at = lambda share: numbers[min(len(numbers) - 1, int(len(numbers) * share))] / 1000
    return at(0.5), at(0.99)


def line(what, *cells):
    print(f"{what:<52}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


class Bench:
    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.programs = {name: self.build / folder / name for name, folder in run_loop.PROGRAMS.items()}
        self.tool = self.build / "tests/bench/plugin/bench_plugin"

    def loop(self, gpus, **options):
        return loops.Loop(self.programs, parameters=f"gpus={gpus}", **options)

    def run(self, *arguments, stdin=None):
        return subprocess.run([str(self.tool), *map(str, arguments)], input=stdin, check=True, capture_output=True,
                              text=True).stdout

    def memory(self):
        line("memory, KiB anonymous / resident", "8 devices", "64 devices")
        rows = {}
        for gpus in (8, 64):
            cluster = self.loop(gpus)
            cluster.start()
            time.sleep(1)
            for name, process in cluster.processes.items():
                rows.setdefault(name, []).append("%d / %d" % memory(process))
            cluster.stop()
        for name, cells in rows.items():
            line("  " + name, *cells)

    def get_info(self, rounds=10):
        times = []
        cluster = self.loop(64, roles="none")
        cluster.start_server()
        for _ in range(rounds):
            path = cluster.home / f"kubelet/plugins_registry/{cluster.driver}-reg.sock"
            tool = subprocess.Popen([str(self.tool), "getinfo", str(path), str(time.monotonic_ns())],
                                    stdout=subprocess.PIPE, text=True)
            time.sleep(0.2)  # the tool waits already when the plugin is executed
            lead = time.monotonic_ns()
            cluster.start_plugin()
            times.append(float(tool.communicate()[0]) / 1000 - (lead - int(tool.args[-1])) / 1e6)
            process = cluster.processes.pop("plugin")
            process.terminate()
            process.wait()
        cluster.stop()
        line("exec to GetInfo answered, ms (min / max)", f"{min(times):.1f}", f"{max(times):.1f}")

    def prepare(self, what, state, rounds):
        cluster = self.loop(64, roles="none")
        kubelet = pathlib.Path(tempfile.mkdtemp(prefix="tb-", dir=state))
        (kubelet / "plugins_registry").mkdir()
        plugins = cluster.home / "kubelet/plugins"
        plugins.symlink_to(kubelet)
        cluster.start_plugin_alone()
        claims = [make_claim(cluster, f"c{number}", f"gpu-{number}") for number in range(64)]
        lines = [f"default {claim['metadata']['uid']} {claim['metadata']['name']}\n" for claim in claims]
        socket = plugins / cluster.driver / "dra.sock"
        token = cluster.api.headers["Authorization"].split()[1]
        url = cluster.api.url.geturl()
        paths = "".join(f"/apis/resource.k8s.io/v1/namespaces/default/resourceclaims/c{number}\n" for number in range(64))
        line(what + ", ms", "p50", "p99")
        for name, count in (("1 claim", 1), ("64 claims at once", 64)):
            text = self.run("prepare", socket, rounds, stdin="".join(lines[:count]))
            line(f"  prepare, {name}", *("%.2f" % each for each in percentiles(text)))
            text = self.run("get", url, token, rounds, stdin="".join(paths.splitlines(True)[:count]))
            line(f"  of which GET of the claim, {name}", *("%.2f" % each for each in percentiles(text)))
        text = self.run("fsync", kubelet, rounds * 4)
        line("  fsync of 4 KiB on that file system", *("%.2f" % each for each in percentiles(text)))
        cluster.stop()
        subprocess.run(["rm", "-rf", str(kubelet)], check=True)

    def sizes(self):
        line("size of the programs, KiB", "stripped")
        paths = {**self.programs, "kubectl-tranche": self.build / "controller/kubectl/kubectl-tranche"}
        for name, path in paths.items():
            with tempfile.NamedTemporaryFile() as stripped:
                subprocess.run(["strip", "-o", stripped.name, str(path)], check=True)
                line("  " + name, f"{os.path.getsize(stripped.name) // 1024}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    parser.add_argument("--state", help="folder for the plugin's records")
    parser.add_argument("--rounds", type=int, default=50)
    arguments = parser.parse_args()
    run_loop.isolate()
    bench = Bench(pathlib.Path(arguments.build).resolve())
    bench.memory()
    bench.get_info()
    bench.prepare("on disk", arguments.state or bench.build, arguments.rounds)
    bench.prepare("on tmpfs", "/dev/shm", arguments.rounds)
    bench.sizes()


if __name__ == "__main__":
    main()
