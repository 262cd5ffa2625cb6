# SPDX-License-Identifier: Apache-2.0
"""The loop of the integration rows (tests/integration/loop.py) on a real control plane.

Our programs come in with the ServiceAccounts of manifests/, by tokens that the server made for them, and have no
other rights than manifests/ gives. Nodes are objects only, unless a row starts a kubelet: pods are bound to them and
never run, and whoever deletes one does it without grace, as nobody would confirm the end.
"""

import json
import time

import yaml

import controlplane
import loop
from harness import ROOT, Cluster, wait_for

SYSTEM = "tranche-system"
GROUP = "/apis/resource.k8s.io/v1"
FOREVER = "24h"
INSTALLED = ("Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
             "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
             "MutatingAdmissionPolicyBinding")


def as_list(documents):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})


def install(plane):
    """What an admin applies, but for the Deployment and the DaemonSet: there is nothing that could run them."""
    documents = [each for path in sorted((ROOT / "manifests").glob("*.yaml"))
                 for each in yaml.safe_load_all(path.read_text())]
    kept = [each for each in documents if each["kind"] in INSTALLED]
    kept.sort(key=lambda each: each["kind"] != "Namespace")  # first of all
    plane.kubectl("apply", "-f", "-", stdin=as_list(kept))
    plane.await_namespace(SYSTEM)


def add_node(plane, name, labels=None):
    """A Node that is ready and stays so."""
    body = {"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}}}
    plane.api.create("/api/v1/nodes", body)
    resources = {"cpu": "8", "memory": "32Gi", "pods": "110"}
    plane.api.patch(f"/api/v1/nodes/{name}/status", {"status": {
        "capacity": resources, "allocatable": resources, "declaredFeatures": ["DRANodeAllocatableResources"],
        "addresses": [{"type": "Hostname", "address": name}],
        "conditions": [{"type": "Ready", "status": "True", "reason": "Fake", "message": "an object only"}]}})
    plane.api.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": None}})


class RealLoop(loop.Loop):
    """Controller and plugin of one row. The control plane is shared, so a row leaves nothing in it."""

    def __init__(self, plane, programs, **options):
        self.plane = plane
        super().__init__(programs, roles="cluster", **options)
        self.controller_flags = ("--leader-elect=false",)
        self.start_server()
        self.found = self.namespaces()

    # credentials

    def account(self, name, bound_to=None):
        """A kubeconfig with a token of a ServiceAccount of manifests/, bound to a Node if one is named."""
        bound = ("--bound-object-kind", "Node", "--bound-object-name", bound_to) if bound_to else ()
        token = self.plane.kubectl("create", "token", name, "-n", SYSTEM, "--duration", FOREVER, *bound).strip()
        return self.plane.write_kubeconfig(name, token, SYSTEM, folder=self.home)

    # processes

    def start_server(self):
        self.plane.check_alive()
        self.kubeconfig = self.plane.kubeconfig("admin")
        self.api = self.plane.api

    def start_controller(self, *flags):
        return self.spawn("controller", self.programs["tranche-controller"], "--driver-name", self.driver,
                          "--policy-dir", self.policies, "--kubeconfig", self.account("tranche-controller"),
                          *self.controller_flags, *flags)

    def start_plugin(self, *flags, node="worker"):
        """The plugin of a node; each has folders of its own."""
        folder = self.home / node
        (folder / "plugins_registry").mkdir(parents=True, exist_ok=True)
        parameters = ("--inventory-parameters", self.parameters) if self.parameters else ()
        return self.spawn("plugin" if node == "worker" else f"plugin-{node}", self.programs["tranche-kubelet-plugin"],
                          "--driver-name", self.driver, "--node-name", node, "--inventory", self.inventory,
                          "--kubelet-dir", folder, "--cdi-root", folder / "cdi", "--kubeconfig",
                          self.account("tranche-kubelet-plugin", bound_to=node), *parameters, *flags)

    def stop(self):
        try:
            super().stop()
        finally:
            self.wipe()

    # leaving nothing behind

    def remove_all(self, path, query=""):
        for item in self.api.get(path)["items"]:
            meta = item["metadata"]
            where, plural = path.rsplit("/", 1)
            inside = f"/namespaces/{meta['namespace']}" if "namespace" in meta else ""
            self.api.call("DELETE", f"{where}{inside}/{plural}/{meta['name']}{query}")

    def wipe(self):
        """Everything that rows make; the real controllers take the finalizers off."""
        paths = ["/api/v1/pods"] + [f"{GROUP}/{plural}" for plural in (
            "resourceclaimtemplates", "resourceclaims", "resourceslices", "deviceclasses", "devicetaintrules")]
        self.remove_all(paths[0], "?gracePeriodSeconds=0")
        for path in paths[1:]:
            self.remove_all(path)
        self.api.call("DELETE", "/api/v1/namespaces/default/events")
        for path in paths:
            wait_for(lambda: not self.api.get(path)["items"], f"{path} are gone", 60)
        for name in self.namespaces() - self.found:
            self.api.call("DELETE", f"/api/v1/namespaces/{name}")
        wait_for(lambda: self.namespaces() <= self.found, "namespaces are gone", 60)

    # looking

    def namespaces(self):
        return {each["metadata"]["name"] for each in self.items("namespaces", group="v1")}

    def events(self, reason):
        return [each for each in self.items("events", group="v1") if each["reason"] == reason]

    def claim(self, name, namespace="default"):
        return self.api.get(f"{GROUP}/namespaces/{namespace}/resourceclaims/{name}")

    def apply(self, *documents, **options):
        return self.kubectl("apply", "-f", "-", stdin=as_list(documents), **options)

    def node_of(self, pod, namespace="default"):
        return (self.pod(namespace, pod) or {}).get("spec", {}).get("nodeName")

    def wait_bound(self, *pods, node=None, seconds=30):
        """The real kube-scheduler has bound them."""
        for pod in pods:
            try:
                wait_for(lambda: self.node_of(pod), f"{pod} is bound", seconds)
            except AssertionError:
                raise AssertionError(self.why_not(pod)) from None
            assert node in (None, self.node_of(pod)), self.node_of(pod)

    def stays_unbound(self, pod, seconds):
        time.sleep(seconds)
        assert not self.node_of(pod), self.pod("default", pod)

    def embedded(self):
        """The embedded API server, with the same feature gates."""
        gates = ",".join(f"{gate}=true" for gate in controlplane.GATES)
        return Cluster(self.programs["tranche-standalone"], "--feature-gates", gates)

    def why_not(self, pod):
        """All that a person would look at."""
        said = [f"{each['involvedObject']['kind']} {each['reason']}: {each.get('message', '')}"
                for each in self.items("events", group="v1") if pod in each["involvedObject"]["name"]]
        status = json.dumps((self.pod("default", pod) or {}).get("status"), indent=1)
        return "\n".join([f"{pod} is not bound", *said, status, self.log("controller")[-3000:]])
