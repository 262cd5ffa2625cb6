# SPDX-License-Identifier: Apache-2.0
"""What happens to objects over time: the real controllers of kube-controller-manager, restarts, conflicts, people."""

import json
import os
import subprocess
import time

import matrix
import shapes
from harness import wait_for
from loop import results
from real import GROUP
from rows_allocate import start
from rows_publish import wait_published

ROWS = {}
row = matrix.collector(ROWS)
ONE = shapes.devices(shapes.exactly("gpu"))


def delete_pod(loop, name):
    loop.kubectl("delete", "pod", name, "--force", "--grace-period=0", namespace="default")


def tranche(loop, *arguments, status=0):
    """`kubectl tranche`, which kubectl finds on the PATH."""
    folder = os.path.dirname(loop.programs["kubectl-tranche"])
    done = subprocess.run([loop.kubectl_binary, "tranche", *arguments], capture_output=True, text=True,
                          env={**os.environ, "KUBECONFIG": loop.kubeconfig, "HOME": str(loop.home),
                               "PATH": f"{folder}:{os.environ['PATH']}"})
    assert done.returncode == status, done
    return done.stdout


@row
def a_deleted_pods_claim_is_collected(loop):
    start(loop)
    loop.apply(shapes.template("all", shapes.devices(shapes.exactly("gpu", count=8))),
               shapes.pod("first", templates=["all"]))
    loop.wait_bound("first")
    loop.apply(shapes.pod("second", templates=["all"]))
    loop.stays_pending("default", "second", 2)
    delete_pod(loop, "first")
    loop.wait_bound("second")
    assert len(loop.claims("default")) == 1, loop.claims("default")


@row
def a_finished_pod_gives_its_devices_back(loop):
    start(loop)
    loop.apply(shapes.claim("all", shapes.devices(shapes.exactly("gpu", count=8))), shapes.pod("job", claims=["all"]))
    loop.wait_bound("job")
    loop.api.patch("/api/v1/namespaces/default/pods/job/status", {"status": {"phase": "Succeeded"}})
    wait_for(lambda: "allocation" not in loop.claim("all").get("status", {}), "the claim is free", 60)
    loop.apply(shapes.pod("next", claims=["all"]))
    loop.wait_bound("next")


@row
def a_claim_that_is_deleted_while_in_use_stays_until_its_pod_goes(loop):
    start(loop)
    loop.apply(shapes.claim("mine", ONE), shapes.pod("user", claims=["mine"]))
    loop.wait_bound("user")
    loop.kubectl("delete", "resourceclaim", "mine", "--wait=false", namespace="default")
    time.sleep(1)
    assert loop.claim("mine")["metadata"]["deletionTimestamp"]
    delete_pod(loop, "user")
    wait_for(lambda: not loop.claims("default"), "the claim goes with its last user", 60)


@row
def an_immediate_claim_is_allocated_and_released(loop):
    start(loop)
    loop.apply(shapes.claim("eager", ONE, annotations={"tranche.dev/allocate": "immediate"}))
    wait_for(lambda: "allocation" in loop.claim("eager").get("status", {}), "it is allocated")
    time.sleep(3)  # the real resource-claim controller takes back what nobody has reserved
    assert "allocation" in loop.claim("eager").get("status", {}), "it stays allocated"
    loop.kubectl("delete", "resourceclaim", "eager", namespace="default")


@row
def the_api_server_may_go_and_come_back(loop):
    start(loop)
    loop.apply(shapes.template("one", ONE), shapes.pod("before", templates=["one"]))
    loop.wait_bound("before")
    loop.plane.kill("kube-apiserver")
    time.sleep(2)
    loop.plane.start_apiserver()
    loop.plane.await_ready()
    loop.apply(shapes.pod("after", templates=["one"]))
    loop.wait_bound("after", seconds=90)
    held = [results(each)[0]["device"] for each in loop.claims("default")]
    assert sorted(held) == ["gpu-0", "gpu-1"], held


@row
def the_controller_may_be_killed_between_two_writes(loop):
    start(loop)
    names = [f"p{i}" for i in range(8)]
    loop.apply(shapes.template("one", ONE), *(shapes.pod(name, templates=["one"]) for name in names))
    wait_for(lambda: any("finalizers" in each["metadata"] for each in loop.claims("default")), "it has begun")
    loop.kill("controller")
    loop.start_controller()
    loop.wait_bound(*names)
    held = [results(each)[0]["device"] for each in loop.claims("default")]
    assert len(held) == len(set(held)) == 8, held


@row
def conflicting_writers_do_no_harm(loop):
    """Somebody annotates the claims all the time, so that resourceVersions are always a little old."""
    start(loop)
    names = [f"p{i}" for i in range(6)]
    loop.apply(*(shapes.claim(name, ONE) for name in names))
    busy = subprocess.Popen(
        ["sh", "-c", "i=0; while :; do i=$((i+1)); \"$KUBECTL\" -n default annotate resourceclaims --all --overwrite "
         "example.com/n=$i; done"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "KUBECTL": loop.kubectl_binary, "KUBECONFIG": loop.kubeconfig, "HOME": str(loop.home)})
    try:
        loop.apply(*(shapes.pod(name, claims=[name]) for name in names))
        loop.wait_bound(*names, seconds=60)
    finally:
        os.killpg(busy.pid, 9)
        busy.wait()
    held = [results(loop.claim(name))[0]["device"] for name in names]
    assert len(set(held)) == 6, held


