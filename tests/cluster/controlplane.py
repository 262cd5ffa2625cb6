# SPDX-License-Identifier: Apache-2.0
"""A real control plane on this machine: etcd, kube-apiserver, kube-controller-manager, kube-scheduler.

One folder holds everything: certificates, tokens, kubeconfigs, etcd's data, logs. Every program listens on a port of
loopback that was free a moment ago, has a token of its own with the rights that kubeadm would give it, and dies with
the process that started it.
"""

import ctypes
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

import harness

VERSION = "1.37"
NODES = ("worker", "other")
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
LIBC = ctypes.CDLL(None, use_errno=True)

# Who may come in, with what groups. The names are those that Kubernetes' own RBAC roles are bound to.
USERS = {
    "admin": ("admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kubelet": ("system:node:worker", "system:nodes"),
}

# Every gate of DRA that is not on by itself in 1.37 and that our objects have fields for.
GATES = ("DRAListTypeAttributes", "DRANodeAllocatableResources", "DRAResourcePoolStatus", "DRAPartitionableDevicesType",
         "DRAOptionalNodeOperations", "DRADerivedAttributes", "DRADeviceCompatibilityGroups")

# Nobody heartbeats for the nodes, so nobody may call them dead; the cloud has no part in this.
CONTROLLERS = "*,-node-lifecycle-controller,-taint-eviction-controller,-node-ipam-controller"


def free_ports(count):
    """Ports of loopback that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def die_with_parent():
    LIBC.prctl(DIE_WITH_PARENT, signal.SIGKILL)


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class ControlPlane:
    def __init__(self, binary):
        self.binary = str(binary)
        self.folder = tempfile.TemporaryDirectory(prefix="tranche-cluster-")
        self.home = pathlib.Path(self.folder.name)
        self.processes = {}
        self.port, self.etcd_port, self.peer_port, self.kubelet_port = free_ports(4)
        self.url = f"https://127.0.0.1:{self.port}"
        self.tokens = {user: secrets.token_hex(16) for user in USERS}
        self.kubectl_binary = harness.kubectls()[-1]
        self.node = None  # a real one, if a row wants it (node.py)

    # credentials

    def make_credentials(self):
        """A CA, the server's certificate, the key that signs ServiceAccounts' tokens, and the users' tokens."""
        home = self.home
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
        openssl("req", "-x509", *new_key, "-subj", "/CN=tranche-cluster", "-keyout", home / "ca.key", "-out",
                home / "ca.crt")
        openssl("req", "-x509", *new_key, "-subj", "/CN=kube-apiserver", "-keyout", home / "server.key", "-out",
                home / "server.crt", "-CA", home / "ca.crt", "-CAkey", home / "ca.key", "-addext",
                "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc", "-addext",
                "basicConstraints=critical,CA:FALSE")
        openssl("genrsa", "-out", home / "accounts.key", "2048")
        rows = [f'{self.tokens[user]},{name},{user},"{groups}"' for user, (name, groups) in USERS.items()]
        (home / "tokens.csv").write_text("\n".join(rows) + "\n")
        for user in USERS:
            self.write_kubeconfig(user, self.tokens[user])

    def write_kubeconfig(self, user, token, namespace="default", folder=None):
        """A kubeconfig for TOKEN; where it is."""
        import base64
        authority = base64.b64encode((self.home / "ca.crt").read_bytes()).decode()
        path = (folder or self.home) / f"{user}.kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "real",
            "clusters": [{"name": "real", "cluster": {"server": self.url, "certificate-authority-data": authority}}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": user, "namespace": namespace}}],
        }))
        path.chmod(0o600)
        return str(path)

    def kubeconfig(self, user):
        return str(self.home / f"{user}.kubeconfig")

    # processes

    def spawn_program(self, name, command, environment=None):
        with open(self.home / f"{name}.log", "a") as log:
            self.processes[name] = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home,
                env={**os.environ, **(environment or {})}, preexec_fn=die_with_parent)

    def spawn(self, name, *flags):
        self.spawn_program(name, [self.binary, name, *flags])

    def start_etcd(self):
        self.spawn("etcd", "--data-dir", self.home / "etcd", "--client-url", f"http://127.0.0.1:{self.etcd_port}",
                   "--peer-url", f"http://127.0.0.1:{self.peer_port}")

    def start_apiserver(self):
        home = self.home
        self.spawn(
            "kube-apiserver", "--bind-address=127.0.0.1", f"--secure-port={self.port}",
            # Loopback may not be advertised. Nobody connects to this one (TEST-NET-1).
            "--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none",
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}", f"--tls-cert-file={home}/server.crt",
            f"--tls-private-key-file={home}/server.key", f"--token-auth-file={home}/tokens.csv",
            f"--client-ca-file={home}/ca.crt", "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction", f"--service-account-key-file={home}/accounts.key",
            f"--service-account-signing-key-file={home}/accounts.key", "--service-account-issuer=https://tranche.test",
            "--service-cluster-ip-range=10.96.0.0/24", "--allow-privileged",
            "--runtime-config=" + ",".join(f"resource.k8s.io/{version}=true" for version in
                                           ("v1alpha3", "v1beta1", "v1beta2")),
            self.gates(), "--profiling=false", "--watch-cache=true")

    def start_controller_manager(self):
        self.spawn("kube-controller-manager", f"--kubeconfig={self.kubeconfig('kube-controller-manager')}",
                   "--use-service-account-credentials", f"--root-ca-file={self.home}/ca.crt",
                   f"--service-account-private-key-file={self.home}/accounts.key", "--leader-elect=false",
                   "--secure-port=0", f"--controllers={CONTROLLERS}", self.gates())

    def start_scheduler(self):
        self.spawn("kube-scheduler", f"--kubeconfig={self.kubeconfig('kube-scheduler')}", "--leader-elect=false",
                   "--secure-port=0", self.gates())

    def gates(self):
        return "--feature-gates=" + ",".join(f"{gate}=true" for gate in GATES)

    def start(self):
        self.make_credentials()
        self.start_etcd()
        self.await_etcd()
        self.start_apiserver()
        self.await_ready()
        self.start_controller_manager()
        self.start_scheduler()
        self.api = harness.Api(json.loads(pathlib.Path(self.kubeconfig("admin")).read_text()))
        self.await_namespace("default")

    def kill(self, name):
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self):
        """Nothing of it is worth a good end, but what the node has outside of its folder."""
        if self.node:
            self.node.stop()
        for name in list(self.processes):
            self.kill(name)
        self.folder.cleanup()

    # waiting

    def check_alive(self):
        for name, process in self.processes.items():
            assert process.poll() is None, f"{name} ended with {process.returncode}:\n{self.tail(name)}"

    def await_etcd(self):
        def is_healthy():
            self.check_alive()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.etcd_port}/health", timeout=2) as answer:
                    return b"true" in answer.read()
            except OSError:
                return False
        harness.wait_for(is_healthy, "etcd is healthy", 60)

    def await_ready(self):
        """What an admin would ask: kubectl get --raw /readyz."""
        def is_ready():
            self.check_alive()
            try:
                return self.kubectl("get", "--raw", "/readyz") == "ok"
            except AssertionError:
                time.sleep(0.5)
                return False
        harness.wait_for(is_ready, "the API server is ready", 180)

    def await_namespace(self, name):
        """The controller manager has been here: pods may be made."""
        def has_account():
            self.check_alive()
            return self.api.call("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default")[0] == 200
        harness.wait_for(has_account, f"namespace {name} has its ServiceAccount", 120)

    # looking

    def kubectl(self, *arguments, user="admin", stdin=None):
        command = [self.kubectl_binary, "--kubeconfig", self.kubeconfig(user), *map(str, arguments)]
        done = subprocess.run(command, input=stdin, env={**os.environ, "HOME": str(self.home)}, capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def tail(self, name, lines=30):
        path = self.home / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
