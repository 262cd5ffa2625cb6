# SPDX-License-Identifier: Apache-2.0
"""A real node: kubelet on containerd and runc, which run real containers from an image that is made here.

The node is called "worker", as the object that other rows use, and is started once, by the first row that wants it.
Nothing of it leaves the mount namespace that run_loop.isolate made, but for cgroups (removed at the end) and kernel
settings that kubelet insists on (put back at the end).
"""

import contextlib
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import time

import controlplane
import harness
import loop
import real

KUBERNETES_IO = "k8s.io"  # containerd's namespace for kubelet's containers
PAUSE = "tranche.test/pause:1"
IMAGES = (PAUSE, "docker.io/library/busybox:1", "docker.io/library/ubuntu:22.04")
OCI_TYPE = "application/vnd.oci.image."
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}  # by the kernel's names
HIDDEN = ("/run/containerd", "/run/netns")  # where runtimes leave things
TUNABLES = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
            "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes")

CONTAINERD_CONFIG = """
version = 3
root = "{home}/root"
state = "{home}/state"
disabled_plugins = ["io.containerd.nri.v1.nri"]
[grpc]
  address = "{home}/c.sock"
[ttrpc]
  address = "{home}/c.sock.ttrpc"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "native"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "{pause}"
[plugins.'io.containerd.cri.v1.runtime']
  enable_cdi = true
  cdi_spec_dirs = ["{cdi}"]
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["{home}/cni"]
    conf_dir = "{home}/cni.d"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    snapshotter = "native"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "{runc}"
"""

# A network plugin for pods that talk to nobody: an address, and nothing behind it.
CNI_PLUGIN = """#!/bin/sh
case $CNI_COMMAND in
VERSION) echo '{"cniVersion": "1.0.0", "supportedVersions": ["0.4.0", "1.0.0"]}' ;;
ADD)
    cat << END
{"cniVersion": "1.0.0", "interfaces": [{"name": "$CNI_IFNAME", "sandbox": "$CNI_NETNS"}],
 "ips": [{"address": "10.88.0.2/24", "interface": 0}]}
END
    ;;
esac
"""
CNI_CONFIG = {"cniVersion": "1.0.0", "name": "nothing", "plugins": [{"type": "nothing"}]}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def reference(data, kind):
    return {"mediaType": OCI_TYPE + kind, "digest": digest(data), "size": len(data)}


