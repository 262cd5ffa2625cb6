# SPDX-License-Identifier: Apache-2.0
"""Allocation: by our controller, written past the real status validation and bound by the real kube-scheduler; and by
kube-scheduler itself, from our slices."""

import json
import subprocess
import uuid

import matrix
import shapes
from harness import wait_for
from loop import results
from rows_publish import check_quiet, wait_published
from real import GROUP

ROWS = {}
row = matrix.collector(ROWS)
FOREIGN = "nic.example.net"
GPU_CONFIG = {"apiVersion": "gpu.resource.example.com/v1alpha1", "kind": "GpuConfig",
              "sharing": {"strategy": "TimeSlicing", "timeSlicingConfig": {"interval": "Long"}}}


def start(loop, *flags):
    loop.start_controller(*flags)
    loop.start_plugin(*flags)
    wait_published(loop)
    wait_for(lambda: loop.items("deviceclasses"), "the class is there")


def chosen(claim):
    return [(each["request"], each["device"]) for each in results(claim)]


@row
def a_pod_gets_its_devices_and_is_bound(loop):
    start(loop)
    loop.apply(shapes.template("two", shapes.devices(shapes.exactly("gpu", count=2))),
               shapes.pod("trainer", templates=["two"]))
    loop.wait_bound("trainer", node="worker")
    claim = loop.claim_of("default", "trainer")
    assert chosen(claim) == [("gpu", "gpu-0"), ("gpu", "gpu-1")], claim["status"]
    assert [each["name"] for each in claim["status"]["reservedFor"]] == ["trainer"], claim["status"]
    assert claim["status"]["allocation"]["allocationTimestamp"], claim["status"]
    assert "resource.kubernetes.io/delete-protection" in claim["metadata"]["finalizers"], claim["metadata"]
    wait_for(lambda: any(each["type"] == "tranche.dev/Allocated" and each["status"] == "True"
                         for each in loop.pod("default", "trainer")["status"]["conditions"]), "the condition is true")
    check_quiet(loop, "controller")


@row
def requests_alternatives_constraints_and_config_are_accepted(loop):
    start(loop)
    opaque = {"opaque": {"driver": loop.driver, "parameters": GPU_CONFIG}}
    spec = shapes.devices(
        shapes.exactly("one", selectors=shapes.selector('device.attributes["gpu.example.com"].index == 3')),
        shapes.first_available("any", {"name": "huge", "count": 20}, {"name": "pair", "count": 2}),
        shapes.exactly("rest", count=2, tolerations=[{"key": "example.com/slow", "operator": "Exists"}]),
        constraints=[{"matchAttribute": "gpu.example.com/model"},
                     {"requests": ["rest"], "distinctAttribute": "gpu.example.com/index"}],
        config=[{"requests": ["one"], **opaque}, {"requests": ["any/pair"], **opaque}, opaque])
    loop.apply(shapes.template("rich", spec), shapes.pod("rich", templates=["rich"]))
    loop.wait_bound("rich")
    claim = loop.claim_of("default", "rich")
    assert chosen(claim) == [("one", "gpu-3"), ("any/pair", "gpu-0"), ("any/pair", "gpu-1"), ("rest", "gpu-2"),
                             ("rest", "gpu-4")], chosen(claim)
    config = claim["status"]["allocation"]["devices"]["config"]
    assert [(each["source"], each.get("requests")) for each in config] == \
        [("FromClaim", ["one"]), ("FromClaim", ["any/pair"]), ("FromClaim", None)], config


@row
def admin_access_follows_the_namespaces_label(loop):
    start(loop)
    loop.apply(shapes.claim("holder", shapes.devices(shapes.exactly("gpu", count=8))),
               shapes.pod("holder", claims=["holder"]))
    loop.wait_bound("holder")
    watcher = shapes.claim("watcher", shapes.devices(shapes.exactly("gpu", allocationMode="All", adminAccess=True)))
    refusal = loop.kubectl("apply", "-f", "-", stdin=json.dumps(watcher), fails=True)
    assert "resource.kubernetes.io/admin-access" in refusal, refusal
    loop.kubectl("label", "namespace", "default", "resource.kubernetes.io/admin-access=true")
    try:
        loop.apply(watcher, shapes.pod("watcher", claims=["watcher"]))
        loop.wait_bound("watcher")
        given = results(loop.claim("watcher"))
        assert len(given) == 8 and all(each["adminAccess"] for each in given), given
        assert all("tolerations" not in each for each in given), given
    finally:
        loop.kubectl("label", "namespace", "default", "resource.kubernetes.io/admin-access-")


