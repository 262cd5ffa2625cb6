# SPDX-License-Identifier: Apache-2.0
"""The demo manifests of kubernetes-sigs/dra-example-driver, applied unchanged. What each container must see
stands in the README beside them; they are other people's data and come with TRANCHE_SHARED."""

import os
import pathlib

from harness import ROOT, Skip, wait_for
from loop import check_plain, device_settings, gpus, results

ROWS = {}
FOLDER = pathlib.Path(os.environ.get("TRANCHE_SHARED", ROOT / "../shared")) / "fixtures/manifests/example-driver"


def row(function=None, **setup):
    """SETUP is what differs from eight plain GPUs: loop.Loop's driver, inventory and parameters."""
    def keep(wanted):
        wanted.setup = setup
        ROWS[wanted.__name__] = wanted
        return wanted
    return keep(function) if function else keep


def apply(loop, name):
    path = FOLDER / name
    if not path.exists():
        raise Skip(f"{path} is not there")
    loop.kubectl("apply", "-f", path)


def evicted(loop, namespace, name):
    return loop.pod(namespace, name) is None


@row
def basic_resourceclaimtemplate(loop):
    namespace = "basic-resourceclaimtemplate"
    apply(loop, "basic-resourceclaimtemplate/basic-resourceclaimtemplate.yaml")
    loop.wait_running(namespace, "pod0", "pod1")
    seen = [check_plain(loop.environment(namespace, pod), loop.claim_of(namespace, pod)) for pod in ("pod0", "pod1")]
    assert seen[0] != seen[1], seen
    names = [claim["metadata"]["name"] for claim in loop.claims(namespace)]
    assert len(names) == 2 and all(name.startswith(("pod0-", "pod1-")) for name in names), names


@row
def basic_multiple_requests(loop):
    namespace = "basic-multiple-requests"
    apply(loop, "basic-multiple-requests/basic-multiple-requests.yaml")
    loop.wait_running(namespace, "pod0")
    claim = loop.claim_of(namespace, "pod0")
    assert check_plain(loop.environment(namespace, "pod0"), claim, 2) == ["gpu-0", "gpu-1"]
    assert [(each["request"], each["device"]) for each in results(claim)] == [("gpu-1", "gpu-0"), ("gpu-2", "gpu-1")]


@row
def basic_resourceclaim_opaque_config(loop):
    namespace = "basic-resourceclaim-opaque-config"
    apply(loop, "basic-resourceclaim-opaque-config/basic-resourceclaim-opaque-config.yaml")
    loop.wait_running(namespace, "pod0")
    uid = loop.claim_of(namespace, "pod0")["metadata"]["uid"]
    devices = {}
    for container in ("ts-ctr0", "ts-ctr1", "sp-ctr0", "sp-ctr1"):
        environment = loop.environment(namespace, "pod0", container)
        (devices[container],) = gpus(environment)
        want = {"SHARING_STRATEGY": "TimeSlicing", "TIMESLICE_INTERVAL": "Long"}
        if container.startswith("sp"):
            want = {"SHARING_STRATEGY": "SpacePartitioning", "PARTITION_COUNT": "10"}
        assert device_settings(environment, devices[container]) == want, (container, environment)
        claims = [value for name, value in environment.items() if name.endswith("_RESOURCE_CLAIM")]
        assert claims == [uid], environment
    assert devices["ts-ctr0"] == devices["ts-ctr1"] != devices["sp-ctr0"] == devices["sp-ctr1"], devices


@row
def basic_shared_claim_across_containers(loop):
    namespace = "basic-shared-claim-across-containers"
    apply(loop, "basic-shared-claim-across-containers/basic-shared-claim-across-containers.yaml")
    loop.wait_running(namespace, "pod0")
    claim = loop.claim_of(namespace, "pod0")
    seen = [check_plain(loop.environment(namespace, "pod0", container), claim) for container in ("ctr0", "ctr1")]
    assert seen[0] == seen[1], seen


