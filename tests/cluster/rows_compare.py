# SPDX-License-Identifier: Apache-2.0
"""The embedded API server and kube-apiserver, asked the same: does this object pass? Both answer a dry run. The
objects are those of tests/conformance/validation, and of objects.yaml with random damage from a fixed seed."""

import copy
import pathlib
import random

import yaml

import harness
import matrix

ROWS = {}
row = matrix.collector(ROWS)
N_DAMAGED = 1500
FOLDER = pathlib.Path(__file__).resolve().parent
PLURALS = {"ResourceClaim": "resourceclaims", "ResourceClaimTemplate": "resourceclaimtemplates",
           "ResourceSlice": "resourceslices", "DeviceClass": "deviceclasses", "DeviceTaintRule": "devicetaintrules",
           "Pod": "pods", "Node": "nodes", "Namespace": "namespaces", "Event": "events", "Lease": "leases"}
NAMESPACED = {"ResourceClaim", "ResourceClaimTemplate", "Pod", "Event", "Lease"}
TEXTS = ("", "A", "a", "a-", "-a", "a.b", "a/b", "a/b/c", "a" * 63, "a" * 64, "a" * 65, "a" * 254, "a." * 31 + "a",
         "0", "1.0", "1.2.3-", "é", "a b", "true", "kubernetes.io/x", "a_b", "1Gi", "1e3", "-1", "0.5", "NoSchedule",
         "Exists", "All", "Some", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "example.com/A", "device.driver",
         "x" * 10300)
HOSTILE = TEXTS + (0, 1, -1, 33, 2**31, 2**63 - 1, 2**63, 1.5, True, False, None, [], {}, ["a", "a"], {"a": "b"})
SIZES = (4, 8, 9, 10, 11, 16, 17, 32, 33, 64, 65)


# objects


def merge(target, patch):
    """A JSON merge patch."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = copy.deepcopy(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def places(tree, path=()):
    """The paths of everything in a tree."""
    yield path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield from places(value, path + (key,))


def multiply(dice, items, model):
    """More items like the model; those with names get names of their own."""
    for i in range(dice.choice(SIZES)):
        made = copy.deepcopy(model)
        if isinstance(made, dict) and "name" in made:
            made["name"] = f"n{i}"
        items.append(made)


def spoil(dice, tree):
    """Something is deleted, repeated, renamed, multiplied, or replaced by what does not belong there."""
    path = dice.choice([each for each in places(tree) if len(each) > 1 and each[0] in ("metadata", "spec")])
    parent = tree
    for key in path[:-1]:
        parent = parent[key]
    key, what = path[-1], dice.randrange(6)
    if what == 0:
        del parent[key]
    elif what == 1 and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
    elif what == 2 and isinstance(parent, list):
        multiply(dice, parent, parent[key])
    elif what == 3 and isinstance(parent, dict):
        parent[dice.choice(TEXTS)] = copy.deepcopy(parent[key])
    elif what == 4 and isinstance(parent, dict) and dice.random() < 0.3:
        parent.update({f"k{i}": copy.deepcopy(parent[key]) for i in range(dice.choice((5, 9, 33, 40)))})
    else:
        parent[key] = copy.deepcopy(dice.choice(HOSTILE))


def damaged_objects():
    dice = random.Random(1)
    models = yaml.safe_load((FOLDER / "objects.yaml").read_text())
    for number in range(N_DAMAGED):
        made = copy.deepcopy(dice.choice(models))
        for _ in range(dice.choice((1, 1, 1, 2))):
            spoil(dice, made)
        yield f"damage {number}", made


def conformance_objects():
    """Those that a create can make; what an update may do is left to the unit tests."""
    for path in sorted((harness.ROOT / "tests/conformance/validation").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            for each in document["rows"]:
                if "old" not in each and "subresource" not in each:
                    yield f"{path.name}: {each['name']}", merge(document["base"], each.get("patch") or {})


# answers


def ask(api, made):
    """The status code, and the fields complained about."""
    body, group = copy.deepcopy(made), made["apiVersion"]
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("uid", None)
        metadata.pop("resourceVersion", None)
        if metadata.get("namespace") == "ml":
            metadata["namespace"] = "default"
    base = "/api/v1" if group == "v1" else f"/apis/{group}"
    inside = "/namespaces/default" if made["kind"] in NAMESPACED else ""
    code, answer = api.call("POST", f"{base}{inside}/{PLURALS[made['kind']]}?dryRun=All", body)
    causes = answer.get("details", {}).get("causes", []) if isinstance(answer, dict) else []
    return code, {each.get("field") for each in causes}, answer


def compare(loop, objects):
    embedded = loop.embedded()
    differences, count = [], 0
    try:
        for name, made in objects:
            theirs, ours = ask(loop.api, made), ask(embedded.api, made)
            count += 1
            agree = theirs[0] == ours[0] and (theirs[1] & ours[1] or not (theirs[1] and ours[1]))
            if not agree:
                differences.append(f"{name}\n  Kubernetes: {theirs[2]}\n  embedded: {ours[2]}"[:1500])
    finally:
        embedded.stop()
    assert not differences, f"{len(differences)} of {count} differ:\n" + "\n".join(differences[:10])
    assert count > 50, count


@row
def conformance_objects_are_judged_alike(loop):
    compare(loop, conformance_objects())


@row
def damaged_objects_are_judged_alike(loop):
    compare(loop, damaged_objects())
