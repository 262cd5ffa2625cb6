# SPDX-License-Identifier: Apache-2.0
"""The controller against the embedded API server and a plugin that publishes devices; no container runs."""

import time

from harness import wait_for

ROWS = {}
TEMPLATE = """
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {{name: {name}}}
spec:
  spec:
    devices:
      requests:
      - {{name: gpu, exactly: {{deviceClassName: gpu.example.com, count: {count}}}}}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  resourceClaims: [{{name: gpus, resourceClaimTemplateName: {template}}}]
  containers: [{{name: c, image: busybox, resources: {{claims: [{{name: gpus}}]}}}}]
"""
CLAIM = """
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {{name: {name}, annotations: {{{annotations}}}}}
spec:
  devices:
    requests:
    - {{name: gpu, exactly: {{deviceClassName: gpu.example.com}}}}
"""


def row(function):
    function.setup = {"roles": "cluster"}
    ROWS[function.__name__] = function
    return function


def apply(loop, *texts):
    loop.kubectl("apply", "-f", "-", stdin="\n---\n".join(texts))


def condition(loop, name):
    pod = loop.pod("default", name)
    found = [each for each in pod["status"].get("conditions", []) if each["type"] == "tranche.dev/Allocated"]
    return found[0] if found else None


def events(loop, reason):
    return [each for each in loop.items("events", group="v1") if each["reason"] == reason]


def is_open(loop, name):
    return not loop.pod("default", name)["spec"].get("schedulingGates")


def claim(loop, name):
    return loop.api.get(f"/apis/resource.k8s.io/v1/namespaces/default/resourceclaims/{name}")


def is_allocated(loop, name):
    return "allocation" in claim(loop, name).get("status", {})


@row
def what_does_not_fit_is_explained(loop):
    apply(loop, TEMPLATE.format(name="many", count=30), POD.format(name="greedy", template="many"))
    wait_for(lambda: condition(loop, "greedy"), "the pod has its condition")
    said = condition(loop, "greedy")
    assert (said["status"], said["reason"]) == ("False", "NoFit"), said
    assert "request gpu wants 30 devices of class gpu.example.com" in said["message"], said
    wait_for(lambda: {each["involvedObject"]["kind"] for each in events(loop, "NoFit")} == {"Pod", "ResourceClaim"},
             "pod and claim have Events")
    version = loop.pod("default", "greedy")["metadata"]["resourceVersion"]
    time.sleep(1)
    assert loop.pod("default", "greedy")["metadata"]["resourceVersion"] == version, "the same is written again"
    assert not is_open(loop, "greedy")


@row
def the_gate_opens_when_all_is_confirmed(loop):
    apply(loop, TEMPLATE.format(name="two", count=2), POD.format(name="pod", template="two"))
    wait_for(lambda: is_open(loop, "pod"), "the gate opens")
    made = loop.claim_of("default", "pod")
    status = made["status"]
    assert len(status["allocation"]["devices"]["results"]) == 2, status
    assert status["allocation"]["allocationTimestamp"], status
    assert status["reservedFor"][0]["name"] == "pod", status
    assert "resource.kubernetes.io/delete-protection" in made["metadata"]["finalizers"], made
    wait_for(lambda: (condition(loop, "pod") or {}).get("status") == "True", "the condition says so")


@row
def a_claim_without_a_pod_waits_unless_it_says_otherwise(loop):
    apply(loop, CLAIM.format(name="lazy", annotations=""),
          CLAIM.format(name="eager", annotations="tranche.dev/allocate: immediate"))
    wait_for(lambda: is_allocated(loop, "eager"), "the eager one is allocated")
    assert not is_allocated(loop, "lazy")
    assert "reservedFor" not in claim(loop, "eager")["status"]


@row
def a_vanished_allocation_is_made_again(loop):
    apply(loop, CLAIM.format(name="eager", annotations="tranche.dev/allocate: immediate"))
    wait_for(lambda: is_allocated(loop, "eager"), "it is allocated")
    path = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims/eager/status"
    before = claim(loop, "eager")["metadata"]["resourceVersion"]
    code, answer = loop.api.call("PATCH", path, {"status": {"allocation": None}},
                                 headers={"Content-Type": "application/merge-patch+json"})
    assert code == 200, answer
    wait_for(lambda: is_allocated(loop, "eager") and claim(loop, "eager")["metadata"]["resourceVersion"] != before,
             "it is allocated again")


@row
def policies_are_reloaded_and_the_last_good_ones_kept(loop):
    policy = loop.policies / "policy.yaml"
    policy.write_text("apiVersion: policy.tranche.dev/v1\nkind: AllocationPolicy\nmetadata: {name: p}\n"
                      "spec: {driver: gpu.example.com, allowedNamespaces: [ml]}\n")
    wait_for(lambda: loop.log("controller").count("policies are in force") == 2, "the policy is in force")
    apply(loop, TEMPLATE.format(name="one", count=1), POD.format(name="pod", template="one"))
    wait_for(lambda: (condition(loop, "pod") or {}).get("reason") == "NotAllowed", "the namespace may not")
    policy.write_text("kind: [")
    wait_for(lambda: events(loop, "PolicyInvalid"), "the mistake is told")
    assert "last good policies stay in force" in events(loop, "PolicyInvalid")[0]["message"]
    time.sleep(0.5)
    assert condition(loop, "pod")["reason"] == "NotAllowed"
    policy.unlink()
    wait_for(lambda: is_open(loop, "pod"), "now it may")