def write_image(path, rootfs, names):
    """An OCI archive with one image of one layer, under several names. Its program sleeps."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(rootfs, arcname=".")
    layer = layer.getvalue()
    config = json.dumps({"architecture": ARCHITECTURES.get(os.uname().machine, os.uname().machine), "os": "linux",
                         "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
                         "config": {"Env": ["PATH=/bin"], "Cmd": ["/bin/sleep", "2147483647"]}}).encode()
    manifest = json.dumps({"schemaVersion": 2, "mediaType": OCI_TYPE + "manifest.v1+json",
                           "config": reference(config, "config.v1+json"),
                           "layers": [reference(layer, "layer.v1.tar")]}).encode()
    index = {"schemaVersion": 2, "manifests": [
        {**reference(manifest, "manifest.v1+json"), "annotations": {"io.containerd.image.name": name}}
        for name in names]}
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": json.dumps(index).encode()}
    files.update({f"blobs/sha256/{digest(data)[7:]}": data for data in (layer, config, manifest)})
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


def read_tunables():
    paths = [pathlib.Path("/proc/sys") / each for each in TUNABLES]
    return {path: path.read_text() for path in paths if path.exists()}


class Node:
    """kubelet and containerd, as processes of the control plane that they belong to."""

    def __init__(self, plane, tools):
        self.plane, self.tools = plane, pathlib.Path(tools)
        self.home = plane.home / "n"
        self.kubelet_folder = self.home / "k"
        self.logs = self.home / "logs"
        self.tunables = read_tunables()

    def start(self):
        for folder in HIDDEN:
            os.makedirs(folder, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
        self.kubelet_folder.mkdir(parents=True)
        self.start_containerd()
        self.import_images()
        self.start_kubelet()
        harness.wait_for(self.is_ready, "the kubelet is ready", 60)

    def start_containerd(self):
        home = self.home
        for folder in ("cni", "cni.d", "bin"):
            (home / folder).mkdir()
        for name in ("nothing", "loopback"):  # containerd wants the second one by itself
            (home / "cni" / name).write_text(CNI_PLUGIN)
            (home / "cni" / name).chmod(0o755)
        (home / "cni.d/10-nothing.conflist").write_text(json.dumps(CNI_CONFIG))
        for name in ("containerd", "ctr"):
            (home / "bin" / name).symlink_to(self.tools / "containerd")
        (home / "containerd.toml").write_text(CONTAINERD_CONFIG.format(
            home=home, pause=PAUSE, cdi=loop.CDI, runc=shutil.which("runc")))
        self.plane.spawn_program("containerd", [home / "bin/containerd", "--config", home / "containerd.toml"],
                                 {"PATH": f"{self.tools}:{os.environ['PATH']}"})

    def ctr(self, *arguments):
        return subprocess.run([self.home / "bin/ctr", "--address", self.home / "c.sock", "--namespace", KUBERNETES_IO,
                               *map(str, arguments)], capture_output=True, text=True, timeout=60)

    def import_images(self):
        loop.make_rootfs(self.home / "rootfs")
        write_image(self.home / "image.tar", self.home / "rootfs", IMAGES)

        def is_imported():
            self.plane.check_alive()
            done = self.ctr("images", "import", "--snapshotter", "native", "--local", self.home / "image.tar")
            self.said = done.stderr
            return done.returncode == 0
        try:
            harness.wait_for(is_imported, "the image is imported", 60)
        except AssertionError:
            raise AssertionError(self.said) from None

    def start_kubelet(self):
        config = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": f"unix://{self.home}/c.sock", "podLogsDir": str(self.logs),
            "address": "127.0.0.1", "port": self.plane.kubelet_port, "healthzPort": 0,
            "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True}},
            "authorization": {"mode": "Webhook"},
            "cgroupDriver": "cgroupfs", "cgroupsPerQOS": False, "enforceNodeAllocatable": [], "failCgroupV1": False,
            "failSwapOn": False, "makeIPTablesUtilChains": False, "localStorageCapacityIsolation": False,
            "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%",
                             "nodefs.inodesFree": "0%", "imagefs.inodesFree": "0%"},
            "imageGCHighThresholdPercent": 100, "syncFrequency": "5s",
            "featureGates": {gate: True for gate in controlplane.GATES},
        }
        (self.home / "kubelet.json").write_text(json.dumps(config))
        self.plane.spawn("kubelet", f"--kubeconfig={self.plane.kubeconfig('kubelet')}",
                         f"--config={self.home}/kubelet.json", f"--root-dir={self.kubelet_folder}",
                         f"--cert-dir={self.home}/pki", "--hostname-override=worker")

    def is_ready(self):
        self.plane.check_alive()
        status = self.plane.api.get("/api/v1/nodes/worker")["status"]
        return any(each["type"] == "Ready" and each["reason"] == "KubeletReady" and each["status"] == "True"
                   for each in status["conditions"])

    def stop(self):
        """Containers first: their shims outlive containerd."""
        for line in self.ctr("tasks", "list").stdout.splitlines()[1:]:
            self.ctr("tasks", "kill", "--signal", "KILL", line.split()[0])
        time.sleep(0.5)
        for name in ("kubelet", "containerd"):
            if name in self.plane.processes:
                self.plane.kill(name)
        for folder in HIDDEN:
            subprocess.run(["umount", "--lazy", folder], check=False)
        mounts = pathlib.Path("/proc/self/mounts").read_text().split("\n")
        for line in reversed(mounts):
            if str(self.home) in line:
                subprocess.run(["umount", "--lazy", line.split()[1]], check=False)
        for folder in pathlib.Path("/sys/fs/cgroup").glob(f"**/{KUBERNETES_IO}"):
            with contextlib.suppress(OSError):  # somebody else's containers are in it
                folder.rmdir()
        for path, text in self.tunables.items():
            if path.read_text() != text:
                path.write_text(text)


class NodeLoop(real.RealLoop):
    """The loop with the real node: what integration rows expect of podman's, from kubelet."""

    def __init__(self, plane, programs, **options):
        loop.check_machine()
        if not plane.node:
            plane.node = Node(plane, programs["controlplane"].parent)
            plane.node.start()
        super().__init__(plane, programs, **options)

    def start_plugin(self, *flags, node="worker"):
        folder = self.plane.node.kubelet_folder
        parameters = ("--inventory-parameters", self.parameters) if self.parameters else ()
        return self.spawn("plugin", self.programs["tranche-kubelet-plugin"], "--driver-name", self.driver,
                          "--node-name", node, "--inventory", self.inventory, "--kubelet-dir", folder, "--cdi-root",
                          loop.CDI, "--kubeconfig", self.account("tranche-kubelet-plugin", bound_to=node), *parameters,
                          *self.plugin_flags, *flags)

    def stop(self):
        try:
            self.delete_pods()
        finally:
            super().stop()

    def logs(self, namespace, pod, container="ctr0"):
        """As kubelet keeps them: time, stream, "F" for a whole line, text."""
        uid = self.pod(namespace, pod)["metadata"]["uid"]
        folder = self.plane.node.logs / f"{namespace}_{pod}_{uid}" / container
        text = "".join(path.read_text() for path in sorted(folder.glob("*.log"))) if folder.exists() else ""
        return re.sub(r"^\S+ (stdout|stderr) [FP] ", "", text, flags=re.M)
