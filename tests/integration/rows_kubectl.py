# SPDX-License-Identifier: Apache-2.0
"""What people type. Each row runs with every kubectl that is there (1.20 of Debian 12, a current one)."""

import json
import subprocess
import threading
import time

from harness import wait_for
from rows import claim, collector, pod

ROWS = {}
row = collector(ROWS, with_kubectl=True)

CLASS = """
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: %s}
spec:
  selectors:
  - cel: {expression: device.driver == "gpu.example.com"}
"""


def make(cluster, *objects):
    """Creates OBJECTS; names come back to be deleted by `gone`."""
    for item in objects:
        plural = {"Pod": "pods", "ResourceClaim": "resourceclaims"}[item["kind"]]
        cluster.api.create(cluster.path(plural, group=item["apiVersion"]), item)


def gone(cluster, *names):
    for plural, name in names:
        group = "v1" if plural == "pods" else "resource.k8s.io/v1"
        cluster.api.call("DELETE", cluster.path(plural, name, group=group) + "?gracePeriodSeconds=0")


@row
def get_prints_kubernetes_columns(cluster, kubectl):
    make(cluster, claim("c1"), pod("p1"))
    out = cluster.kubectl("get", "resourceclaims,pods", binary=kubectl)
    lines = out.splitlines()
    assert lines[0].split() == ["NAME", "STATE", "AGE"], out
    assert lines[1].split()[:2] == ["resourceclaim.resource.k8s.io/c1", "pending"], out
    assert "NAME READY STATUS RESTARTS AGE" == " ".join(lines[3].split()), out
    assert lines[4].split()[:4] == ["pod/p1", "0/1", "Pending", "0"], out
    assert "No resources found" not in out
    out = cluster.kubectl("get", "ns", cluster.namespace, binary=kubectl, namespaced=False)
    assert out.splitlines()[1].split()[:2] == [cluster.namespace, "Active"], out
    gone(cluster, ("resourceclaims", "c1"), ("pods", "p1"))


@row
def get_wide_all_namespaces_and_labels(cluster, kubectl):
    make(cluster, pod("p1"))
    out = cluster.kubectl("get", "pods", "-o", "wide", binary=kubectl)
    assert "NOMINATED NODE" in out and "READINESS GATES" in out and "<none>" in out, out
    out = cluster.kubectl("get", "pods", "-A", "--show-labels", binary=kubectl, namespaced=False)
    assert out.splitlines()[0].split()[0] == "NAMESPACE" and "LABELS" in out, out
    out = cluster.kubectl("get", "pods", "--sort-by=.metadata.name", binary=kubectl)
    assert "p1" in out and "<unknown>" not in out, out
    gone(cluster, ("pods", "p1"))


@row
def get_yaml_json_jsonpath(cluster, kubectl):
    make(cluster, claim("c1", labels={"a": "b"}))
    document = json.loads(cluster.kubectl("get", "resourceclaim", "c1", "-o", "json", binary=kubectl))
    assert document["kind"] == "ResourceClaim" and document["apiVersion"] == "resource.k8s.io/v1"
    assert document["spec"]["devices"]["requests"][0]["exactly"]["count"] == 1, "defaults"
    assert document["spec"]["devices"]["requests"][0]["exactly"]["allocationMode"] == "ExactCount"
    text = cluster.kubectl("get", "resourceclaim", "c1", "-o", "yaml", binary=kubectl)
    assert "deviceClassName: gpu.example.com" in text and "uid:" in text, text
    assert cluster.kubectl("get", "resourceclaim", "c1", "-o", "jsonpath={.metadata.labels.a}", binary=kubectl) == "b"
    assert cluster.kubectl("get", "resourceclaim", "-o", "name", binary=kubectl).split() == [
        "resourceclaim.resource.k8s.io/c1"]
    listed = json.loads(cluster.kubectl("get", "resourceclaims", "-o", "json", binary=kubectl))
    assert [item["kind"] for item in listed["items"]] == ["ResourceClaim"]
    gone(cluster, ("resourceclaims", "c1"))


