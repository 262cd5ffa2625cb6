# SPDX-License-Identifier: Apache-2.0
"""The embedded API server and kube-apiserver after the same random histories of writes: puts, patches of every kind and
applies by several managers. Answers and objects are the same, managedFields included, but for two things that
without_hollow and the choice of N_HISTORIES leave out: who owns maps and lists of which nothing is left, and, in one
write of thousands, who owns a number that is zero."""

import copy
import json
import random

import matrix
from real import GROUP

ROWS = {}
row = matrix.collector(ROWS)
N_HISTORIES, N_WRITES = 30, 25
MANAGERS = ("ann", "ben", "eve")
PATCHES = {"merge": "merge-patch+json", "strategic": "strategic-merge-patch+json", "json": "json-patch+json"}
HOLLOW = {"f:metadata", "f:labels", "f:annotations", "f:finalizers", "f:spec", "f:devices"}
RANDOM = {"uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "timeAdded"}


# what is written


def texts(dice, *choices):
    """A map with some of the names."""
    return {name: dice.choice("xyz") for name in choices if dice.random() < 0.4}


def metadata(dice):
    made = {"labels": texts(dice, "a", "b", "c"), "annotations": texts(dice, "d", "e.f/g")}
    if dice.random() < 0.3:
        made["finalizers"] = dice.sample(["example.com/a", "example.com/b", "example.com/c"], dice.randrange(1, 3))
    return {name: value for name, value in made.items() if value}


def class_spec(dice):
    spec = {}
    if dice.random() < 0.7:
        spec["selectors"] = [{"cel": {"expression": f"device.driver == '{dice.choice('xyz')}'"}}]
    if dice.random() < 0.5:
        spec["config"] = [{"opaque": {"driver": "d.example.com", "parameters": texts(dice, "k", "l")}}]
    if dice.random() < 0.5:
        spec["extendedResourceName"] = f"example.com/{dice.choice('xyz')}"
    return spec


def slice_spec(dice):
    devices = []
    for name in dice.sample(["g0", "g1", "g2", "g3"], dice.randrange(4)):
        device = {"name": name}
        if dice.random() < 0.6:
            device["attributes"] = {key: {"string": value} for key, value in texts(dice, "m", "n").items()}
        if dice.random() < 0.4:
            device["capacity"] = {"memory": {"value": dice.choice(["1Gi", "1024Mi", "0.5", "1e3"])}}
        if dice.random() < 0.3:
            device["taints"] = [{"key": "k", "effect": "NoSchedule", "timeAdded": "2026-01-01T00:00:00Z"}]
        devices.append({name: value for name, value in device.items() if value})
    spec = {"driver": "d.example.com", "nodeName": "worker",
            "pool": {"name": "worker", "generation": dice.randrange(3), "resourceSliceCount": dice.randrange(1, 3)}}
    return {**spec, "devices": devices} if devices else spec


KINDS = {"DeviceClass": ("deviceclasses", class_spec), "ResourceSlice": ("resourceslices", slice_spec)}


def json_patch(dice):
    """Operations of which some fail on some objects."""
    name = dice.choice("abc")
    return [dice.choice([
        {"op": "add", "path": f"/metadata/labels/{name}", "value": "j"},
        {"op": "replace", "path": f"/metadata/labels/{name}", "value": "r"},
        {"op": "remove", "path": f"/metadata/labels/{name}"},
        {"op": "test", "path": f"/metadata/labels/{name}", "value": "x"},
        {"op": "move", "from": f"/metadata/labels/{name}", "path": "/metadata/labels/moved"},
        {"op": "add", "path": "/metadata/annotations", "value": {"whole": name}},
    ]) for _ in range(dice.randrange(1, 4))]


def holes(dice, tree):
    """Some members are nulls, which delete in patches."""
    if not isinstance(tree, dict):
        return tree
    return {name: None if dice.random() < 0.15 else holes(dice, value) for name, value in tree.items()}


# one write, on both


class Pair:
    """An object on both servers."""

    def __init__(self, theirs, ours, kind, name):
        self.apis, self.kind, self.name = (theirs, ours), kind, name
        self.plural, self.spec = KINDS[kind]
        self.path = f"{GROUP}/{self.plural}/{name}"

    def body(self, dice):
        return {"apiVersion": "resource.k8s.io/v1", "kind": self.kind,
                "metadata": {"name": self.name, **metadata(dice)}, "spec": self.spec(dice)}

    def plan(self, dice):
        """A write: verb, query, body, content type. The put of what is there keeps what it does not mention."""
        manager, verb = dice.choice(MANAGERS), dice.choice(["put", "apply", "apply", "apply", *PATCHES])
        query, body = f"?fieldManager={manager}", self.body(dice)
        if verb == "apply":
            partial = {name: value for name, value in body.items() if value and (name != "spec" or dice.random() < 0.7)}
            force = "&force=true" if dice.random() < 0.5 else ""
            return "PATCH", query + force, partial, "application/apply-patch+yaml"
        if verb == "json":
            return "PATCH", query, json_patch(dice), "application/json-patch+json"
        if verb in PATCHES:
            patch = {"metadata": holes(dice, metadata(dice))}
            if dice.random() < 0.6:
                patch["spec"] = holes(dice, body["spec"])
            return "PATCH", query, patch, "application/" + PATCHES[verb]
        return "PUT", query, body, "application/json"

    def send(self, api, write):
        verb, query, body, content_type = write
        if verb == "PUT":
            code, now = api.call("GET", self.path)
            if code != 200:
                verb, path = "POST", self.path.rsplit("/", 1)[0]
                return api.call(verb, path + query, compact(body), {"Content-Type": content_type})
            body = copy.deepcopy(body)
            body["metadata"]["resourceVersion"] = now["metadata"]["resourceVersion"]
        return api.call(verb, self.path + query, compact(body), {"Content-Type": content_type})

    def end(self):
        for api in self.apis:
            api.call("PATCH", self.path, '{"metadata": {"finalizers": null}}',
                     {"Content-Type": "application/merge-patch+json"})
            api.call("DELETE", self.path)


def compact(body):
    """Without the blanks that Kubernetes would keep in opaque parameters, and take for a change later."""
    return json.dumps(body, separators=(",", ":"))


def plain(tree):
    """Without what differs by nature."""
    if isinstance(tree, dict):
        return {name: plain(value) for name, value in tree.items() if name not in RANDOM}
    return [plain(each) for each in tree] if isinstance(tree, list) else tree


def without_hollow(fields):
    """Owned fields without maps and lists of which nothing is left: Kubernetes remembers more of those than we do."""
    made = {name: without_hollow(below) for name, below in fields.items()}
    return {name: below for name, below in made.items() if below or name not in HOLLOW or fields[name] == {".": {}}}


def told(answer):
    """The object; of a refusal the code and what it is about."""
    code, body = answer
    if code < 300:
        body = plain(body)
        managed = body["metadata"].get("managedFields", [])
        for entry in managed:
            entry["fieldsV1"] = without_hollow(entry["fieldsV1"])
        body["metadata"]["managedFields"] = sorted((entry for entry in managed if entry["fieldsV1"]),
                                                   key=lambda each: (each["manager"], each["operation"]))
        return code, body
    causes = body.get("details", {}).get("causes", []) if isinstance(body, dict) else []
    return code, sorted((each.get("reason", ""), each.get("field", "")) for each in causes)


def difference(path, theirs, ours):
    """Where two trees part."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted({*theirs, *ours}):
            if theirs.get(name) != ours.get(name):
                return difference(f"{path}.{name}", theirs.get(name), ours.get(name))
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for i, (left, right) in enumerate(zip(theirs, ours)):
            if left != right:
                return difference(f"{path}[{i}]", left, right)
    return f"{path}: {json.dumps(theirs)} but {json.dumps(ours)}"


def run_history(dice, pair):
    """The first write that is answered differently, or None."""
    for _ in range(N_WRITES):
        write = pair.plan(dice)
        theirs, ours = (told(pair.send(api, write)) for api in pair.apis)
        if theirs != ours:
            return f"{write}\n  {difference('answer', list(theirs), list(ours))}"
    return None


@row
def histories_end_alike(loop):
    embedded = loop.embedded()
    differences = []
    try:
        for number in range(N_HISTORIES):
            dice = random.Random(number)
            pair = Pair(loop.api, embedded.api, dice.choice(sorted(KINDS)), f"history-{number}")
            found = run_history(dice, pair)
            if found:
                differences.append(f"history {number}: {found}"[:2500])
            pair.end()
    finally:
        embedded.stop()
    assert not differences, f"{len(differences)} of {N_HISTORIES} differ:\n" + "\n".join(differences[:12])
