# SPDX-License-Identifier: Apache-2.0
"""What our halves publish, judged by the real server's validation, admission and RBAC."""

import json
import time

import yaml

import matrix
from harness import ROOT, wait_for
from real import GROUP, SYSTEM

ROWS = {}
row = matrix.collector(ROWS)
RICH = """
apiVersion: policy.tranche.dev/v1
kind: Inventory
metadata: {name: rich}
spec:
  driver: gpu.example.com
  counterSets:
  - name: card
    counters: {memory: {value: 80Gi}, slices: {value: "7"}}
  devices:
  - name: part-${index}
    count: 3
    attributes:
      index: {int: "${index}"}
      example.com/model: {string: big}
      healthy: {bool: true}
      firmware: {version: 1.2.3-rc.1+build}
      ports: {ints: [1, 2]}
      links: {strings: [a, b]}
      resource.kubernetes.io/numaNode: {int: 0}
    capacity:
      memory: {value: 20Gi}
    consumesCounters:
    - {counterSet: card, counters: {memory: {value: 20Gi}, slices: {value: "2"}}}
    taints:
    - {key: example.com/slow, effect: NoSchedule}
    - {key: example.com/note, value: x, effect: None}
  - name: shared
    allowMultipleAllocations: true
    attributes:
      index: {int: 9}
    capacity:
      memory:
        value: 40Gi
        requestPolicy: {default: 1Gi, validRange: {min: 1Gi, step: 512Mi, max: 40Gi}}
      lanes:
        value: "8"
        requestPolicy: {default: "1", validValues: ["1", "2", "4", "8"]}
  - name: bound
    bindsToNode: true
    bindingConditions: [example.com/attached]
    bindingFailureConditions: [example.com/failed]
"""


def write_inventory(loop, text):
    loop.inventory = loop.home / "inventory.yaml"
    loop.inventory.write_text(text)


def published(loop, pool="worker"):
    """The devices of a pool that is there as a whole, by name."""
    slices = [each["spec"] for each in loop.items("resourceslices") if each["spec"]["pool"]["name"] == pool]
    if not slices or len(slices) != slices[0]["pool"]["resourceSliceCount"]:
        return None
    return {device["name"]: device for spec in slices for device in spec.get("devices", [])}


def wait_published(loop, pool="worker"):
    try:
        return wait_for(lambda: published(loop, pool), f"pool {pool} is there")
    except AssertionError:
        raise AssertionError(loop.log("plugin")[-4000:]) from None


def check_quiet(loop, name):
    """Nothing was dropped, refused or tried again."""
    loud = [line for line in loop.log(name).splitlines() if line[:1] in "WE"]
    assert not loud, "\n".join(loud)


@row
def every_inventory_of_manifests_is_accepted(loop):
    for path in sorted((ROOT / "manifests/inventories").glob("*.yaml")):
        loop.inventory = path
        loop.driver = next(yaml.safe_load_all(path.read_text()))["spec"]["driver"]
        loop.start_plugin()
        assert wait_published(loop), path
        check_quiet(loop, "plugin")
        loop.kill("plugin")
        loop.remove_all(f"{GROUP}/resourceslices")
        (loop.home / "plugin.log").unlink()


@row(parameters="gpus=4,partitions=4,shared=true,bindingConditions=true")
def partitions_shares_and_binding_conditions_are_accepted(loop):
    loop.start_plugin()
    devices = wait_published(loop)
    assert len(devices) == 4 * 5, sorted(devices)
    check_quiet(loop, "plugin")
    part = devices["gpu-0-partition-0"]
    assert part["consumesCounters"] and part["allowMultipleAllocations"] and part["bindingConditions"], part


@row
def every_field_of_a_device_arrives(loop):
    write_inventory(loop, RICH)
    loop.start_plugin()
    devices = wait_published(loop)
    check_quiet(loop, "plugin")
    part, shared, bound = devices["part-0"], devices["shared"], devices["bound"]
    assert part["attributes"]["ports"] == {"ints": [1, 2]}, part
    assert part["attributes"]["firmware"] == {"version": "1.2.3-rc.1+build"}, part
    assert part["consumesCounters"][0]["counters"]["slices"] == {"value": "2"}, part
    taints = {each["key"]: each for each in part["taints"]}
    assert set(taints) == {"example.com/slow", "example.com/note", "tranche.dev/allocator"}, taints
    assert all(each["timeAdded"] for each in taints.values()), taints
    assert shared["capacity"]["memory"]["requestPolicy"]["validRange"]["step"] == "512Mi", shared
    assert bound["bindsToNode"] and bound["bindingFailureConditions"] == ["example.com/failed"], bound


