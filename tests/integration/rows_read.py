# SPDX-License-Identifier: Apache-2.0
"""What there is and what happens to it: discovery, lists, watches, logs, and the doors of other versions."""

import json
import random
import threading
import time
import urllib.parse

import harness
from rows import TABLE, claim, collector, pod, refused

ROWS = {}
row = collector(ROWS, with_kubectl=False)


# --- discovery ---


@row
def discovery_old_and_new(cluster):
    api = cluster.api
    assert api.get("/api")["versions"] == ["v1"]
    group = next(g for g in api.get("/apis")["groups"] if g["name"] == "resource.k8s.io")
    assert group["preferredVersion"]["version"] == "v1", group
    resources = {r["name"]: r for r in api.get("/apis/resource.k8s.io/v1")["resources"]}
    assert resources["resourceclaims"]["namespaced"] and not resources["resourceslices"]["namespaced"]
    assert "resourceclaims/status" in resources and "watch" in resources["resourceclaims"]["verbs"]
    core = {r["name"] for r in api.get("/api/v1")["resources"]}
    assert {"pods/binding", "pods/eviction", "pods/log", "pods/status", "namespaces/finalize"} <= core, core
    kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    new = api.get("/apis", Accept=kind)
    assert new["kind"] == "APIGroupDiscoveryList", new
    assert "as=APIGroupDiscoveryList" in api.last_headers["Content-Type"]
    names = [item["metadata"]["name"] for item in new["items"]]
    assert "resource.k8s.io" in names and "" not in names, names


@row
def openapi_documents(cluster):
    paths = cluster.api.get("/openapi/v3")["paths"]
    document = cluster.api.get(paths["apis/resource.k8s.io/v1"]["serverRelativeURL"].split("?")[0])
    claim_schema = next(s for n, s in document["components"]["schemas"].items() if n.endswith("v1.ResourceClaim"))
    assert claim_schema["x-kubernetes-group-version-kind"][0]["kind"] == "ResourceClaim"
    assert any("fieldValidation" in json.dumps(p) for p in document["paths"].values())
    response = cluster.api.send("GET", "/openapi/v2")
    assert response.status == 200
    response.connection.close()


@row
def health_and_version(cluster):
    for path in ("/healthz", "/livez", "/readyz"):
        assert cluster.api.call("GET", path) == (200, "ok")
    assert cluster.api.get("/version")["major"] == "1"
    assert cluster.api.call("GET", "/nowhere")[0] == 404
    refused(cluster.api.call("GET", "/apis/resource.k8s.io/v1/nothings"), 404, "NotFound",
            "the server could not find the requested resource")


@row(own_server=True)
def strangers_are_refused(cluster):
    cluster.api.headers = {"Authorization": "Bearer wrong"}
    answer = cluster.api.call("GET", "/api/v1/namespaces")
    cluster.api.headers = {}
    refused(cluster.api.call("GET", "/api"), 401, "Unauthorized", "Unauthorized")
    refused(answer, 401, "Unauthorized", "Unauthorized")
    assert cluster.api.call("GET", "/readyz")[0] == 200


# --- listing ---


@row
def selectors(cluster):
    api, path = cluster.api, cluster.path("pods", group="v1")
    for name, labels, node in (("a", {"x": "1"}, None), ("b", {"x": "2"}, "node-1"), ("c", {}, "node-1")):
        body = pod(name, **({"nodeName": node} if node else {"schedulerName": "by-hand"}))
        body["metadata"]["labels"] = labels
        api.create(path, body)

    def names(query):
        return [i["metadata"]["name"] for i in api.get(path + "?" + query)["items"]]

    assert names("labelSelector=x") == ["a", "b"]
    assert names("labelSelector=!x") == ["c"]
    assert names("labelSelector=x+in+(1,3)") == ["a"]
    assert names("labelSelector=x+notin+(1),x") == ["b"]
    assert names("labelSelector=x!%3D2") == ["a", "c"]
    assert names("fieldSelector=spec.nodeName%3Dnode-1,metadata.name!%3Dc") == ["b"]
    assert names("fieldSelector=spec.nodeName%3D") == ["a"]
    assert names("fieldSelector=status.phase!%3DFailed,status.phase!%3DSucceeded") == ["a", "b", "c"]
    refused(api.call("GET", path + "?fieldSelector=spec.image%3Dx"), 400, "BadRequest",
            "field label not supported: spec.image")
    refused(api.call("GET", path + "?labelSelector=a+b"), 400, "BadRequest", "unable to parse requirement")
    for name in "abc":
        api.call("DELETE", path + "/" + name, {"gracePeriodSeconds": 0})