@row
def basic_shared_claim_across_pods(loop):
    namespace = "basic-shared-claim-across-pods"
    apply(loop, "basic-shared-claim-across-pods/basic-shared-claim-across-pods.yaml")
    loop.wait_running(namespace, "pod0", "pod1")
    (claim,) = loop.claims(namespace)
    seen = [check_plain(loop.environment(namespace, pod), claim) for pod in ("pod0", "pod1")]
    assert seen[0] == seen[1], seen
    (claim,) = loop.claims(namespace)
    assert sorted(each["name"] for each in claim["status"]["reservedFor"]) == ["pod0", "pod1"], claim["status"]
    loop.kubectl("delete", "pod", "pod0", "--grace-period=1", namespace=namespace)
    wait_for(lambda: len(loop.claims(namespace)[0]["status"]["reservedFor"]) == 1, "the first reservation goes")
    assert loop.claims(namespace)[0]["status"]["allocation"], "the other pod still uses it"
    loop.kubectl("delete", "pod", "pod1", "--grace-period=1", namespace=namespace)
    wait_for(lambda: not loop.claims(namespace)[0].get("status", {}).get("allocation"), "the claim is deallocated")


@row
def cel_selector(loop):
    namespace = "cel-selector"
    apply(loop, "cel-selector/cel-selector.yaml")
    loop.wait_running(namespace, "pod0")
    check_plain(loop.environment(namespace, "pod0"), loop.claim_of(namespace, "pod0"))


@row
def admin_access(loop):
    other = "basic-resourceclaimtemplate"
    apply(loop, "basic-resourceclaimtemplate/basic-resourceclaimtemplate.yaml")
    loop.wait_running(other, "pod0", "pod1")
    namespace = "admin-access"
    apply(loop, "admin-access/admin-access.yaml")
    loop.wait_running(namespace, "pod0")
    claim = loop.claim_of(namespace, "pod0")
    assert all(each["adminAccess"] is True for each in results(claim)), results(claim)
    assert len(results(claim)) == 8
    log = wait_for(lambda: (text := loop.logs(namespace, "pod0")).count("GPU_DEVICE_") >= 64 and text, "the log")
    assert "DRA Admin Access: true" in log, log
    tail = log[log.index("DRA Admin Access: true"):]
    assert sum(line.startswith("GPU_DEVICE_") for line in tail.splitlines()) == 32, tail
    # without the label the template is refused
    loop.kubectl("create", "namespace", "no-label")
    text = (FOLDER / "admin-access/admin-access.yaml").read_text()
    template = [part for part in text.split("---") if "kind: ResourceClaimTemplate" in part][0]
    refused = loop.kubectl("apply", "-f", "-", stdin=template.replace("namespace: admin-access", "namespace: no-label"),
                           fails=True)
    assert "admin" in refused, refused


@row
def prioritized_alternatives(loop):
    namespace = "prioritized-alternatives"
    apply(loop, "prioritized-alternatives/prioritized-alternatives.yaml")
    loop.wait_running(namespace, "pod0", "pod1")
    seen = []
    for pod, request in (("pod0", "gpu/older-gpu"), ("pod1", "gpu/latest-gpu")):
        claim = loop.claim_of(namespace, pod)
        assert [each["request"] for each in results(claim)] == [request], results(claim)
        seen.append(check_plain(loop.environment(namespace, pod), claim))
    assert seen[0] != seen[1], seen


@row
def initcontainer_shared_gpu(loop):
    namespace = "initcontainer-shared-gpu"
    apply(loop, "initcontainer-shared-gpu/initcontainer-shared-gpu.yaml")
    loop.wait_running(namespace, "pod0")
    claim = loop.claim_of(namespace, "pod0")
    seen = [check_plain(loop.environment(namespace, "pod0", container), claim) for container in ("init0", "ctr0")]
    assert seen[0] == seen[1], seen
    (status,) = loop.pod(namespace, "pod0")["status"]["initContainerStatuses"]
    assert status["state"]["terminated"]["exitCode"] == 0, status


TAINTS = "device-taints-tolerations/"
TAINTED = "basic-resourceclaimtemplate"


def check_evicted(loop, name):
    wait_for(lambda: evicted(loop, TAINTED, name), f"{name} is evicted", 20)
    events = loop.kubectl("get", "events", "-o", "json", namespace=TAINTED)
    assert "DeviceTaintManagerEviction" in events and "Marking for deletion" in events, events


def rule_condition(loop):
    rule = loop.api.get("/apis/resource.k8s.io/v1beta2/devicetaintrules/example")
    found = [each for each in rule.get("status", {}).get("conditions", []) if each["type"] == "EvictionInProgress"]
    return (found[0]["status"], found[0]["reason"]) if found else None