@row
def get_missing_says_not_found(cluster, kubectl):
    err = cluster.kubectl("get", "resourceclaim", "c9", fails=True, binary=kubectl)
    assert 'Error from server (NotFound): resourceclaims.resource.k8s.io "c9" not found' in err, err
    err = cluster.kubectl("get", "nonsense", fails=True, binary=kubectl)
    assert 'the server doesn\'t have a resource type "nonsense"' in err, err


@row
def describe_shows_events(cluster, kubectl):
    make(cluster, claim("c1"), pod("p1"))
    live = cluster.api.get(cluster.path("resourceclaims", "c1"))
    cluster.api.create(cluster.path("events", group="v1"), {
        "metadata": {"generateName": "c1-"}, "reason": "Tested", "message": "a test looked at it", "type": "Normal",
        "involvedObject": {"kind": "ResourceClaim", "apiVersion": "resource.k8s.io/v1", "name": "c1",
                           "namespace": cluster.namespace, "uid": live["metadata"]["uid"]}})
    out = cluster.kubectl("describe", "resourceclaim", "c1", binary=kubectl)
    assert "Device Class Name:  gpu.example.com" in out and "a test looked at it" in out, out
    out = cluster.kubectl("describe", "pod", "p1", binary=kubectl)
    assert "Image:" in out and "busybox" in out and "QoS Class:" in out, out
    out = cluster.kubectl("describe", "nodes", binary=kubectl, namespaced=False)
    assert "Hostname:" in out, out
    gone(cluster, ("resourceclaims", "c1"), ("pods", "p1"))