@row(parameters="gpus=1,shared=true")
def shares_and_what_they_consume_are_accepted(loop):
    start(loop)
    half = shapes.devices(shapes.exactly("gpu", capacity={"requests": {"memory": "40Gi", "compute": "30"}}))
    loop.apply(shapes.template("half", half), *(shapes.pod(name, templates=["half"]) for name in ("a", "b", "c")))
    wait_for(lambda: sum(bool(loop.node_of(name)) for name in "abc") == 2, "two of three are bound")
    shares = [results(each)[0] for each in loop.claims("default") if "allocation" in each.get("status", {})]
    assert len(shares) == 2 and len({each["shareID"] for each in shares}) == 2, shares
    assert all(str(uuid.UUID(each["shareID"])) == each["shareID"] for each in shares), shares
    assert all(each["consumedCapacity"] == {"memory": "40Gi", "compute": "30"} for each in shares), shares
    (waiting,) = [name for name in "abc" if not loop.node_of(name)]
    wait_for(lambda: any(waiting in each["involvedObject"]["name"] for each in loop.events("NoFit")), "it is told why")


@row(parameters="gpus=1,partitions=4")
def partitions_share_their_counters(loop):
    start(loop)
    part = shapes.devices(shapes.exactly("gpu", selectors=shapes.selector(
        '"partition" in device.attributes["gpu.example.com"]')))
    whole = shapes.devices(shapes.exactly("gpu", selectors=shapes.selector(
        '"full" in device.attributes["gpu.example.com"]')))
    loop.apply(shapes.template("part", part), shapes.template("whole", whole),
               *(shapes.pod(f"part-{i}", templates=["part"]) for i in range(4)))
    loop.wait_bound(*(f"part-{i}" for i in range(4)))
    loop.apply(shapes.pod("whole", templates=["whole"]))
    loop.stays_pending("default", "whole", 2)
    for i in range(4):
        loop.kubectl("delete", "pod", f"part-{i}", "--force", "--grace-period=0", namespace="default")
    loop.wait_bound("whole")


@row(parameters="gpus=2,bindingConditions=true")
def kube_scheduler_waits_for_binding_conditions(loop):
    start(loop)
    loop.apply(shapes.template("one", shapes.devices(shapes.exactly("gpu"))), shapes.pod("slow", templates=["one"]))
    claim = wait_for(lambda: next((each for each in loop.claims("default")
                                   if "allocation" in each.get("status", {})), None), "it is allocated")
    (given,) = results(claim)
    assert given["bindingConditions"] == ["BindingConditions"], given
    loop.stays_unbound("slow", 2)
    condition = {"type": "BindingConditions", "status": "True", "reason": "Attached", "message": "",
                 "lastTransitionTime": "2026-01-01T00:00:00Z"}
    loop.api.patch(f"{GROUP}/namespaces/default/resourceclaims/{claim['metadata']['name']}/status", {"status": {
        "devices": [{"driver": given["driver"], "pool": given["pool"], "device": given["device"],
                     "conditions": [condition]}]}})
    loop.wait_bound("slow")


@row
def pods_fill_two_nodes_without_double_booking(loop):
    start(loop)
    loop.start_plugin(node="other")
    wait_published(loop, "other")
    names = [f"p{i}" for i in range(20)]
    loop.apply(shapes.template("one", shapes.devices(shapes.exactly("gpu"))),
               *(shapes.pod(name, templates=["one"]) for name in names))
    wait_for(lambda: sum(bool(loop.node_of(name)) for name in names) == 16, "sixteen are bound", 60)
    held = [(each["pool"], each["device"]) for claim in loop.claims("default")
            if "allocation" in claim.get("status", {}) for each in results(claim)]
    assert len(held) == len(set(held)) == 16, sorted(held)
    for claim in loop.claims("default"):
        if "allocation" in claim.get("status", {}):
            (user,) = claim["status"]["reservedFor"]
            assert loop.node_of(user["name"]) == results(claim)[0]["pool"], (claim, user)