@row
def device_taint_configurable_pod_eviction_time(loop):
    folder = TAINTS + "device-taint-configurable-pod-eviction-time/"
    apply(loop, folder + "1-basic-resourceclaimtemplate.yaml")
    pods = ("pod-no-toleration", "pod-with-toleration", "pod-with-300s-toleration")
    loop.wait_running(TAINTED, *pods)
    seen = [check_plain(loop.environment(TAINTED, pod), loop.claim_of(TAINTED, pod))[0] for pod in pods]
    assert len(set(seen)) == 3, seen
    assert results(loop.claim_of(TAINTED, pods[2]))[0]["tolerations"][0]["tolerationSeconds"] == 300
    apply(loop, folder + "2-device-taint-rule.yaml")
    check_evicted(loop, "pod-no-toleration")
    wait_for(lambda: rule_condition(loop) == ("True", "PodsPendingEviction"), "the rule says that one is pending")
    assert loop.phase(TAINTED, pods[1]) == loop.phase(TAINTED, pods[2]) == "Running"
    # the due time counts from the rule: put the rule's time back, and 300 s are over
    rule = loop.api.get("/apis/resource.k8s.io/v1beta2/devicetaintrules/example")
    rule["spec"]["taint"]["timeAdded"] = "2020-01-01T00:00:00Z"
    code, answer = loop.api.call("PUT", "/apis/resource.k8s.io/v1beta2/devicetaintrules/example", rule)
    assert code == 200, answer
    check_evicted(loop, pods[2])
    wait_for(lambda: rule_condition(loop) == ("False", "Completed"), "the rule says that all is done")
    assert loop.phase(TAINTED, pods[1]) == "Running"


@row
def device_taint_pod_noexecute(loop):
    folder = TAINTS + "device-taint-pod-noexecute/"
    apply(loop, folder + "1-basic-resourceclaimtemplate.yaml")
    apply(loop, folder + "2-pod-to-be-evicted.yaml")
    loop.wait_running(TAINTED, "pod-to-be-evicted")
    check_plain(loop.environment(TAINTED, "pod-to-be-evicted"), loop.claim_of(TAINTED, "pod-to-be-evicted"))
    apply(loop, folder + "3-device-taint-rule.yaml")
    check_evicted(loop, "pod-to-be-evicted")
    apply(loop, folder + "4-pod-no-execute.yaml")
    loop.stays_pending(TAINTED, "pod-no-execute")
    loop.kubectl("delete", "devicetaintrules.v1beta2.resource.k8s.io", "example")
    loop.wait_running(TAINTED, "pod-no-execute")
    check_plain(loop.environment(TAINTED, "pod-no-execute"), loop.claim_of(TAINTED, "pod-no-execute"))


@row
def device_taint_pod_noschedule(loop):
    folder = TAINTS + "device-taint-pod-noschedule/"
    apply(loop, folder + "1-basic-resourceclaimtemplate.yaml")
    apply(loop, folder + "2-pod-keeps-running.yaml")
    loop.wait_running(TAINTED, "pod-keeps-running")
    apply(loop, folder + "3-device-taint-rule.yaml")
    path = FOLDER / (folder + "4-pod-not-scheduled.yaml")
    refused = loop.kubectl("apply", "-f", path, fails=True)
    assert "apiVersion" in refused, refused
    loop.kubectl("apply", "-f", "-", stdin="apiVersion: v1\n" + path.read_text())
    loop.stays_pending(TAINTED, "pod-no-schedule")
    assert loop.phase(TAINTED, "pod-keeps-running") == "Running"
    loop.kubectl("delete", "devicetaintrules.v1beta2.resource.k8s.io", "example")
    loop.wait_running(TAINTED, "pod-no-schedule")
    check_plain(loop.environment(TAINTED, "pod-no-schedule"), loop.claim_of(TAINTED, "pod-no-schedule"))


@row
def device_taint_pod_toleration(loop):
    folder = TAINTS + "device-taint-pod-toleration/"
    apply(loop, folder + "1-device-taint-rule.yaml")
    apply(loop, folder + "2-basic-resourceclaimtemplate.yaml")
    loop.wait_running(TAINTED, "pod-with-toleration")
    loop.stays_pending(TAINTED, "pod-without-toleration")
    environment = loop.environment(TAINTED, "pod-with-toleration")
    assert check_plain(environment, loop.claim_of(TAINTED, "pod-with-toleration")) == ["gpu-0"]
    assert loop.phase(TAINTED, "pod-with-toleration") == "Running"


# Shared capacity, partitions, binding conditions.