@row
def events_are_listed(cluster, kubectl):
    cluster.api.create(cluster.path("events", group="v1"), {
        "metadata": {"generateName": "x-"}, "reason": "Tested", "message": " some text \n", "type": "Warning",
        "lastTimestamp": "2020-01-01T00:00:00Z",
        "involvedObject": {"kind": "Pod", "name": "x", "namespace": cluster.namespace}})
    out = cluster.kubectl("get", "events", binary=kubectl)
    assert out.splitlines()[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"], out
    assert "pod/x" in out and "some text" in out, out
    if cluster.minor(kubectl) >= 23:
        out = cluster.kubectl("events", binary=kubectl)
        assert "Tested" in out, out


@row
def watch_prints_changes(cluster, kubectl):
    process = subprocess.Popen([kubectl, "-n", cluster.namespace, "get", "resourceclaims", "-w"],
                               env=cluster.environment(), stdout=subprocess.PIPE, text=True)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    try:
        time.sleep(0.5)
        make(cluster, claim("w1"))
        wait_for(lambda: any("w1" in line for line in lines), "the new claim in get -w")
        cluster.api.patch(cluster.path("resourceclaims", "w1"), {"metadata": {"labels": {"x": "y"}}})
        wait_for(lambda: sum("w1" in line for line in lines) >= 2, "the change in get -w")
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
    gone(cluster, ("resourceclaims", "w1"))


@row
def apply_client_side(cluster, kubectl):
    whole = claim("a1", labels={"v": "1"})  # with what are defaults, which kubectl takes for changes
    whole["spec"]["devices"]["requests"][0]["exactly"].update({"allocationMode": "ExactCount", "count": 1})
    manifest = json.dumps(whole)
    assert "created" in cluster.kubectl("apply", "-f", "-", stdin=manifest, binary=kubectl)
    assert "unchanged" in cluster.kubectl("apply", "-f", "-", stdin=manifest, binary=kubectl)
    whole["metadata"]["labels"] = {"w": "2"}
    manifest = json.dumps(whole)
    assert "configured" in cluster.kubectl("apply", "-f", "-", stdin=manifest, binary=kubectl)
    assert cluster.api.get(cluster.path("resourceclaims", "a1"))["metadata"]["labels"] == {"w": "2"}
    changed = claim("a1", device_class="other", labels={"w": "2"})
    err = cluster.kubectl("apply", "-f", "-", stdin=json.dumps(changed), binary=kubectl, fails=True)
    assert "field is immutable" in err and "spec" in err, err
    assert "deleted" in cluster.kubectl("delete", "-f", "-", stdin=manifest, binary=kubectl)


@row
def apply_server_side_and_conflicts(cluster, kubectl):
    name = "ssa.%s" % cluster.namespace
    manifest = CLASS % name
    apply = ("apply", "--server-side", "-f", "-")
    assert "serverside-applied" in cluster.kubectl(*apply, stdin=manifest, binary=kubectl)
    live = cluster.api.get("/apis/resource.k8s.io/v1/deviceclasses/" + name)
    assert live["metadata"]["managedFields"][0]["operation"] == "Apply", live
    assert live["metadata"]["generation"] == 1
    other = manifest.replace("gpu.example.com\"", "nic.example.com\"")
    err = cluster.kubectl(*apply, "--field-manager=other", stdin=other, binary=kubectl, fails=True)
    assert "Apply failed with 1 conflict" in err and ".spec.selectors" in err, err
    cluster.kubectl(*apply, "--field-manager=other", "--force-conflicts", stdin=other, binary=kubectl)
    live = cluster.api.get("/apis/resource.k8s.io/v1/deviceclasses/" + name)
    assert "nic.example.com" in json.dumps(live["spec"]) and live["metadata"]["generation"] == 2, live
    cluster.kubectl("delete", "deviceclass", name, binary=kubectl, namespaced=False)


@row
def create_and_delete(cluster, kubectl):
    out = cluster.kubectl("create", "-f", "-", stdin=json.dumps(claim("d1")), binary=kubectl)
    assert "resourceclaim.resource.k8s.io/d1 created" in out, out
    err = cluster.kubectl("create", "-f", "-", stdin=json.dumps(claim("d1")), binary=kubectl, fails=True)
    assert 'resourceclaims.resource.k8s.io "d1" already exists' in err and "AlreadyExists" in err, err
    assert 'resourceclaim.resource.k8s.io "d1" deleted' in cluster.kubectl("delete", "resourceclaim", "d1",
                                                                           binary=kubectl)
    make(cluster, claim("d2", labels={"k": "v"}), claim("d3", labels={"k": "v"}), claim("d4"))
    cluster.kubectl("delete", "resourceclaims", "-l", "k=v", binary=kubectl)
    left = cluster.kubectl("get", "resourceclaims", "-o", "name", binary=kubectl).split()
    assert left == ["resourceclaim.resource.k8s.io/d4"], left
    cluster.kubectl("delete", "resourceclaims", "--all", binary=kubectl)


@row
def create_namespace_and_auth(cluster, kubectl):
    """Typed commands, which send protobuf since 1.32."""
    name = "%s-typed-%d" % (cluster.namespace, cluster.minor(kubectl))
    assert "created" in cluster.kubectl("create", "namespace", name, binary=kubectl, namespaced=False)
    assert cluster.kubectl("auth", "can-i", "create", "pods", binary=kubectl).strip() == "yes"
    assert "*" in cluster.kubectl("auth", "can-i", "--list", binary=kubectl)
    if cluster.minor(kubectl) >= 30:
        assert "Username" in cluster.kubectl("auth", "whoami", binary=kubectl, namespaced=False)
    code, _ = cluster.api.call("DELETE", "/api/v1/namespaces/" + name)
    assert code == 200


@row
def patch_three_ways(cluster, kubectl):
    make(cluster, pod("p1", tolerations=[{"key": "a", "operator": "Exists"}]))

    def patch(kind, text):
        cluster.kubectl("patch", "pod", "p1", "--type", kind, "-p", text, binary=kubectl)
        return cluster.api.get(cluster.path("pods", "p1", group="v1"))

    live = patch("merge", '{"metadata":{"labels":{"m":"1","n":"2"}}}')
    assert live["metadata"]["labels"] == {"m": "1", "n": "2"}
    live = patch("merge", '{"metadata":{"labels":{"m":null}}}')
    assert live["metadata"]["labels"] == {"n": "2"}
    live = patch("json", '[{"op":"test","path":"/metadata/labels/n","value":"2"},'
                         '{"op":"add","path":"/metadata/labels/o","value":"3"}]')
    assert live["metadata"]["labels"] == {"n": "2", "o": "3"}
    live = patch("strategic", '{"spec":{"containers":[{"name":"c","image":"busybox:2"}]}}')
    assert live["spec"]["containers"][0]["image"] == "busybox:2" and len(live["spec"]["containers"]) == 1
    err = cluster.kubectl("patch", "pod", "p1", "--type", "json", "-p",
                          '[{"op":"test","path":"/metadata/labels/n","value":"9"}]', binary=kubectl, fails=True)
    assert "invalid" in err, err
    gone(cluster, ("pods", "p1"))


@row
def label_and_annotate(cluster, kubectl):
    make(cluster, claim("l1"))
    assert "labeled" in cluster.kubectl("label", "resourceclaim", "l1", "a=1", binary=kubectl)
    err = cluster.kubectl("label", "resourceclaim", "l1", "a=2", binary=kubectl, fails=True)
    assert "already has a value" in err, err
    cluster.kubectl("label", "resourceclaim", "l1", "a=2", "--overwrite", binary=kubectl)
    cluster.kubectl("annotate", "resourceclaim", "l1", "note=a longer text", binary=kubectl)
    meta = cluster.api.get(cluster.path("resourceclaims", "l1"))["metadata"]
    assert meta["labels"] == {"a": "2"} and meta["annotations"]["note"] == "a longer text", meta
    cluster.kubectl("label", "resourceclaim", "l1", "a-", binary=kubectl)
    assert "labels" not in cluster.api.get(cluster.path("resourceclaims", "l1"))["metadata"]
    gone(cluster, ("resourceclaims", "l1"))


@row
def wait_for_condition_and_delete(cluster, kubectl):
    make(cluster, pod("p1"))
    status = cluster.path("pods", "p1", "status", group="v1")

    def later():
        time.sleep(0.7)
        cluster.api.patch(status, {"status": {"conditions": [{"type": "Ready", "status": "True"}]}})

    thread = threading.Thread(target=later)
    thread.start()
    out = cluster.kubectl("wait", "--for=condition=Ready", "pod/p1", "--timeout=15s", binary=kubectl)
    assert "condition met" in out, out
    thread.join()
    thread = threading.Thread(target=lambda: (time.sleep(0.7), gone(cluster, ("pods", "p1"))))
    thread.start()
    cluster.kubectl("wait", "--for=delete", "pod/p1", "--timeout=15s", binary=kubectl)
    thread.join()


@row
def api_resources_and_versions(cluster, kubectl):
    out = cluster.kubectl("api-resources", binary=kubectl, namespaced=False)
    for plural in ("resourceclaims", "resourceslices", "deviceclasses", "resourceclaimtemplates", "leases", "pods"):
        assert plural in out, out
    out = cluster.kubectl("api-versions", binary=kubectl, namespaced=False)
    for version in ("v1", "resource.k8s.io/v1", "resource.k8s.io/v1beta1", "resource.k8s.io/v1beta2"):
        assert version in out.split(), out
    if cluster.minor(kubectl) < 99:  # one that knows its own version
        assert "Server Version" in cluster.kubectl("version", binary=kubectl, namespaced=False)


@row
def explain_fields(cluster, kubectl):
    out = cluster.kubectl("explain", "resourceclaim.spec.devices.requests.exactly", binary=kubectl)
    assert "deviceClassName" in out and "allocationMode" in out and "DESCRIPTION" in out, out


@row
def dry_run_server_stores_nothing(cluster, kubectl):
    out = cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=json.dumps(claim("x1")),
                          binary=kubectl)
    assert json.loads(out)["metadata"]["uid"], out
    assert cluster.api.call("GET", cluster.path("resourceclaims", "x1"))[0] == 404
    make(cluster, claim("x1"))
    cluster.kubectl("delete", "resourceclaim", "x1", "--dry-run=server", binary=kubectl)
    cluster.kubectl("label", "resourceclaim", "x1", "a=b", "--dry-run=server", binary=kubectl)
    assert "labels" not in cluster.api.get(cluster.path("resourceclaims", "x1"))["metadata"]
    gone(cluster, ("resourceclaims", "x1"))


