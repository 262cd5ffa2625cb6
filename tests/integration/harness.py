# SPDX-License-Identifier: Apache-2.0
"""What rows stand on: a server of their own (or the one that $KUBECONFIG names), kubectl, and plain HTTP."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Skip(Exception):
    """The row cannot run here; the text says why."""


def kubectls():
    """Debian's kubectl and a current one, as tests/run puts them there; else what the system has."""
    found = [ROOT / "build/tools/debian/usr/bin/kubectl", ROOT / "build/tools/kubectl-current"]
    found = [str(path) for path in found if path.exists()]
    if "KUBECTL" in os.environ:
        found = [os.environ["KUBECTL"]]
    if not found and shutil.which("kubectl"):
        found = [shutil.which("kubectl")]
    return found


def wait_for(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


class Api:
    """Plain HTTP against the server, so that rows see what kubectl hides."""

    def __init__(self, config):
        cluster = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"] or {}
        self.url = urllib.parse.urlsplit(cluster["server"])
        self.headers = {"Authorization": "Bearer " + user["token"]} if "token" in user else {}
        self.context = None
        if self.url.scheme == "https":
            ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
            self.context = ssl.create_default_context(cadata=ca)
            if "client-certificate-data" in user:
                with tempfile.NamedTemporaryFile() as pem:
                    pem.write(base64.b64decode(user["client-certificate-data"]))
                    pem.write(base64.b64decode(user["client-key-data"]))
                    pem.flush()
                    self.context.load_cert_chain(pem.name)

    def connect(self, timeout=20):
        if self.context:
            return http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=timeout,
                                               context=self.context)
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=timeout)

    def send(self, method, path, body=None, headers=None, timeout=20):
        """The response, to be read by the caller."""
        headers = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = self.connect(timeout)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.connection = connection
        return response

    def call(self, method, path, body=None, headers=None):
        """Status code and decoded answer."""
        response = self.send(method, path, body, headers)
        text = response.read()
        response.connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = text.decode(errors="replace")
        self.last_headers = response.headers
        return response.status, answer

    def get(self, path, **headers):
        code, answer = self.call("GET", path, headers=headers)
        assert code == 200, (path, code, answer)
        return answer

    def create(self, path, body, want=201):
        code, answer = self.call("POST", path, body)
        assert code == want, (path, code, answer)
        return answer

    def patch(self, path, body, kind="merge-patch+json", want=200):
        code, answer = self.call("PATCH", path, json.dumps(body), {"Content-Type": "application/" + kind})
        assert code == want, (path, code, answer)
        return answer

    @contextlib.contextmanager
    def watch(self, path, accept="application/json", timeout=20):
        """An iterator of events."""
        response = self.send("GET", path, headers={"Accept": accept}, timeout=timeout)
        assert response.status == 200, (path, response.status, response.read())
        try:
            yield (json.loads(line) for line in response)
        finally:
            response.connection.close()


class Cluster:
    """A server for one row, gone afterwards. With $KUBECONFIG: that server, in a namespace of the row's own."""

    def __init__(self, binary, *flags):
        self.folder = tempfile.TemporaryDirectory(prefix="tranche-integration-")
        self.home = pathlib.Path(self.folder.name)
        self.process = None
        self.kubectls = kubectls()
        if not self.kubectls:
            raise Skip("there is no kubectl")
        self.own = "KUBECONFIG" not in os.environ
        self.kubeconfig = os.environ.get("KUBECONFIG", str(self.home / "kubeconfig"))
        if self.own:
            self.start(binary, flags)
        self.api = Api(self.config())
        self.namespace = "row-%06x" % random.randrange(1 << 24)
        self.api.create("/api/v1/namespaces", {"metadata": {"name": self.namespace}})

    def start(self, binary, flags, port=0):
        self.command = (binary, flags)
        log = open(self.home / "log", "w")
        self.process = subprocess.Popen(
            [binary, "--listen", f"127.0.0.1:{port}", "--data-dir", self.home / "data", "--kubeconfig",
             self.kubeconfig, "--node-name", "node-1", "--roles", "none", *flags],
            stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        line = self.process.stdout.readline()
        assert "is ready" in line, "the server did not start: " + (self.home / "log").read_text()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def start_again(self, port):
        self.start(*self.command, port=port)

    def config(self):
        text = subprocess.run([self.kubectls[-1], "config", "view", "--raw", "--minify", "-o", "json"],
                              env=self.environment(), check=True, capture_output=True, text=True).stdout
        return json.loads(text)

    def environment(self):
        return {**os.environ, "KUBECONFIG": self.kubeconfig, "HOME": str(self.home)}

    def stop(self):
        """Ends the server; its own complaints (sanitizers, leaks) fail the row."""
        if not self.process:
            self.api.call("DELETE", "/api/v1/namespaces/" + self.namespace)
            return
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        log = (self.home / "log").read_text()
        self.folder.cleanup()
        assert status == 0, f"the server ended with {status}:\n{log}"

    def kubectl(self, *arguments, stdin=None, fails=False, binary=None, namespaced=True, timeout=60):
        """What it printed; on stderr if it is meant to fail."""
        command = [binary or self.kubectls[-1], *(["-n", self.namespace] if namespaced else []), *arguments]
        done = subprocess.run(command, input=stdin, env=self.environment(), capture_output=True, text=True,
                              timeout=timeout)
        assert (done.returncode != 0) == fails, (command, done.returncode, done.stdout, done.stderr)
        return done.stderr if fails else done.stdout

    def minor(self, binary):
        text = subprocess.run([binary, "version", "--client", "-o", "json"], env=self.environment(), check=True,
                              capture_output=True, text=True).stdout
        minor = json.loads(text)["clientVersion"]["minor"].rstrip("+")
        return int(minor) if minor.isdigit() else 99  # built from the module, which does not know its version

    def path(self, plural, name=None, sub=None, group="resource.k8s.io/v1"):
        base = "/api/v1" if group == "v1" else "/apis/" + group
        parts = [base, "namespaces", self.namespace, plural] + [part for part in (name, sub) if part]
        return "/".join(parts)
