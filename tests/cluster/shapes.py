# SPDX-License-Identifier: Apache-2.0
"""Objects that rows apply."""

CLASS = "gpu.example.com"


def exactly(name, **fields):
    return {"name": name, "exactly": {"deviceClassName": CLASS, **fields}}


def first_available(name, *alternatives):
    return {"name": name, "firstAvailable": [{"deviceClassName": CLASS, **each} for each in alternatives]}


def selector(expression):
    return [{"cel": {"expression": expression}}]


def devices(*requests, **fields):
    return {"devices": {"requests": list(requests), **fields}}


def claim(name, spec, namespace="default", **metadata):
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim",
            "metadata": {"name": name, "namespace": namespace, **metadata}, "spec": spec}


def template(name, spec, namespace="default"):
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate",
            "metadata": {"name": name, "namespace": namespace}, "spec": {"spec": spec}}


def pod(name, *, templates=(), claims=(), namespace="default", **spec):
    """A pod of one container that uses all of its claims."""
    references = [{"name": f"t{i}", "resourceClaimTemplateName": each} for i, each in enumerate(templates)] + \
                 [{"name": f"c{i}", "resourceClaimName": each} for i, each in enumerate(claims)]
    used = [{"name": each["name"]} for each in references]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace},
            "spec": {"terminationGracePeriodSeconds": 1, "resourceClaims": references,
                     "containers": [{"name": "main", "image": "busybox", "resources": {"claims": used}}], **spec}}


def device_class(name, expression, labels=None):
    return {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass",
            "metadata": {"name": name, "labels": labels or {}}, "spec": {"selectors": selector(expression)}}


def foreign_slice(driver, node, *names):
    """A pool of a driver that nobody here is."""
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": f"{driver}-{node}"},
            "spec": {"driver": driver, "nodeName": node,
                     "pool": {"name": node, "generation": 1, "resourceSliceCount": 1},
                     "devices": [{"name": each} for each in names]}}