@row
def diff_shows_what_apply_would_do(cluster, kubectl):
    make(cluster, claim("x1"))
    changed = json.dumps(claim("x1", labels={"new": "label"}))
    done = subprocess.run([kubectl, "-n", cluster.namespace, "diff", "-f", "-"], input=changed, text=True,
                          env=cluster.environment(), capture_output=True, timeout=60)
    assert done.returncode == 1 and "+    new: label" in done.stdout, (done.returncode, done.stdout, done.stderr)
    gone(cluster, ("resourceclaims", "x1"))


@row
def typos_are_refused(cluster, kubectl):
    bad = claim("t1")
    bad["spec"]["devices"]["requests"][0]["exactly"]["deviceClasName"] = "x"
    err = cluster.kubectl("apply", "-f", "-", stdin=json.dumps(bad), binary=kubectl, fails=True)
    assert "unknown field" in err and "deviceClasName" in err, err
    bad = claim("Upper_Case")
    err = cluster.kubectl("create", "-f", "-", stdin=json.dumps(bad), binary=kubectl, fails=True)
    assert 'The ResourceClaim "Upper_Case" is invalid' in err and "metadata.name" in err, err


@row
def replace_needs_the_latest(cluster, kubectl):
    make(cluster, claim("r1"))
    live = cluster.api.get(cluster.path("resourceclaims", "r1"))
    live["metadata"]["labels"] = {"a": "b"}
    assert "replaced" in cluster.kubectl("replace", "-f", "-", stdin=json.dumps(live), binary=kubectl)
    live["metadata"]["labels"] = {"a": "c"}
    err = cluster.kubectl("replace", "-f", "-", stdin=json.dumps(live), binary=kubectl, fails=True)
    assert "the object has been modified; please apply your changes to the latest version and try again" in err, err
    assert "replaced" in cluster.kubectl("replace", "--force", "-f", "-", stdin=json.dumps(claim("r1")),
                                         binary=kubectl)
    gone(cluster, ("resourceclaims", "r1"))


