# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments of the loop. After each restart every claim is whole or absent, no device is
booked twice, and in the end nothing is left behind. TRANCHE_CRASHES says how many kills a row makes, TRANCHE_SEED
makes it do the same again."""

import os
import random
import subprocess
import time

from harness import wait_for
from loop import results

ROWS = {}
NAMESPACE = "crash"

OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: crash}
---
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: two-gpus, namespace: crash}
spec:
  spec:
    devices:
      requests:
      - {name: a, exactly: {deviceClassName: gpu.example.com}}
      - {name: b, exactly: {deviceClassName: gpu.example.com}}
"""


def row(function):
    ROWS[function.__name__] = function
    return function


def pod(name):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"terminationGracePeriodSeconds": 1, "restartPolicy": "Never",
                     "resourceClaims": [{"name": "gpus", "resourceClaimTemplateName": "two-gpus"}],
                     "containers": [{"name": "c", "image": "busybox",
                                     "command": ["sh", "-c", "trap 'exit 0' TERM; sleep 999 & wait"],
                                     "resources": {"claims": [{"name": "gpus"}]}}]}}


def check_bookings(loop):
    """No device belongs to two claims; an allocation has all of its parts."""
    holders = {}
    for claim in loop.claims(NAMESPACE):
        if not claim.get("status", {}).get("allocation"):
            continue
        found = results(claim)
        assert len(found) == 2, claim
        assert "resource.kubernetes.io/delete-protection" in claim["metadata"].get("finalizers", []), claim
        for result in found:
            other = holders.setdefault(result["device"], claim["metadata"]["name"])
            assert other == claim["metadata"]["name"], f"{result['device']} is held by {other} and {claim['metadata']}"


def crash_while_pods_come_and_go(loop, names):
    seed = int(os.environ.get("TRANCHE_SEED", random.randrange(1 << 32)))
    crashes = int(os.environ.get("TRANCHE_CRASHES", "5"))
    print(f"# seed {seed}, {crashes} crashes", flush=True)
    dice = random.Random(seed)
    loop.kubectl("apply", "-f", "-", stdin=OBJECTS)
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
    for number in range(crashes):
        for index in range(3):
            loop.api.create(pods, pod(f"p{number}-{index}"))
        time.sleep(dice.random() * 0.8)
        victims = [name for name in names if len(names) == 1 or dice.random() < 0.7] or [dice.choice(names)]
        for name in victims:
            loop.kill(name)
        check_bookings(loop)
        for name in victims:
            loop.restart(name)
        loop.wait_running(NAMESPACE, *(f"p{number}-{index}" for index in range(3)), seconds=60)
        check_bookings(loop)
        assert len(loop.cdi_files()) >= 3, loop.cdi_files()
        for index in range(3):
            loop.api.call("DELETE", f"{pods}/p{number}-{index}?gracePeriodSeconds=1")
        if dice.random() < 0.5:  # sometimes the next crash meets pods that are still ending
            wait_for(lambda: not loop.items("pods", NAMESPACE, "v1"), "the pods go", 60)
    wait_for(lambda: not loop.items("pods", NAMESPACE, "v1"), "the pods go", 60)
    wait_for(lambda: not loop.claims(NAMESPACE), "the claims go", 60)
    wait_for(lambda: not loop.cdi_files(), "the CDI files go", 60)


@row
def plugin_is_killed(loop):
    crash_while_pods_come_and_go(loop, ["plugin"])


@row
def controller_is_killed(loop):
    crash_while_pods_come_and_go(loop, ["controller"])


@row
def both_halves_are_killed(loop):
    crash_while_pods_come_and_go(loop, ["plugin", "controller"])


def end_containers(loop):
    """The node died with the server; on a real one its containers would have, too."""
    storage = ["podman", "--root", str(loop.home / "data/containers/storage"), "--runroot",
               str(loop.home / "data/containers/run"), "--storage-driver", "vfs"]
    subprocess.run([*storage, "rm", "-f", "-a", "-t", "0"], capture_output=True, timeout=60)


@row
def server_restarts_empty(loop):
    """The cluster forgets everything. The halves find their way back, and nothing of before is left."""
    for _ in range(int(os.environ.get("TRANCHE_CRASHES", "2"))):
        loop.kubectl("apply", "-f", "-", stdin=OBJECTS)
        loop.api.create(f"/api/v1/namespaces/{NAMESPACE}/pods", pod("p"))
        loop.wait_running(NAMESPACE, "p")
        before = loop.cdi_files()
        loop.kill("standalone")
        end_containers(loop)
        loop.start_server()
        wait_for(lambda: loop.items("resourceslices"), "the slices are published again", 60)
        wait_for(lambda: loop.items("deviceclasses"), "the classes are published again", 60)
        loop.kubectl("apply", "-f", "-", stdin=OBJECTS)
        loop.api.create(f"/api/v1/namespaces/{NAMESPACE}/pods", pod("q"))
        loop.wait_running(NAMESPACE, "q", seconds=60)
        wait_for(lambda: not set(before) & set(loop.cdi_files()), "what was prepared before is swept", 60)
        loop.api.call("DELETE", f"/api/v1/namespaces/{NAMESPACE}/pods/q?gracePeriodSeconds=1")
        wait_for(lambda: not loop.items("pods", NAMESPACE, "v1"), "the pod goes", 60)
        wait_for(lambda: not loop.cdi_files(), "the CDI files go", 60)


server_restarts_empty.plugin_flags = ("--stale-claim-grace", "2s")
