# SPDX-License-Identifier: Apache-2.0
"""Writes, and what is refused: creating, changing, deleting, admission, and requests that mean no good."""

import json
import stat
import subprocess

from harness import wait_for
from rows import TABLE, claim, collector, pod, refused

ROWS = {}
row = collector(ROWS, with_kubectl=False)


# --- creating ---


@row
def server_fills_metadata(cluster):
    made = cluster.api.create(cluster.path("resourceclaims"), {
        "metadata": {"generateName": "gen-", "uid": "mine", "generation": 7}, "spec": claim("x")["spec"],
        "status": {"reservedFor": [{"resource": "pods", "name": "p", "uid": "u"}]}})
    meta = made["metadata"]
    assert meta["name"].startswith("gen-") and len(meta["name"]) == 9, meta
    assert meta["uid"] != "mine" and meta["namespace"] == cluster.namespace and meta["creationTimestamp"]
    assert int(meta["resourceVersion"]) > 0 and made["status"] == {}, made
    assert meta["managedFields"][0]["operation"] == "Update"


@row
def refusals_in_kubernetes_words(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    api.create(path, claim("c2"))
    refused(api.call("GET", path + "/c9"), 404, "NotFound", 'resourceclaims.resource.k8s.io "c9" not found')
    status = refused(api.call("POST", path, claim("c2")), 409, "AlreadyExists",
                     'resourceclaims.resource.k8s.io "c2" already exists')
    assert status["details"] == {"name": "c2", "group": "resource.k8s.io", "kind": "resourceclaims"}, status
    status = refused(api.call("POST", path, claim("Z_")), 422, "Invalid",
                     'ResourceClaim.resource.k8s.io "Z_" is invalid: metadata.name: Invalid value: "Z_"')
    assert status["details"]["causes"][0]["field"] == "metadata.name"
    assert status["details"]["kind"] == "ResourceClaim"
    refused(api.call("POST", path, "{nonsense"), 400, "BadRequest",
            "the object provided is unrecognized (must be of type ResourceClaim)")
    refused(api.call("POST", path, pod("p")), 400, "BadRequest", "cannot be handled as a ResourceClaim")
    wrong = claim("c3")
    wrong["spec"]["devices"]["requests"] = "text"
    refused(api.call("POST", path, wrong), 400, "BadRequest",
            'ResourceClaim in version "v1" cannot be handled as a ResourceClaim')
    refused(api.call("POST", path, claim("c3", namespace="elsewhere")), 400, "BadRequest",
            "the namespace of the provided object does not match the namespace sent on the request")
    nowhere = "/apis/resource.k8s.io/v1/namespaces/nowhere/resourceclaims"
    refused(api.call("POST", nowhere, claim("c3")), 404, "NotFound", 'namespaces "nowhere" not found')
    refused(api.call("POST", path, b"x", {"Content-Type": "text/html"}), 415, "UnsupportedMediaType",
            "the body of the request was in an unknown format")
    refused(api.call("GET", path, headers={"Accept": "text/html"}), 406, "NotAcceptable",
            "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml")
    refused(api.call("PUT", path, claim("c2")), 405, "MethodNotAllowed", "does not allow this method")


@row
def expressions_are_compiled(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")

    def with_expression(name, text):
        body = claim(name)
        body["spec"]["devices"]["requests"][0]["exactly"]["selectors"] = [{"cel": {"expression": text}}]
        return api.call("POST", path, body)

    code, answer = with_expression("good", 'device.attributes["gpu.example.com"].model == "x"')
    assert code == 201, answer
    field = "spec.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value"
    refused(with_expression("open", "device.driver =="), 422, "Invalid", field)
    refused(with_expression("unknown", "device.nonsense == 1"), 422, "Invalid", "undefined field 'nonsense'")
    refused(with_expression("number", "1 + 2"), 422, "Invalid", "must evaluate to bool")
    all_of = "device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, "
    refused(with_expression("dear", all_of + "device.attributes.all(e, e == a)))))"), 422, "Invalid", "cost")


@row
def unknown_fields_by_field_validation(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    body = claim("v1")
    body["bogus"] = 1
    body["metadata"]["foo"] = 2
    status = refused(api.call("POST", path + "?fieldValidation=Strict", body), 400, "BadRequest",
                     'ResourceClaim in version "v1" cannot be handled as a ResourceClaim: strict decoding error: ')
    assert 'unknown field "metadata.foo"' in status["message"] and 'unknown field "bogus"' in status["message"]
    code, made = api.call("POST", path + "?fieldValidation=Warn", body)
    assert code == 201 and 'unknown field \\"bogus\\"' in " ".join(api.last_headers.get_all("Warning"))
    assert "bogus" not in made
    body["metadata"]["name"] = "v2"
    code, _ = api.call("POST", path + "?fieldValidation=Ignore", body)
    assert code == 201 and not api.last_headers.get_all("Warning")
    twice = json.dumps(claim("v3")).replace('"spec"', '"kind": "ResourceClaim", "spec"')
    refused(api.call("POST", path + "?fieldValidation=Strict", twice), 400, "BadRequest", 'duplicate field "kind"')


# --- changing ---


@row
def optimistic_concurrency(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    first = api.create(path, claim("c1"))
    labelled = api.patch(path + "/c1", {"metadata": {"labels": {"a": "b"}}})
    assert int(labelled["metadata"]["resourceVersion"]) > int(first["metadata"]["resourceVersion"])
    same = api.patch(path + "/c1", {"metadata": {"labels": {"a": "b"}}})
    assert same["metadata"]["resourceVersion"] == labelled["metadata"]["resourceVersion"], "no change, no version"
    refused(api.call("PUT", path + "/c1", first), 409, "Conflict",
            'Operation cannot be fulfilled on resourceclaims.resource.k8s.io "c1": the object has been modified; '
            "please apply your changes to the latest version and try again")
    code, answer = api.call("PATCH", path + "/c1",
                            json.dumps({"metadata": {"resourceVersion": first["metadata"]["resourceVersion"]}}),
                            {"Content-Type": "application/merge-patch+json"})
    assert code == 409, answer
    unconditional = {**labelled, "metadata": {"name": "c1", "labels": {"c": "d"}}}
    code, answer = api.call("PUT", path + "/c1", unconditional)
    assert code == 200 and answer["metadata"]["labels"] == {"c": "d"}, answer
    assert answer["metadata"]["uid"] == first["metadata"]["uid"]


@row
def status_is_a_door_of_its_own(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    made = api.create(path, claim("c1", finalizers=["resource.kubernetes.io/delete-protection"]))
    allocation = {"devices": {"results": [{"request": "gpu", "driver": "gpu.example.com", "pool": "n1",
                                           "device": "gpu-0"}]}}
    made["status"] = {"allocation": allocation}
    made["metadata"]["labels"] = {"a": "b"}
    code, answer = api.call("PUT", path + "/c1", made)
    assert code == 200 and answer["status"] == {}, answer
    answer["status"] = {"allocation": allocation}
    answer["metadata"]["labels"] = {"z": "z"}
    code, answer = api.call("PUT", path + "/c1/status", answer)
    assert code == 200 and answer["status"]["allocation"] == allocation, answer
    assert answer["metadata"]["labels"] == {"a": "b"}, answer
    user = {"apiGroup": "example.com", "resource": "jobs", "name": "j", "uid": "u"}  # a pod would be looked for
    reserved = {"status": {"reservedFor": [user]}}
    api.patch(path + "/c1/status", reserved)
    table = api.get(path + "/c1", Accept=TABLE)
    assert table["rows"][0]["cells"][1] == "allocated,reserved", table
    api.patch(path + "/c1/status", {"status": None})
    api.patch(path + "/c1", {"metadata": {"finalizers": None}})


@row
def apply_needs_a_manager_and_a_name(cluster):
    api, path = cluster.api, cluster.path("resourceclaims", "c1")
    kind = {"Content-Type": "application/apply-patch+yaml"}
    refused(api.call("PATCH", path, json.dumps(claim("c1")), kind), 422, "Invalid",
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch')
    nameless = claim("c1")
    del nameless["metadata"]["name"]
    refused(api.call("PATCH", path + "?fieldManager=m", json.dumps(nameless), kind), 400, "BadRequest",
            "the name of the object (c1 based on URL) was undeterminable: name must be provided")
    code, made = api.call("PATCH", path + "?fieldManager=m", json.dumps(claim("c1")), kind)
    assert code == 201 and made["metadata"]["managedFields"][0]["manager"] == "m", made
    code, again = api.call("PATCH", path + "?fieldManager=m", json.dumps(claim("c1")), kind)
    assert code == 200 and again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"], again
    yaml = "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c1, labels: {by: yaml}}\n"
    code, changed = api.call("PATCH", path + "?fieldManager=y", yaml, kind)
    assert code == 200 and changed["metadata"]["labels"] == {"by": "yaml"}, changed
    status = refused(api.call("PATCH", path + "?fieldManager=z", yaml.replace("yaml}", "z}"), kind), 409, "Conflict",
                     "Apply failed with 1 conflict")
    assert status["details"]["causes"][0]["reason"] == "FieldManagerConflict"
    assert status["details"]["causes"][0]["field"] == ".metadata.labels.by", status
    refused(api.call("PATCH", path, "{}", {"Content-Type": "text/plain"}), 415, "UnsupportedMediaType",
            "415: Unsupported Media Type")


# --- deleting ---


@row
def finalizers_and_preconditions(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    made = api.create(path, claim("c1", finalizers=["example.com/hold"]))
    status = refused(api.call("DELETE", path + "/c1", {"preconditions": {"uid": "other"}}), 409, "Conflict",
                     'on ResourceClaim.resource.k8s.io "c1": the UID in the precondition (other) does not match the '
                     f'UID in record ({made["metadata"]["uid"]}). The object might have been deleted and then recreated')
    assert status["details"]["kind"] == "ResourceClaim", status
    code, answer = api.call("DELETE", path + "/c1")
    assert code == 200 and answer["metadata"]["deletionTimestamp"], answer
    held = api.get(path + "/c1")
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    again = api.call("DELETE", path + "/c1")[1]
    assert again["metadata"]["resourceVersion"] == held["metadata"]["resourceVersion"], "a second delete changes nothing"
    api.patch(path + "/c1", {"metadata": {"finalizers": None}})
    assert api.call("GET", path + "/c1")[0] == 404
    api.create(path, claim("c2"))
    code, answer = api.call("DELETE", path + "/c2")
    assert code == 200 and answer["metadata"]["name"] == "c2" and answer["spec"], "claims answer with themselves"
    events = cluster.path("events", group="v1")
    api.create(events, {"metadata": {"name": "e"}, "involvedObject": {"namespace": cluster.namespace}})
    code, answer = api.call("DELETE", events + "/e")
    assert code == 200 and answer["status"] == "Success" and answer["details"]["name"] == "e", answer


@row
def pods_end_gracefully(cluster):
    api, path = cluster.api, cluster.path("pods", group="v1")
    api.create(path, pod("waiting", schedulerName="by-hand"))
    assert api.call("DELETE", path + "/waiting")[0] == 200
    assert api.call("GET", path + "/waiting")[0] == 404, "a pod without a node needs no grace"
    api.create(path, pod("bound", nodeName="node-1"))
    code, answer = api.call("DELETE", path + "/bound", {"gracePeriodSeconds": 20})
    assert code == 200 and answer["metadata"]["deletionGracePeriodSeconds"] == 20, answer
    assert api.get(path + "/bound", Accept=TABLE)["rows"][0]["cells"][2] == "Terminating"
    api.call("DELETE", path + "/bound", {"gracePeriodSeconds": 0})
    assert api.call("GET", path + "/bound")[0] == 404


@row
def delete_many(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    for i in range(4):
        api.create(path, claim("c%d" % i, labels={"even": str(i % 2 == 0)}))
    code, answer = api.call("DELETE", path + "?labelSelector=even%3DTrue")
    assert code == 200 and len(answer["items"]) == 2, answer
    assert [i["metadata"]["name"] for i in api.get(path)["items"]] == ["c1", "c3"]
    slices = "/apis/resource.k8s.io/v1/resourceslices"
    name = "s-" + cluster.namespace
    for node in ("a", "b"):
        api.create(slices, {"metadata": {"name": name + node}, "spec": {
            "driver": "x.example.com", "nodeName": name + node,
            "pool": {"name": node, "generation": 1, "resourceSliceCount": 1}, "devices": []}})
    api.call("DELETE", slices + "?fieldSelector=spec.nodeName%3D" + name + "a")
    left = api.get(slices + "?fieldSelector=spec.driver%3Dx.example.com")["items"]
    assert [s["metadata"]["name"] for s in left if s["metadata"]["name"].startswith(name)] == [name + "b"]
    api.call("DELETE", slices + "/" + name + "b")


# --- pods and what admission does ---


@row
def binding_and_eviction(cluster):
    api, path = cluster.api, cluster.path("pods", group="v1")
    api.create(path, pod("p1", schedulerName="by-hand"))
    binding = {"metadata": {"name": "p1"}, "target": {"kind": "Node", "name": "node-1"}}
    refused(api.call("POST", path + "/p1/binding", {"target": binding["target"]}), 400, "BadRequest",
            "name in URL does not match name in Binding object")
    code, answer = api.call("POST", path + "/p1/binding", binding)
    assert code == 201, answer
    live = api.get(path + "/p1")
    assert live["spec"]["nodeName"] == "node-1"
    assert {c["type"]: c["status"] for c in live["status"]["conditions"]} == {"PodScheduled": "True"}
    refused(api.call("POST", path + "/p1/binding", {**binding, "target": {"name": "other"}}), 409, "Conflict",
            'pod p1 is already assigned to node "node-1"')
    code, answer = api.call("POST", path + "/p1/eviction", {"metadata": {"name": "p1"},
                                                            "deleteOptions": {"gracePeriodSeconds": 0}})
    assert code in (200, 201), answer
    assert api.call("GET", path + "/p1")[0] == 404


@row(own_server=True)
def pods_are_gated_until_claims_are_decided(cluster):
    api, pods = cluster.api, cluster.path("pods", group="v1")
    name = "ours." + cluster.namespace
    api.create("/apis/resource.k8s.io/v1/deviceclasses", {"metadata": {
        "name": name, "labels": {"tranche.dev/allocator": "controller"}}})
    api.create(cluster.path("resourceclaims"), claim("ours", device_class=name))
    api.create(cluster.path("resourceclaims"), claim("theirs"))

    def gates(pod_name, **source):
        body = pod(pod_name, resourceClaims=[{"name": "gpu", **source}])
        return api.create(pods, body)["spec"].get("schedulingGates")

    assert gates("p1", resourceClaimName="ours") == [{"name": "tranche.dev/allocate"}]
    assert gates("p2", resourceClaimName="theirs") is None
    assert gates("p3", resourceClaimTemplateName="not-yet") == [{"name": "tranche.dev/allocate"}]
    assert gates("p4", resourceClaimName="not-yet") == [{"name": "tranche.dev/allocate"}]
    bound = pod("p5", nodeName="node-1", resourceClaims=[{"name": "gpu", "resourceClaimName": "ours"}])
    assert "schedulingGates" not in api.create(pods, bound)["spec"]
    assert api.get(pods + "/p1", Accept=TABLE)["rows"][0]["cells"][2] == "SchedulingGated"
    binding = {"metadata": {"name": "p1"}, "target": {"name": "node-1"}}
    refused(api.call("POST", pods + "/p1/binding", binding), 409, "Conflict",
            "has non-empty .spec.schedulingGates")
    opened = api.patch(pods + "/p1", {"spec": {"schedulingGates": None}})
    assert "schedulingGates" not in opened["spec"], opened


@row
def admin_access_needs_a_labelled_namespace(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    body = claim("admin")
    body["spec"]["devices"]["requests"][0]["exactly"]["adminAccess"] = True
    refused(api.call("POST", path, body), 422, "Invalid", "admin access to devices requires the "
            "`resource.kubernetes.io/admin-access: true` label on the containing namespace")
    api.patch("/api/v1/namespaces/" + cluster.namespace,
              {"metadata": {"labels": {"resource.kubernetes.io/admin-access": "true"}}})
    api.create(path, body)


@row(own_server=True, flags=("--feature-gates", "DRAAdminAccess=false"))
def fields_of_closed_gates_are_dropped(cluster):
    body = claim("admin")
    body["spec"]["devices"]["requests"][0]["exactly"]["adminAccess"] = True
    made = cluster.api.create(cluster.path("resourceclaims"), body)
    assert "adminAccess" not in json.dumps(made["spec"]), made


@row(own_server=True, flags=("--feature-gates", "DRANodeAllocatableResources=true"))
def slices_want_nodes_that_know_their_fields(cluster):
    slices = "/apis/resource.k8s.io/v1/resourceslices"
    body = {"metadata": {"name": "cpus"}, "spec": {
        "driver": "cpu.example.com", "nodeName": "node-1",
        "pool": {"name": "node-1", "generation": 1, "resourceSliceCount": 1},
        "devices": [{"name": "socket-0", "capacity": {"cpu": {"value": "4"}}, "nodeAllocatableResources": {
            "cpu": {"mapping": {"capacityKey": "cpu", "capacityMultiplier": "1"}}}}]}}
    cluster.api.create(slices + "?dryRun=All", body)
    cluster.api.create("/api/v1/nodes", {"metadata": {"name": "old", "labels": {"age": "old"}}})
    text = 'resourceslices.resource.k8s.io "cpus" is forbidden: node "old" does not support DRANodeAllocatableResources'
    selector = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "age", "operator": "Exists"}]}]}
    for place in ({"nodeName": "old"}, {"allNodes": True}, {"nodeSelector": selector}):
        spec = {**{name: value for name, value in body["spec"].items() if name != "nodeName"}, **place}
        refused(cluster.api.call("POST", slices, {**body, "spec": spec}), 403, "Forbidden", text)
    body["spec"]["nodeName"] = "nobody"
    refused(cluster.api.call("POST", slices, body), 403, "Forbidden", 'node "nobody" not found for device "socket-0"')


@row(own_server=True)
def secrets_are_the_owners_and_flags_are_checked(cluster):
    for path in (cluster.home / "kubeconfig", cluster.home / "data/token", cluster.home / "data/ca.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    binary = cluster.command[0]
    for flags, complaint in ((["--listen", "0.0.0.0:0"], "not an address of loopback"),
                             (["--listen", "127.0.0.1"], "want ADDRESS:PORT"),
                             (["--roles", "cook"], "want cluster, node or none"),
                             (["--feature-gates", "Nonsense=true"], "unrecognized feature gate: Nonsense"),
                             (["--kube-version", "9.9"], "9.9")):
        done = subprocess.run([binary, "--data-dir", cluster.home / "other", "--listen", "127.0.0.1:0", *flags],
                              capture_output=True, text=True, timeout=30)
        assert done.returncode != 0 and complaint in done.stderr, (flags, done)


@row
def namespaces_end_in_two_steps(cluster):
    api, name = cluster.api, cluster.namespace + "-end"
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    code, answer = api.call("DELETE", "/api/v1/namespaces/" + name)
    assert code == 200 and answer["status"]["phase"] == "Terminating", answer
    refused(api.call("DELETE", "/api/v1/namespaces/default"), 403, "Forbidden", "this namespace may not be deleted")
    if not cluster.own:
        return  # a real cluster ends it by itself
    status = refused(api.call("POST", f"/apis/resource.k8s.io/v1/namespaces/{name}/resourceclaims", claim("c")), 403,
                     "Forbidden", f"unable to create new content in namespace {name} because it is being terminated")
    assert status["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    answer["spec"] = {}
    assert api.call("PUT", f"/api/v1/namespaces/{name}/finalize", answer)[0] == 200
    wait_for(lambda: api.call("GET", "/api/v1/namespaces/" + name)[0] == 404, "the end of the namespace")


@row(own_server=True)
def leases_are_made_by_put(cluster):
    api = cluster.api
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1"
    body = {"metadata": {"name": "node-1"}, "spec": {"holderIdentity": "node-1", "leaseDurationSeconds": 40,
                                                     "renewTime": "2026-01-01T00:00:00.000000Z"}}
    code, made = api.call("PUT", path, body)
    assert code == 201 and made["spec"]["renewTime"] == "2026-01-01T00:00:00.000000Z", made
    code, _ = api.call("PUT", path, made)
    assert code == 200


@row(own_server=True)
def hostile_requests_leave_the_server_up(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    assert api.call("POST", path, deep)[0] == 400
    assert api.call("POST", path, '{"metadata":{"name":"' + "x" * (4 << 20) + '"}}')[0] == 413
    assert api.call("GET", path + "/%00")[0] in (400, 404)
    assert api.call("GET", path + "/%ff")[0] == 404
    assert api.call("POST", "/apis/resource.k8s.io/v1/namespaces/%ff/resourceclaims", claim("x"))[0] == 404
    assert api.call("POST", path + "?fieldManager=%ff", claim("x"))[0] == 400
    assert api.call("POST", path + "?fieldManager=" + "x" * 200, claim("x"))[0] == 400
    assert api.call("GET", path + "?fieldSelector=%ff%3D%ff")[0] == 400
    many = json.dumps({**claim("many"), **{"bogus%d" % i: 1 for i in range(2000)}})
    assert api.call("POST", path, many)[0] == 201 and len(api.last_headers.get_all("Warning")) == 50
    assert api.call("GET", path + "?labelSelector=" + "a," * 5000)[0] in (400, 414, 431)
    assert api.call("GET", path + "?fieldSelector=metadata.name%3D%5C")[0] == 400
    assert api.call("GET", path + "?limit=-1")[0] == 400
    assert api.call("GET", "/" + "a/" * 3000)[0] in (404, 414, 431)
    for body in (b"k8s\0", b"k8s\0\x0a\xff", b"k8s\0" + b"\x12\x05\x08\xff\xff\xff\xff", b"nonsense"):
        code, _ = api.call("POST", "/api/v1/namespaces", body, {"Content-Type": "application/vnd.kubernetes.protobuf"})
        assert code in (400, 415), (body, code)
    for body in ("null", "[]", "3", '"x"', '{"metadata":3}', '{"metadata":{"name":{}}}', '{"spec":null}',
                 '{"metadata":{"labels":[]}}'):
        code, answer = api.call("POST", path, body)
        assert code in (400, 422), (body, code, answer)
    for patch in ("null", "[]", "3", '[{"op":"add"}]', '[{"op":"add","path":"/metadata/name/x","value":1}]',
                  '[{"op":"remove","path":""}]'):
        api.create(path, claim("h"), want=201)
        for kind in ("json-patch", "merge-patch", "strategic-merge-patch"):
            code, answer = api.call("PATCH", path + "/h", patch, {"Content-Type": f"application/{kind}+json"})
            assert code in (200, 400, 422), (patch, kind, code, answer)
        api.call("DELETE", path + "/h")
    assert api.call("GET", "/readyz") == (200, "ok")