@row
def a_refusal_is_told_by_condition_and_events(loop):
    start(loop)
    loop.apply(shapes.template("many", shapes.devices(shapes.exactly("gpu", count=20))),
               shapes.pod("greedy", templates=["many"]))
    wait_for(lambda: {each["involvedObject"]["kind"] for each in loop.events("NoFit")} == {"Pod", "ResourceClaim"},
             "pod and claim have Events")
    (said,) = [each for each in loop.pod("default", "greedy")["status"]["conditions"]
               if each["type"] == "tranche.dev/Allocated"]
    assert (said["status"], said["reason"]) == ("False", "NoFit"), said
    version = loop.pod("default", "greedy")["metadata"]["resourceVersion"]
    time.sleep(3)
    now = loop.pod("default", "greedy")
    assert now["metadata"]["resourceVersion"] == version, ("somebody keeps writing", now)


@row
def problems_of_policies_become_events(loop):
    """About no object but the namespace that the controller lives in: the server wants these Events elsewhere."""
    start(loop)
    (loop.policies / "broken.yaml").write_text("apiVersion: policy.tranche.dev/v1\nkind: AllocationPolicy\nspec: 3\n")
    wait_for(lambda: loop.events("PolicyInvalid"), "there is an Event")


@row
def kubectl_tranche_tells_the_same_story(loop):
    start(loop)
    loop.apply(shapes.template("one", ONE), shapes.template("many", shapes.devices(shapes.exactly("gpu", count=20))),
               shapes.pod("trainer", templates=["one"]), shapes.pod("greedy", templates=["many"]))
    loop.wait_bound("trainer")
    wait_for(lambda: loop.events("NoFit"), "the other one is refused")
    table = tranche(loop, "devices").splitlines()
    assert len(table) == 9 and "in use" in table[1] and "free" in table[2], table
    table = tranche(loop, "claims", "-n", "default")
    assert "reserved" in table and "pending" in table and "pods/trainer" in table, table
    pending = [each["metadata"]["name"] for each in loop.claims("default") if "allocation" not in each["status"]]
    said = tranche(loop, "explain", "-n", "default", *pending, status=1)
    assert "wants 20 devices of class gpu.example.com, no node of 2 has more than 7 available: 1 in use" in said, said


@row
def a_taint_rule_evicts_and_the_device_is_avoided(loop):
    start(loop)
    loop.apply(shapes.template("one", ONE), shapes.pod("victim", templates=["one"]))
    loop.wait_bound("victim")
    assert results(loop.claim_of("default", "victim"))[0]["device"] == "gpu-0"
    loop.apply({"apiVersion": "resource.k8s.io/v1", "kind": "DeviceTaintRule", "metadata": {"name": "broken"},
                "spec": {"deviceSelector": {"driver": loop.driver, "pool": "worker", "device": "gpu-0"},
                         "taint": {"key": "example.com/broken", "effect": "NoExecute"}}})
    wait_for(lambda: loop.pod("default", "victim")["metadata"].get("deletionTimestamp"), "it is evicted")
    delete_pod(loop, "victim")
    loop.apply(shapes.pod("heir", templates=["one"]))
    loop.wait_bound("heir")
    assert results(loop.claim_of("default", "heir"))[0]["device"] == "gpu-1"


@row
def a_namespace_can_be_deleted_with_all_that_is_in_it(loop):
    start(loop)
    loop.kubectl("create", "namespace", "short")
    loop.plane.await_namespace("short")
    loop.apply(shapes.template("all", shapes.devices(shapes.exactly("gpu", count=8)), namespace="short"),
               shapes.pod("user", templates=["all"], namespace="short"))
    wait_for(lambda: loop.node_of("user", "short"), "it is bound")
    loop.kubectl("delete", "namespace", "short", "--wait=false")
    loop.kubectl("delete", "pod", "user", "--force", "--grace-period=0", "--ignore-not-found", namespace="short")
    wait_for(lambda: loop.api.call("GET", "/api/v1/namespaces/short")[0] == 404, "it is gone", 60)
    loop.apply(shapes.template("all", shapes.devices(shapes.exactly("gpu", count=8))),
               shapes.pod("next", templates=["all"]))
    loop.wait_bound("next")


@row
def old_versions_of_the_api_show_the_same_objects(loop):
    start(loop)
    loop.apply(shapes.template("one", ONE), shapes.pod("user", templates=["one"]))
    loop.wait_bound("user")
    for version in ("v1beta1", "v1beta2"):
        (claim,) = loop.items("resourceclaims", "default", group=f"resource.k8s.io/{version}")
        assert results(claim) == results(loop.claim_of("default", "user")), claim
        (slice,) = loop.items("resourceslices", group=f"resource.k8s.io/{version}")
        assert len(slice["spec"]["devices"]) == 8, slice


@row
def a_rewritten_class_gets_its_label_back(loop):
    start(loop)
    path = f"{GROUP}/deviceclasses/{shapes.CLASS}"
    loop.kubectl("label", "deviceclass", shapes.CLASS, "tranche.dev/allocator-")
    wait_for(lambda: loop.api.get(path)["metadata"].get("labels"), "the label is back")
    managers = [each["manager"] for each in loop.api.get(path)["metadata"]["managedFields"]]
    assert "tranche-controller" in managers, managers
    loop.kubectl("delete", "deviceclass", shapes.CLASS)
    wait_for(lambda: loop.items("deviceclasses"), "the class is back")
    wait_published(loop)
    assert json.dumps(loop.items("deviceclasses")[0]["spec"])