@row
def classes_follow_the_folder(loop):
    theirs = ("apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: theirs}\n"
              "spec: {selectors: [{cel: {expression: 'true'}}]}\n")
    apply(loop, theirs)
    ours = loop.api.get("/apis/resource.k8s.io/v1/deviceclasses/gpu.example.com")["metadata"]
    assert ours["labels"]["tranche.dev/allocator"] == "controller", ours
    loop.kubectl("label", "deviceclass", "gpu.example.com", "tranche.dev/allocator-")
    wait_for(lambda: loop.api.get("/apis/resource.k8s.io/v1/deviceclasses/gpu.example.com")["metadata"].get("labels"),
             "the label is back")
    (loop.policies / "class.yaml").rename(loop.policies / "class.txt")
    wait_for(lambda: [each["metadata"]["name"] for each in loop.items("deviceclasses")] == ["theirs"],
             "ours is deleted, theirs is not")


@row
def cluster_wide_pools_are_published(loop):
    fabric = loop.policies / "fabric.yaml"
    fabric.write_text("apiVersion: policy.tranche.dev/v1\nkind: Inventory\nmetadata: {name: fabric}\n"
                      "spec: {driver: gpu.example.com, allNodes: true, pool: fabric, "
                      "devices: [{name: 'f-${index}', count: 2}]}\n")
    find = lambda: [each["spec"] for each in loop.items("resourceslices") if each["spec"]["pool"]["name"] == "fabric"]
    wait_for(find, "the pool is published")
    (spec,) = find()
    assert spec["allNodes"] and "nodeName" not in spec, spec
    assert [each["name"] for each in spec["devices"]] == ["f-0", "f-1"], spec
    assert spec["devices"][0]["taints"][0]["key"] == "tranche.dev/allocator", spec
    fabric.unlink()
    wait_for(lambda: not find(), "the pool is withdrawn")


@row
def nothing_is_allocated_while_the_fence_is_down(loop):
    loop.kill("plugin")
    loop.start_plugin("--allocator", "scheduler")
    wait_for(lambda: events(loop, "FenceDown"), "the fence is down")
    apply(loop, TEMPLATE.format(name="one", count=1), POD.format(name="pod", template="one"))
    wait_for(lambda: (condition(loop, "pod") or {}).get("reason") == "FenceDown", "the pod is told")
    assert not is_open(loop, "pod")
    loop.kill("plugin")
    loop.start_plugin()
    wait_for(lambda: is_open(loop, "pod"), "it is mended")


@row
def mixed_claims_are_refused(loop):
    theirs = ("apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: theirs}\n"
              "spec: {selectors: [{cel: {expression: 'true'}}]}\n")
    mixed = TEMPLATE.format(name="mixed", count=1) + \
        "      - {name: nic, exactly: {deviceClassName: theirs}}\n"
    apply(loop, theirs, mixed, POD.format(name="pod", template="mixed"))
    wait_for(lambda: (condition(loop, "pod") or {}).get("reason") == "MixedClaim", "the pod is told")
    assert '"theirs" is not one that Tranche serves' in condition(loop, "pod")["message"]


@row
def a_foreign_claim_on_our_device_stops_everything(loop):
    theirs = ("apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: theirs}\n"
              "spec: {selectors: [{cel: {expression: 'true'}}]}\n")
    foreign = CLAIM.format(name="foreign", annotations="").replace("deviceClassName: gpu.example.com",
                                                                   "deviceClassName: theirs")
    apply(loop, theirs, foreign)
    path = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims/foreign/status"
    result = {"request": "gpu", "driver": "gpu.example.com", "pool": "worker", "device": "gpu-0"}
    code, answer = loop.api.call("PATCH", path, {"status": {"allocation": {"devices": {"results": [result]}}}},
                                 headers={"Content-Type": "application/merge-patch+json"})
    assert code == 200, answer
    wait_for(lambda: events(loop, "FenceDown"), "the fence is down")
    apply(loop, TEMPLATE.format(name="one", count=1), POD.format(name="pod", template="one"))
    wait_for(lambda: (condition(loop, "pod") or {}).get("reason") == "FenceDown", "the pod is told")
    loop.kubectl("label", "deviceclass", "theirs", "tranche.dev/allocator=controller")
    wait_for(lambda: is_open(loop, "pod"), "the claim is ours now")
    assert loop.claim_of("default", "pod")["status"]["allocation"]["devices"]["results"][0]["device"] != "gpu-0"