@row
def slices_are_not_written_again_without_need(loop):
    """The server's defaults (timeAdded of taints) must not look like somebody's change."""
    write_inventory(loop, RICH)
    loop.start_plugin()
    wait_published(loop)
    before = {each["metadata"]["name"]: each["metadata"] for each in loop.items("resourceslices")}
    loop.kill("plugin")
    loop.start_plugin()
    wait_for(lambda: loop.log("plugin").count("devices found") == 2, "it is up")
    time.sleep(2)
    after = {each["metadata"]["name"]: each["metadata"] for each in loop.items("resourceslices")}
    assert before.keys() == after.keys(), (before, after)
    for name in before:
        assert before[name]["resourceVersion"] == after[name]["resourceVersion"], (before[name], after[name])


@row
def a_plugin_may_not_write_another_nodes_slices(loop):
    """The ValidatingAdmissionPolicy of manifests/kubelet-plugin.yaml, by a token that is bound to another node."""
    account = loop.account("tranche-kubelet-plugin", bound_to="other")
    loop.spawn("plugin", loop.programs["tranche-kubelet-plugin"], "--driver-name", loop.driver, "--node-name", "worker",
               "--inventory", loop.inventory, "--kubelet-dir", loop.home / "kubelet", "--cdi-root", loop.home / "cdi",
               "--kubeconfig", account)
    wait_for(lambda: "may not write slices of node" in loop.log("plugin"), "the policy refuses it")
    assert not loop.items("resourceslices")


@row
def a_slice_that_somebody_else_changed_is_mended(loop):
    loop.start_plugin()
    devices = wait_published(loop)
    (slice,) = loop.items("resourceslices")
    loop.api.patch(f"{GROUP}/resourceslices/{slice['metadata']['name']}", {"spec": {"devices": []}})
    wait_for(lambda: len(published(loop) or ()) == len(devices), "the devices are back")
    loop.kubectl("delete", "resourceslices", "--all")
    wait_for(lambda: len(published(loop) or ()) == len(devices), "the slice is back")


@row
def a_slice_goes_with_its_node(loop):
    """Its owner is the Node, with the right uid: the garbage collector believes it."""
    loop.start_plugin()
    wait_published(loop)
    (owner,) = loop.items("resourceslices")[0]["metadata"]["ownerReferences"]
    node = loop.api.get("/api/v1/nodes/worker")
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Node", "worker", node["metadata"]["uid"]), owner


@row
def classes_and_cluster_pools_are_accepted(loop):
    (loop.policies / "fabric.yaml").write_text(json.dumps({
        "apiVersion": "policy.tranche.dev/v1", "kind": "Inventory", "metadata": {"name": "fabric"},
        "spec": {"driver": loop.driver, "allNodes": True, "pool": "fabric",
                 "devices": [{"name": "f-${index}", "count": 200}]}}))
    loop.start_controller()
    devices = wait_published(loop, "fabric")
    assert len(devices) == 200, len(devices)
    labels = wait_for(lambda: [each["metadata"].get("labels") for each in loop.items("deviceclasses")], "the class")
    assert labels == [{"tranche.dev/allocator": "controller"}], labels
    check_quiet(loop, "controller")


@row
def leaders_take_turns(loop):
    """Leases of the real server: one leads, and when it ends the other takes over at once."""
    loop.controller_flags = ("--leader-elect", "--leader-elect-namespace", SYSTEM)
    loop.start_controller("--leader-elect-identity", "first")
    wait_for(lambda: "claims are served" in loop.log("controller"), "it leads")
    lease = f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases/tranche-controller.{loop.driver}"
    assert loop.api.get(lease)["spec"]["holderIdentity"] == "first"
    first = loop.processes.pop("controller")
    (loop.home / "controller.log").rename(loop.home / "first.log")
    loop.start_controller("--leader-elect-identity", "second")
    first.terminate()
    assert first.wait(20) == 0, loop.log("first")
    wait_for(lambda: "claims are served" in loop.log("controller"), "the second leads")
    spec = loop.api.get(lease)["spec"]
    assert spec["holderIdentity"] == "second" and spec["leaseTransitions"] == 1, spec
    loop.api.call("DELETE", lease)