@row
def a_claim_is_shared_by_two_pods(loop):
    start(loop)
    loop.apply(shapes.claim("common", shapes.devices(shapes.exactly("gpu"))),
               shapes.pod("one", claims=["common"]), shapes.pod("two", claims=["common"]))
    loop.wait_bound("one", "two")
    users = {each["name"] for each in loop.claim("common")["status"]["reservedFor"]}
    assert users == {"one", "two"}, users


@row
def a_pod_may_have_claims_of_two_drivers(loop):
    """Ours is allocated first, and kube-scheduler allocates the other one on the same node."""
    start(loop)
    nic = {"name": "nic", "exactly": {"deviceClassName": FOREIGN}}
    loop.apply(shapes.device_class(FOREIGN, f"device.driver == '{FOREIGN}'"),
               shapes.foreign_slice(FOREIGN, "worker", "eth0"), shapes.foreign_slice(FOREIGN, "other", "eth0"),
               shapes.template("gpu", shapes.devices(shapes.exactly("gpu"))),
               shapes.template("nic", shapes.devices(nic)), shapes.pod("both", templates=["gpu", "nic"]))
    loop.wait_bound("both", node="worker")
    drivers = {each["driver"] for claim in loop.claims("default") for each in results(claim)}
    assert drivers == {loop.driver, FOREIGN}, drivers


@row
def kube_scheduler_leaves_our_devices_alone(loop):
    """A class that we do not serve, whose selector takes our devices: the taint keeps them."""
    start(loop)
    loop.apply(shapes.device_class("anything", "true"),
               shapes.template("one", shapes.devices({"name": "x", "exactly": {"deviceClassName": "anything"}})),
               shapes.pod("thief", templates=["one"]))
    loop.stays_pending("default", "thief", 5)
    assert not any("allocation" in each.get("status", {}) for each in loop.claims("default"))


# Scheduler mode: kube-scheduler allocates. What it chooses is what `kubectl tranche simulate` says.

def simulate(loop, *documents):
    """The results of each claim, by name, on the node."""
    objects = [json.loads(loop.kubectl("get", kind, "-o", "json")) for kind in
               ("deviceclasses", "resourceslices", "nodes")]
    path = loop.home / "objects.yaml"
    path.write_text("\n---\n".join(json.dumps(each) for each in [*objects, *documents]))
    done = subprocess.run([loop.programs["kubectl-tranche"], "simulate", "-f", path, "-o", "json", "--node", "worker"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done
    answer = json.loads(done.stdout)
    return {each["metadata"]["name"]: each["status"]["allocation"] for each in answer["items"]}


def plain(allocation):
    """Without what is random or the clock's."""
    found = json.loads(json.dumps(allocation))
    found.pop("allocationTimestamp", None)
    for each in found["devices"]["results"]:
        each.pop("shareID", None)
    return found


def compare_with_scheduler(loop, *claims):
    start(loop, "--allocator", "scheduler")
    expected = simulate(loop, *claims)
    loop.apply(*claims, shapes.pod("user", claims=[each["metadata"]["name"] for each in claims]))
    loop.wait_bound("user", node="worker")
    for claim in claims:
        name = claim["metadata"]["name"]
        theirs = plain(loop.claim(name)["status"]["allocation"])
        assert theirs == plain(expected[name]), (theirs, expected[name])


@row
def kube_scheduler_allocates_from_our_slices(loop):
    compare_with_scheduler(
        loop, shapes.claim("a", shapes.devices(shapes.exactly("gpu", count=2))),
        shapes.claim("b", shapes.devices(shapes.first_available("any", {"name": "huge", "count": 20},
                                                                {"name": "pair", "count": 2}))))


@row(parameters="gpus=2,partitions=4")
def kube_scheduler_allocates_our_partitions(loop):
    compare_with_scheduler(loop, shapes.claim("a", shapes.devices(
        shapes.exactly("whole", selectors=shapes.selector('"full" in device.attributes["gpu.example.com"]')),
        shapes.exactly("part", count=3, selectors=shapes.selector(
            '"partition" in device.attributes["gpu.example.com"]')))))


@row(parameters="gpus=2,shared=true")
def kube_scheduler_allocates_our_shares(loop):
    compare_with_scheduler(
        loop, shapes.claim("a", shapes.devices(shapes.exactly("gpu", capacity={"requests": {"memory": "50Gi"}}))),
        shapes.claim("b", shapes.devices(shapes.exactly("gpu", capacity={"requests": {"memory": "1500Mi",
                                                                                      "compute": "7"}}))))
