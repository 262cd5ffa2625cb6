# SPDX-License-Identifier: Apache-2.0
"""The whole loop for rows that need it: API server, roles, node, controller, kubelet plugin, containers.

Containers get their devices from /var/run/cdi, which podman does not let us move; run_loop.py mounts a folder of
its own there. Containers need root.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from harness import ROOT, Api, Skip, kubectls, wait_for

CDI = pathlib.Path("/var/run/cdi")
CLASS = """
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {{name: {driver}}}
spec:
  selectors:
  - cel: {{expression: device.driver == '{driver}'}}
"""
LAST = "controller standalone"  # what ends after everything else, in this order
PLAIN = {"SHARING_STRATEGY": "TimeSlicing", "TIMESLICE_INTERVAL": "Default"}


def check_machine():
    if os.geteuid() != 0:
        raise Skip("containers need root")
    for program in ("podman", "runc", "busybox"):
        if not shutil.which(program):
            raise Skip(f"there is no {program}")


def make_rootfs(root):
    """Static busybox with a bash that is the shell: an exec, so that TERM reaches the script's trap."""
    for folder in ("bin", "dev", "etc", "proc", "sys", "tmp", "var/run"):
        (root / folder).mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "bin/busybox")
    for applet in subprocess.run(["/bin/busybox", "--list"], check=True, capture_output=True, text=True).stdout.split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    bash = root / "bin/bash"
    bash.write_text('#!/bin/sh\nexec /bin/sh "$@"\n')
    bash.chmod(0o755)
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")


class Loop:
    """A cluster on this machine. `programs` says where the executables are, by their names."""

    def __init__(self, programs, driver="gpu.example.com", inventory="gpu-example", parameters=None,
                 roles="cluster,node"):
        if "node" in roles:
            check_machine()
        self.programs, self.driver, self.parameters = programs, driver, parameters
        self.inventory = ROOT / f"manifests/inventories/{inventory}.yaml"
        self.roles = roles
        self.folder = tempfile.TemporaryDirectory(prefix="tl-")  # short: there are sockets in it
        self.home = pathlib.Path(self.folder.name)
        self.kubeconfig = str(self.home / "kubeconfig")
        self.kubectl_binary = kubectls()[-1]
        self.processes = {}
        self.port = 0
        self.plugin_flags = ()
        self.policies = self.home / "policies"
        self.policies.mkdir()
        (self.policies / "class.yaml").write_text(CLASS.format(driver=driver))
        make_rootfs(self.home / "rootfs")
        (self.home / "kubelet/plugins_registry").mkdir(parents=True)

    # processes

    def spawn(self, name, *command, **options):
        log = open(self.home / f"{name}.log", "a")
        options.setdefault("stdout", subprocess.DEVNULL)
        self.processes[name] = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stderr=log,
                                                text=True, **options)
        return self.processes[name]

    def start_server(self):
        server = self.spawn("standalone", self.programs["tranche-standalone"], "--listen", f"127.0.0.1:{self.port}",
                            "--data-dir", self.home / "data", "--kubeconfig", self.kubeconfig, "--node-name", "worker",
                            "--roles", self.roles, "--kubelet-dir", self.home / "kubelet", "--rootfs",
                            self.home / "rootfs", stdout=subprocess.PIPE)
        line = server.stdout.readline()
        assert "is ready" in line, self.log("standalone")
        self.port = int(re.search(r":(\d+)", line.split("//")[1]).group(1))
        self.api = Api(self.config())

    def config(self):
        import json
        text = self.kubectl("config", "view", "--raw", "--minify", "-o", "json")
        return json.loads(text)

    def start_controller(self):
        return self.spawn("controller", self.programs["tranche-controller"], "--driver-name", self.driver,
                          "--policy-dir", self.policies, "--kubeconfig", self.kubeconfig, "--leader-elect=false")

    def start_plugin(self, *flags):
        return self.spawn("plugin", self.programs["tranche-kubelet-plugin"], "--driver-name", self.driver,
                          "--node-name", "worker", "--inventory", self.inventory, "--kubelet-dir",
                          self.home / "kubelet", "--cdi-root", CDI, "--kubeconfig", self.kubeconfig,
                          *(["--inventory-parameters", self.parameters] if self.parameters else []),
                          *self.plugin_flags, *flags)

    def start(self):
        self.start_server()
        self.start_controller()
        self.start_plugin()
        wait_for(lambda: self.items("resourceslices"), "slices are published")
        wait_for(lambda: self.items("deviceclasses"), "classes are published")

    def start_plugin_alone(self):
        """Nobody allocates and no container runs: for rows that look at the plugin itself."""
        self.start_server()
        self.start_plugin()
        wait_for(lambda: self.items("resourceslices"), "slices are published")

    def kill(self, name):
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def restart(self, name):
        {"standalone": self.start_server, "controller": self.start_controller, "plugin": self.start_plugin}[name]()

    def log(self, name):
        return (self.home / f"{name}.log").read_text()

    def stop(self):
        """Ends everything in good order; what sanitizers found fails the row."""
        if "standalone" in self.processes and "node" in self.roles:
            self.delete_pods()
        complaints = []
        for name in sorted(self.processes, key=LAST.find):  # plugins first
            process = self.processes.pop(name)
            process.send_signal(signal.SIGTERM)
            try:
                status = process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                status = "no end"
            if status != 0:
                complaints.append(f"{name} ended with {status}:\n{self.log(name)[-4000:]}")
        left = self.cdi_files()
        self.folder.cleanup()
        assert not complaints, "\n".join(complaints)
        assert not left, f"CDI files were left behind: {left}"

    def delete_pods(self):
        for pod in self.items("pods", group="v1"):
            meta = pod["metadata"]
            self.api.call("DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}?gracePeriodSeconds=1")
        wait_for(lambda: not self.items("pods", group="v1"), "pods go", 30)

    # looking

    def kubectl(self, *arguments, fails=False, stdin=None, namespace=None):
        command = [self.kubectl_binary, *(["-n", namespace] if namespace else []), *map(str, arguments)]
        environment = {**os.environ, "KUBECONFIG": self.kubeconfig, "HOME": str(self.home)}
        done = subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True, timeout=60)
        assert (done.returncode != 0) == fails, (command, done.returncode, done.stdout, done.stderr)
        return done.stderr if fails else done.stdout

    def items(self, plural, namespace=None, group="resource.k8s.io/v1"):
        base = "/api/v1" if group == "v1" else "/apis/" + group
        return self.api.get(f"{base}{'/namespaces/' + namespace if namespace else ''}/{plural}")["items"]

    def pod(self, namespace, name):
        code, pod = self.api.call("GET", f"/api/v1/namespaces/{namespace}/pods/{name}")
        return pod if code == 200 else None

    def phase(self, namespace, name):
        pod = self.pod(namespace, name)
        return pod["status"].get("phase") if pod else None

    def claims(self, namespace):
        return self.items("resourceclaims", namespace)

    def claim_of(self, namespace, pod):
        """The claim of a pod that has one."""
        status = self.pod(namespace, pod)["status"]["resourceClaimStatuses"][0]
        return self.api.get(f"/apis/resource.k8s.io/v1/namespaces/{namespace}/resourceclaims/"
                            f"{status['resourceClaimName']}")

    def cdi_files(self):
        return sorted(path.name for path in CDI.glob(f"k8s.{self.driver}-claim_*")) if CDI.exists() else []

    def explain_failure(self, namespace, name):
        pod = self.pod(namespace, name)
        return f"{namespace}/{name}: {pod and pod.get('status')}\n" + "".join(
            f"--- {each.stem}\n{each.read_text()[-3000:]}" for each in sorted(self.home.glob("*.log")))

    def wait_running(self, namespace, *names, seconds=30):
        for name in names:
            try:
                wait_for(lambda: self.phase(namespace, name) == "Running", f"{name} runs", seconds)
            except AssertionError:
                raise AssertionError(self.explain_failure(namespace, name)) from None

    def stays_pending(self, namespace, name, seconds=3):
        """It is still waiting after a while, without a node and with no claim allocated."""
        time.sleep(seconds)
        pod = self.pod(namespace, name)
        assert pod["status"]["phase"] == "Pending", pod["status"]
        assert not pod["spec"].get("nodeName"), pod["spec"]
        for status in pod["status"].get("resourceClaimStatuses", []):
            claim = self.api.get(f"/apis/resource.k8s.io/v1/namespaces/{namespace}/resourceclaims/"
                                 f"{status['resourceClaimName']}")
            assert not claim.get("status", {}).get("allocation"), claim

    def logs(self, namespace, pod, container="ctr0"):
        return self.kubectl("logs", pod, "-c", container, namespace=namespace)

    def environment(self, namespace, pod, container="ctr0"):
        """What the container's `export` printed."""
        def read():
            log = self.logs(namespace, pod, container)
            found = dict(re.findall(r"^export ([A-Za-z_][A-Za-z0-9_]*)='([^']*)'", log, re.M))
            return found if "PATH" in found else None
        return wait_for(read, f"{pod}/{container} prints its environment")