def amounts(result):
    return {name: quantity(value) for name, value in result["consumedCapacity"].items()}


def quantity(text):
    suffixes = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9}
    for suffix, factor in suffixes.items():
        if text.endswith(suffix):
            return int(text[:-len(suffix)]) * factor
    return int(text)


@row(parameters="partitions=4,gpus=2")
def partitionable_devices(loop):
    namespace = "partitionable-devices"
    apply(loop, "partitionable-devices/partitionable-devices.yaml")
    loop.wait_running(namespace, "pod0")
    environment = loop.environment(namespace, "pod0")
    found = check_plain(environment, loop.claim_of(namespace, "pod0"), 2)
    assert found == ["gpu-0-partition-0", "gpu-0-partition-1"], found
    assert environment["GPU_DEVICE_0_PARTITION_0"] == "gpu-0-partition-0", environment


def check_shared(loop, namespace, device, memory, compute):
    seen, shares = [], set()
    for pod in ("pod0", "pod1"):
        loop.wait_running(namespace, pod)
        environment = loop.environment(namespace, pod)
        (found,) = gpus(environment)
        settings = device_settings(environment, found)
        assert (settings["MEMORY"], settings["COMPUTE"]) == (memory, compute), settings
        seen.append(found)
    for claim in loop.claims(namespace):
        (result,) = results(claim)
        shares.add(result["shareID"])
        assert amounts(result) == {"memory": quantity(memory), "compute": quantity(compute)}, result
    assert seen == [device, device] and len(shares) == 2, (seen, shares)


@row(parameters="shared=true")
def gpu_allow_multiple_allocations(loop):
    apply(loop, "gpu-allow-multiple-allocations/gpu-allow-multiple-allocations.yaml")
    check_shared(loop, "gpu-allow-multiple-allocations", "gpu-0", "16Gi", "20")


@row(parameters="shared=true,partitions=4")
def gpu_allow_multiple_allocations_partitionable(loop):
    apply(loop, "gpu-allow-multiple-allocations-partitionable/gpu-allow-multiple-allocations-partitionable.yaml")
    check_shared(loop, "gpu-allow-multiple-allocations-partitionable", "gpu-0-partition-0", "8Gi", "10")


@row(driver="net.example.com", inventory="net-example", parameters="nics=1")
def net_consumable_capacity(loop):
    namespace = "net-consumable-capacity"
    apply(loop, "net-consumable-capacity/net-consumable-capacity.yaml")
    loop.wait_running(namespace, "pod0", "pod1")
    for pod, ingress in (("pod0", 10**10), ("pod1", 5 * 10**9)):
        environment = loop.environment(namespace, pod)
        found = {name: value for name, value in environment.items() if name.startswith("NET_DEVICE_")}
        claim = loop.claim_of(namespace, pod)
        assert found == {"NET_DEVICE_0_INGRESS_RATE": str(ingress), "NET_DEVICE_0_EGRESS_RATE": "5000000000",
                         "NET_DEVICE_NIC_0_RESOURCE_CLAIM": claim["metadata"]["uid"]}, found
        (result,) = results(claim)
        assert amounts(result) == {"vfs": 1, "ingressBandwidth": ingress, "egressBandwidth": 5 * 10**9}, result


@row(parameters="bindingConditions=true")
def binding_conditions(loop):
    namespace = "binding-conditions"
    apply(loop, "binding-conditions/binding-conditions.yaml")
    claim = wait_for(lambda: (found := loop.claims(namespace)) and found[0].get("status", {}).get("allocation") and
                     found[0], "the claim is allocated")
    (result,) = results(claim)
    assert result["bindingConditions"] == ["BindingConditions"], result
    assert result["bindingFailureConditions"] == ["BindingFailureConditions"], result
    assert not loop.pod(namespace, "pod0")["spec"].get("nodeName"), "bound before its device is ready"
    status = {"status": {"devices": [{**{name: result[name] for name in ("driver", "pool", "device")}, "conditions": [
        {"type": "BindingConditions", "status": "True", "reason": "Ready", "message": "Device is ready",
         "lastTransitionTime": "2026-01-01T00:00:00Z"}]}]}}
    path = f"/apis/resource.k8s.io/v1/namespaces/{namespace}/resourceclaims/{claim['metadata']['name']}/status"
    loop.api.patch(path, status)
    loop.wait_running(namespace, "pod0")
    check_plain(loop.environment(namespace, "pod0"), loop.claim_of(namespace, "pod0"))