@row
def pages_agree_with_each_other(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    for i in range(5):
        api.create(path, claim("c%d" % i))
    page = api.get(path + "?limit=2")
    assert len(page["items"]) == 2 and page["metadata"]["remainingItemCount"] == 3, page["metadata"]
    api.call("DELETE", path + "/c3")
    api.create(path, claim("c2a"))
    rest = api.get(path + "?limit=2&continue=" + page["metadata"]["continue"])
    last = api.get(path + "?continue=" + rest["metadata"]["continue"])
    names = [i["metadata"]["name"] for p in (page, rest, last) for i in p["items"]]
    assert names == ["c0", "c1", "c2", "c3", "c4"], names
    assert last["metadata"]["resourceVersion"] == page["metadata"]["resourceVersion"]
    refused(api.call("GET", path + "?continue=nonsense!"), 400, "BadRequest", "continue key is not valid")
    refused(api.call("GET", path + "?resourceVersion=9999999999999999"), 504, "Timeout",
            "Too large resource version: 9999999999999999, current: ")


@row
def tables_and_metadata_only(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    api.create(path, claim("c1", labels={"a": "b"}))
    table = api.get(path, Accept=TABLE)
    assert table["kind"] == "Table" and table["apiVersion"] == "meta.k8s.io/v1", table
    assert [c["name"] for c in table["columnDefinitions"]] == ["Name", "State", "Age"]
    row_object = table["rows"][0]["object"]
    assert row_object["kind"] == "PartialObjectMetadata" and row_object["metadata"]["labels"] == {"a": "b"}
    whole = api.get(path + "?includeObject=Object", Accept=TABLE)["rows"][0]["object"]
    assert whole["kind"] == "ResourceClaim" and whole["spec"], whole
    partial = api.get(path, Accept="application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
    assert partial["kind"] == "PartialObjectMetadataList" and "spec" not in partial["items"][0], partial
    binary = "vnd.kubernetes.protobuf" if cluster.own else "xml"  # which the embedded server does not write
    plain = api.get(path, Accept=f"application/{binary},application/json")
    assert plain["kind"] == "ResourceClaimList" and "kind" not in plain["items"][0], plain


# --- watching ---


@row
def watch_from_a_version(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    version = api.get(path)["metadata"]["resourceVersion"]
    with api.watch(path + "?watch=true&resourceVersion=" + version) as events:
        api.create(path, claim("c1"))
        api.patch(path + "/c1", {"metadata": {"labels": {"a": "b"}}})
        api.call("DELETE", path + "/c1")
        seen = [next(events) for _ in range(3)]
    assert [e["type"] for e in seen] == ["ADDED", "MODIFIED", "DELETED"], seen
    versions = [int(e["object"]["metadata"]["resourceVersion"]) for e in seen]
    assert versions == sorted(set(versions)) and versions[0] > int(version), versions
    assert seen[2]["object"]["metadata"]["labels"] == {"a": "b"}, "the last state"
    assert seen[0]["object"]["kind"] == "ResourceClaim"


@row
def watch_with_initial_state(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    api.create(path, claim("c1"))
    with api.watch(path + "?watch=true") as events:
        assert next(events)["type"] == "ADDED"
    query = "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    with api.watch(path + query) as events:
        first, mark = next(events), next(events)
        assert first["type"] == "ADDED" and mark["type"] == "BOOKMARK", (first, mark)
        assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}, mark
        api.create(path, claim("c2"))
        assert next(events)["object"]["metadata"]["name"] == "c2"
    refused(api.call("GET", path + "?watch=true&sendInitialEvents=true"), 422, "Invalid", "resourceVersionMatch")


@row(own_server=True)
def watch_too_old_is_expired(cluster):
    path = cluster.path("resourceclaims")
    with cluster.api.watch(path + "?watch=true&resourceVersion=1") as events:
        event = next(events)
        assert event["type"] == "ERROR" and event["object"]["code"] == 410, event
        assert event["object"]["reason"] == "Expired", event
        assert event["object"]["message"].startswith("too old resource version: 1 ("), event
        assert next(events, None) is None, "the stream ends"


@row
def watch_selects_what_changes(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    version = api.create(path, claim("c1"))["metadata"]["resourceVersion"]
    with api.watch(path + "?watch=true&labelSelector=on&resourceVersion=" + version) as events:
        api.patch(path + "/c1", {"metadata": {"labels": {"on": "1"}}})
        api.patch(path + "/c1", {"metadata": {"labels": {"on": "2"}}})
        api.patch(path + "/c1", {"metadata": {"labels": None}})
        seen = [next(events)["type"] for _ in range(3)]
    assert seen == ["ADDED", "MODIFIED", "DELETED"], seen


@row
def watch_as_table_and_its_end(cluster):
    api, path = cluster.api, cluster.path("resourceclaims")
    api.create(path, claim("c1"))
    api.create(path, claim("c2"))
    with api.watch(path + "?watch=true&timeoutSeconds=1", accept=TABLE) as events:
        first, second = next(events), next(events)
        assert first["object"]["kind"] == "Table" and first["object"]["columnDefinitions"], first
        assert not second["object"]["columnDefinitions"] and second["object"]["rows"][0]["cells"][0] == "c2"
        assert next(events, None) is None, "timeoutSeconds"


@row(own_server=True)
def slow_watchers_miss_nothing(cluster):
    """The stream stops when nobody reads, and goes on when somebody does (Kubernetes' own ends it)."""
    api, path = cluster.api, cluster.path("resourceclaims")
    version = api.get(path)["metadata"]["resourceVersion"]
    bulk = {"bulk": "x" * 60000}
    with api.watch(path + "?watch=true&resourceVersion=" + version) as events:
        for i in range(200):
            api.create(path, claim("c%03d" % i, annotations=bulk))
        names = [next(events)["object"]["metadata"]["name"] for _ in range(200)]
    assert names == ["c%03d" % i for i in range(200)], names
    with api.watch(path + "?watch=true") as events:
        time.sleep(0.5)
        assert [next(events)["object"]["metadata"]["name"] for _ in range(200)] == names
    api.call("DELETE", path)


@row(own_server=True)
def a_restart_is_noticed(cluster):
    """The server starts empty; clients of before know it by 410, and their kubeconfig still holds."""
    api, path = cluster.api, "/api/v1/namespaces"
    before = api.get(path)
    cluster.kill()
    cluster.start_again(api.url.port)
    after = api.get(path)
    assert int(after["metadata"]["resourceVersion"]) > int(before["metadata"]["resourceVersion"])
    assert cluster.namespace not in [n["metadata"]["name"] for n in after["items"]]
    version = before["metadata"]["resourceVersion"]
    with api.watch(path + "?watch=true&resourceVersion=" + version) as events:
        assert next(events)["object"]["code"] == 410


@row
def watches_rebuild_the_state(cluster):
    """Writers that do not know of each other, and watchers whose picture must stay that of a list."""
    path, stop, wrong = cluster.path("resourceclaims"), threading.Event(), []

    def write(seed):
        api, dice = harness.Api(cluster.config()), random.Random(seed)
        while not stop.is_set():
            name = "c%d" % dice.randrange(20)
            one = path + "/" + name
            labels = {"metadata": {"labels": {"x": str(dice.random())}}}
            code, answer = dice.choice([
                lambda: api.call("POST", path, claim(name)),
                lambda: api.call("DELETE", one),
                lambda: api.call("PATCH", one, json.dumps(labels), {"Content-Type": "application/merge-patch+json"}),
                lambda: api.call("PATCH", f"{one}?fieldManager=m{seed}&force=true", json.dumps(claim(name)),
                                 {"Content-Type": "application/apply-patch+yaml"}),
            ])()
            if code not in (200, 201, 404, 409):
                wrong.append((code, answer))

    def listed(api):
        page = api.get(path + "?limit=7")
        items = page["items"]
        while page["metadata"].get("continue"):
            page = api.get(path + "?limit=7&continue=" + urllib.parse.quote(page["metadata"]["continue"]))
            items += page["items"]
        return {item["metadata"]["name"]: item for item in items}, int(page["metadata"]["resourceVersion"])

    def follow(seed):
        api = harness.Api(cluster.config())
        state, version = listed(api)
        with api.watch(f"{path}?watch=true&timeoutSeconds={2 + seed}&resourceVersion={version}") as events:
            for event in events:
                item = {k: v for k, v in event["object"].items() if k not in ("kind", "apiVersion")}
                name, now = item["metadata"]["name"], int(item["metadata"]["resourceVersion"])
                if now <= version or (event["type"] == "ADDED") == (name in state):
                    wrong.append((event["type"], name, now, version))
                version = now
                state.pop(name, None)
                if event["type"] != "DELETED":
                    state[name] = item
        items = api.get(f"{path}?resourceVersionMatch=Exact&resourceVersion={version}")["items"]
        if {item["metadata"]["name"]: item for item in items} != state:
            wrong.append(("the pictures differ", version))

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(3)]
    followers = [threading.Thread(target=follow, args=(seed,)) for seed in range(2)]
    for thread in writers + followers:
        thread.start()
    for thread in followers:
        thread.join()
    stop.set()
    for thread in writers:
        thread.join()
    assert not wrong, wrong[:5]


# --- logs ---


@row(own_server=True)
def logs_of_containers(cluster):
    api, path = cluster.api, cluster.path("pods", "p1", group="v1")
    made = api.create(cluster.path("pods", group="v1"), pod("p1", nodeName="node-1"))
    status = refused(api.call("GET", path + "/log"), 400, "BadRequest",
                     'container "c" in pod "p1" is waiting to start: ContainerCreating')
    assert status["code"] == 400
    refused(api.call("GET", path + "/log?container=other"), 400, "BadRequest", "container other is not valid for pod p1")
    folder = cluster.home / "data/logs" / "_".join([cluster.namespace, "p1", made["metadata"]["uid"]])
    folder.mkdir(parents=True)
    file = folder / "c.log"
    lines = ["line %d\n" % i for i in range(20000)]
    file.write_text("".join(lines))
    running = {"name": "c", "state": {"running": {}}, "ready": True, "restartCount": 0, "image": "i", "imageID": ""}
    api.patch(path + "/status", {"status": {"phase": "Running", "containerStatuses": [running]}})
    for kubectl in cluster.kubectls:
        assert cluster.kubectl("logs", "p1", binary=kubectl) == "".join(lines)
        assert cluster.kubectl("logs", "p1", "-c", "c", "--tail=2", binary=kubectl) == "".join(lines[-2:])
        assert cluster.kubectl("logs", "p1", "--limit-bytes=10", binary=kubectl) == "".join(lines)[:10]
    response = api.send("GET", path + "/log?follow=true&tailLines=1")
    assert response.readline().decode() == lines[-1]
    with open(file, "a") as log:
        log.write("and more\n")
    assert response.readline() == b"and more\n"
    api.patch(path + "/status", {"status": {"phase": "Succeeded"}})
    assert response.readline() == b"", "the end of the container is the end of the stream"
    response.connection.close()


# --- versions ---


@row
def v1beta1_and_v1beta2_are_doors(cluster):
    api = cluster.api
    old = cluster.path("resourceclaims", group="resource.k8s.io/v1beta1")
    made = api.create(old, {"apiVersion": "resource.k8s.io/v1beta1", "kind": "ResourceClaim",
                            "metadata": {"name": "c1"},
                            "spec": {"devices": {"requests": [{"name": "gpu", "deviceClassName": "x"}]}}})
    assert made["apiVersion"] == "resource.k8s.io/v1beta1"
    assert made["spec"]["devices"]["requests"][0]["allocationMode"] == "ExactCount", made
    new = api.get(cluster.path("resourceclaims", "c1"))
    assert new["spec"]["devices"]["requests"][0]["exactly"] == {
        "deviceClassName": "x", "allocationMode": "ExactCount", "count": 1}, new
    middle = api.get(cluster.path("resourceclaims", "c1", group="resource.k8s.io/v1beta2"))
    assert middle["apiVersion"] == "resource.k8s.io/v1beta2" and middle["spec"] == new["spec"]
    patched = api.patch(old + "/c1", {"metadata": {"labels": {"a": "b"}}})
    assert patched["spec"]["devices"]["requests"][0]["deviceClassName"] == "x", patched
    refused(api.call("POST", old, claim("c2")), 400, "BadRequest", "does not match the expected API version")
    name = "s-" + cluster.namespace
    slices = "/apis/resource.k8s.io/v1beta1/resourceslices"
    api.create(slices, {"metadata": {"name": name}, "spec": {
        "driver": "x.example.com", "nodeName": "n", "pool": {"name": "n", "generation": 1, "resourceSliceCount": 1},
        "devices": [{"name": "d", "basic": {"attributes": {"a": {"int": 1}}}}]}})
    stored = api.get("/apis/resource.k8s.io/v1/resourceslices/" + name)
    assert stored["spec"]["devices"] == [{"name": "d", "attributes": {"a": {"int": 1}}}], stored
    assert api.get(slices + "/" + name)["spec"]["devices"][0]["basic"], "and back"
    api.call("DELETE", slices + "/" + name)