def gpus(environment):
    """The devices that a container sees: variables of GPU_DEVICE_ whose value is a device's name."""
    return sorted(value for name, value in environment.items()
                  if name.startswith("GPU_DEVICE_") and value.startswith("gpu-"))


def device_settings(environment, device):
    """The settings of one device, without their prefix."""
    prefix = "GPU_DEVICE_" + device[len("gpu-"):].upper().replace("-", "_") + "_"
    return {name[len(prefix):]: value for name, value in environment.items()
            if name.startswith(prefix) and not name.endswith("_RESOURCE_CLAIM")}


def check_plain(environment, claim, count=1, admin=False):
    """COUNT devices without any config, of CLAIM, and no other variable of ours."""
    found = gpus(environment)
    assert len(found) == count, environment
    for device in found:
        assert device_settings(environment, device) == PLAIN, (device, environment)
        name = "GPU_DEVICE_" + re.sub("[^A-Z0-9]+", "_", device.upper()) + "_RESOURCE_CLAIM"
        assert environment[name] == claim["metadata"]["uid"], (name, environment)
    assert environment["DRA_ADMIN_ACCESS"] == str(admin).lower(), environment
    assert environment["DRA_RESOURCE_DRIVER_NAME"] == "gpu.example.com", environment
    assert environment["KUBERNETES_NODE_NAME"] == "worker", environment
    ours = [name for name in environment if re.match("(GPU|NET|CPU)_DEVICE_|DRA_", name)]
    assert len(ours) == 2 + 4 * count, ours
    return found


def results(claim):
    return claim["status"]["allocation"]["devices"]["results"]