@row
def pages_of_lists(cluster, kubectl):
    make(cluster, *[claim("page-%02d" % i) for i in range(7)])
    out = cluster.kubectl("get", "resourceclaims", "--chunk-size=3", "-o", "name", binary=kubectl)
    assert len(out.split()) == 7, out
    gone(cluster, *[("resourceclaims", "page-%02d" % i) for i in range(7)])


@row(own_server=True)
def cordon_and_taint(cluster, kubectl):
    cluster.kubectl("cordon", "node-1", binary=kubectl, namespaced=False)
    assert "SchedulingDisabled" in cluster.kubectl("get", "nodes", binary=kubectl, namespaced=False)
    cluster.kubectl("uncordon", "node-1", binary=kubectl, namespaced=False)
    cluster.kubectl("taint", "node", "node-1", "k=v:NoSchedule", binary=kubectl, namespaced=False)
    assert cluster.api.get("/api/v1/nodes/node-1")["spec"]["taints"] == [
        {"key": "k", "value": "v", "effect": "NoSchedule"}]
    cluster.kubectl("taint", "node", "node-1", "k-", binary=kubectl, namespaced=False)
    assert "taints" not in cluster.api.get("/api/v1/nodes/node-1")["spec"]


@row
def edit_status_subresource(cluster, kubectl):
    if cluster.minor(kubectl) < 24:
        return  # this one has no --subresource
    make(cluster, pod("p1"))
    cluster.kubectl("patch", "pod", "p1", "--subresource=status", "--type=merge", "-p",
                    '{"status":{"message":"by hand"}}', binary=kubectl)
    assert cluster.api.get(cluster.path("pods", "p1", group="v1"))["status"]["message"] == "by hand"
    gone(cluster, ("pods", "p1"))
