# SPDX-License-Identifier: Apache-2.0
"""The kubelet plugin as kubelet sees it, called by a gRPC client that we did not write (Debian's grpcio)."""

import concurrent.futures
import json
import os
import signal
import time
import uuid

from harness import Skip, wait_for
from loop import CDI

ROWS = {}
GET_INFO = "/pluginregistration.Registration/GetInfo"
NOTIFY = "/pluginregistration.Registration/NotifyRegistrationStatus"
DRA = "/k8s.io.kubelet.pkg.apis.dra.%s.DRAPlugin/Node%sResources"
PODS = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims"


def row(function):
    """These rows have an API server and the plugin, and nobody else."""
    function.alone = True
    ROWS[function.__name__] = function
    return function


# A little of protobuf's wire format, so that nothing of ours is between grpcio and the plugin.


def field(number, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def fields(message):
    """Field numbers and their values: bytes, or an int."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = number()
        if key & 7 == 2:
            length = number()
            yield key >> 3, message[at:at + length]
            at += length
        else:
            assert key & 7 == 0, key
            yield key >> 3, number()


def request(*claims):
    return b"".join(field(1, field(1, claim["metadata"]["namespace"]) + field(2, claim["metadata"]["uid"]) +
                          field(3, claim["metadata"]["name"])) for claim in claims)


def device(message):
    names = {1: "requests", 2: "pool", 3: "device", 4: "cdi", 5: "share"}
    out = {"requests": [], "cdi": [], "share": ""}
    for number, value in fields(message):
        text = value.decode()
        if number in (1, 4):
            out[names[number]].append(text)
        else:
            out[names[number]] = text
    return out


def answers(message):
    """By uid: a list of devices, or the error as a string."""
    out = {}
    for _, entry in fields(message):
        parts = dict(fields(entry))
        found = list(fields(parts.get(2, b"")))
        errors = [value.decode() for number, value in found if number == 2]
        out[parts[1].decode()] = errors[0] if errors else [device(value) for number, value in found if number == 1]
    return out


def unprepare_answers(message):
    return {dict(fields(entry))[1].decode(): dict(fields(dict(fields(entry)).get(2, b""))).get(1, b"").decode()
            for _, entry in fields(message)}


class Kubelet:
    """Calls the plugin; everything goes through grpcio."""

    def __init__(self, loop):
        try:
            import peers.grpc_client as grpc_client
        except SystemExit:
            raise Skip("grpcio is not there") from None
        self.registration = grpc_client.Client(str(loop.home / f"kubelet/plugins_registry/{loop.driver}-reg.sock"))
        info = list(fields(self.registration.call(GET_INFO, timeout=5)))
        self.info = {"type": info[0][1].decode(), "name": info[1][1].decode(), "endpoint": info[2][1].decode(),
                     "versions": [value.decode() for number, value in info if number == 4]}
        self.service = grpc_client.Client(self.info["endpoint"])

    def prepare(self, *claims, version="v1", timeout=45):
        return answers(self.service.call(DRA % (version, "Prepare"), request(*claims), timeout=timeout))

    def unprepare(self, *claims, version="v1", timeout=45):
        return unprepare_answers(self.service.call(DRA % (version, "Unprepare"), request(*claims), timeout=timeout))


def make_claim(loop, name, *devices, config=None, admin=False, request_name="gpu"):
    """A claim that somebody allocated these devices to and reserved for a pod."""
    claim = loop.api.create(PODS, {"metadata": {"name": name}, "spec": {"devices": {"requests": [
        {"name": request_name.split("/")[0],
         "exactly": {"deviceClassName": loop.driver, **({"adminAccess": True} if admin else {})}}]}}})
    allocation = {"devices": {"results": [
        {"request": request_name, "driver": loop.driver, "pool": "worker", "device": each,
         **({"adminAccess": True} if admin else {})} for each in devices], **({"config": config} if config else {})}}
    return reserve(loop, claim, allocation)


def reserve(loop, claim, allocation):
    claim["status"] = {"allocation": allocation, "reservedFor": [{"resource": "pods", "name": "p", "uid": str(uuid.uuid4())}]}
    code, answer = loop.api.call("PUT", f"{PODS}/{claim['metadata']['name']}/status", claim)
    assert code == 200, answer
    return answer


def uid(claim):
    return claim["metadata"]["uid"]


@row
def independent_client(loop):
    kubelet = Kubelet(loop)
    assert kubelet.info == {"type": "DRAPlugin", "name": loop.driver,
                            "endpoint": str(loop.home / f"kubelet/plugins/{loop.driver}/dra.sock"),
                            "versions": ["v1.DRAPlugin", "v1beta1.DRAPlugin"]}, kubelet.info
    kubelet.registration.call(NOTIFY, b"\x08\x01", timeout=5)
    claim = make_claim(loop, "c1", "gpu-0", "gpu-1", request_name="gpu")
    first = kubelet.prepare(claim)[uid(claim)]
    assert [(each["requests"], each["pool"], each["device"]) for each in first] == [
        (["gpu"], "worker", "gpu-0"), (["gpu"], "worker", "gpu-1")], first
    assert first[0]["cdi"] == [f"k8s.{loop.driver}/claim={uid(claim)}-gpu-0"], first
    spec = json.loads((CDI / f"k8s.{loop.driver}-claim_{uid(claim)}.json").read_text())
    assert spec["kind"] == f"k8s.{loop.driver}/claim" and len(spec["devices"]) == 2, spec
    assert kubelet.prepare(claim)[uid(claim)] == first
    assert kubelet.prepare(claim, version="v1beta1")[uid(claim)] == first
    assert kubelet.unprepare(claim) == {uid(claim): ""}
    assert kubelet.unprepare(claim, version="v1beta1") == {uid(claim): ""}
    assert not loop.cdi_files()


@row
def no_claims_and_bad_claims(loop):
    kubelet = Kubelet(loop)
    assert kubelet.prepare() == {}
    good, other = make_claim(loop, "good", "gpu-0"), make_claim(loop, "other", "gpu-1")
    absent = {"metadata": {"namespace": "default", "name": "absent", "uid": str(uuid.uuid4())}}
    replaced = {"metadata": {**other["metadata"], "uid": str(uuid.uuid4())}}
    found = kubelet.prepare(good, absent, replaced, other)
    assert isinstance(found[uid(good)], list) and isinstance(found[uid(other)], list), found
    assert '"absent" not found' in found[uid(absent)], found
    assert "replaced by another of the same name" in found[uid(replaced)], found
    assert kubelet.unprepare(good, absent, replaced, other) == {uid(c): "" for c in (good, absent, replaced, other)}


@row
def held_devices(loop):
    kubelet = Kubelet(loop)
    loop.api.patch("/api/v1/namespaces/default", {"metadata": {"labels": {"resource.kubernetes.io/admin-access": "true"}}})
    one, two, admin = (make_claim(loop, "one", "gpu-0"), make_claim(loop, "two", "gpu-0"),
                       make_claim(loop, "admin", "gpu-0", admin=True))
    assert isinstance(kubelet.prepare(one)[uid(one)], list)
    refused = kubelet.prepare(two)[uid(two)]
    assert "device gpu-0 is still held by claim default/one" in refused, refused
    assert isinstance(kubelet.prepare(admin)[uid(admin)], list)
    kubelet.unprepare(one)
    assert isinstance(kubelet.prepare(two)[uid(two)], list)
    kubelet.unprepare(two, admin)


@row
def bad_config_is_explained(loop):
    def config(**sharing):
        return [{"source": "FromClaim", "opaque": {"driver": loop.driver, "parameters": {
            "apiVersion": "gpu.resource.example.com/v1alpha1", "kind": "GpuConfig", **sharing}}}]

    kubelet = Kubelet(loop)
    for number, (settings, words) in enumerate([
            ({"sharing": {"strategy": "Nonsense"}}, "Nonsense"),
            ({"sharing": {"strategy": "TimeSlicing", "spacePartitioningConfig": {"partitionCount": 2}}}, "TimeSlicing"),
            ({"sahring": {}}, "sahring")]):
        claim = make_claim(loop, f"bad-{number}", "gpu-0", config=config(**settings))
        refused = kubelet.prepare(claim)[uid(claim)]
        assert isinstance(refused, str) and words in refused, refused
    assert not loop.cdi_files()


@row
def server_down(loop):
    """Without the API server, what is prepared is answered and unprepared; what is not gets an error in time."""
    kubelet = Kubelet(loop)
    known, new = make_claim(loop, "known", "gpu-0"), make_claim(loop, "new", "gpu-1")
    before = kubelet.prepare(known)
    loop.kill("standalone")
    assert kubelet.prepare(known) == before
    started = time.monotonic()
    refused = kubelet.prepare(new)[uid(new)]
    assert isinstance(refused, str) and time.monotonic() - started < 45, refused
    assert kubelet.unprepare(known, new) == {uid(known): "", uid(new): ""}


@row
def many_at_once(loop):
    kubelet = Kubelet(loop)
    claims = [make_claim(loop, f"c{number}", f"gpu-{number}") for number in range(8)]
    for _ in range(5):
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            found = list(pool.map(lambda claim: kubelet.prepare(claim)[uid(claim)], claims * 4))
            assert all(isinstance(each, list) for each in found), found
            assert len(loop.cdi_files()) == 8
            list(pool.map(lambda claim: kubelet.unprepare(claim), claims * 4))
    assert not loop.cdi_files()


@row
def restart_keeps_what_is_prepared(loop):
    kubelet = Kubelet(loop)
    claim = make_claim(loop, "c", "gpu-0")
    before = kubelet.prepare(claim)
    (CDI / loop.cdi_files()[0]).unlink()
    (CDI / f"k8s.{loop.driver}-claim_{uuid.uuid4()}.json").write_text("{}")
    loop.kill("plugin")
    loop.start_plugin()
    wait_for(lambda: loop.cdi_files() == [f"k8s.{loop.driver}-claim_{uid(claim)}.json"],
             "the CDI file is there again and the orphan is gone")
    kubelet = wait_for(lambda: reconnect(loop), "the plugin answers")
    assert kubelet.prepare(claim) == before
    kubelet.unprepare(claim)


def reconnect(loop):
    import grpc
    try:
        return Kubelet(loop)
    except grpc.RpcError:
        return None


@row
def forgotten_claims_are_swept(loop):
    """Kubelet never asks to unprepare a claim that is gone; one that is still there is left alone."""
    kubelet = Kubelet(loop)
    kept, gone = make_claim(loop, "kept", "gpu-0"), make_claim(loop, "gone", "gpu-1")
    kubelet.prepare(kept, gone)
    loop.kill("plugin")
    loop.start_plugin("--stale-claim-grace", "400ms")
    loop.api.patch(f"{PODS}/gone", {"metadata": {"finalizers": None}})
    loop.api.call("DELETE", f"{PODS}/gone")
    wait_for(lambda: loop.cdi_files() == [f"k8s.{loop.driver}-claim_{uid(kept)}.json"], "the stale claim is unprepared")
    time.sleep(1)
    kubelet = wait_for(lambda: reconnect(loop), "the plugin answers")
    assert isinstance(kubelet.prepare(kept)[uid(kept)], list)
    kubelet.unprepare(kept)


@row
def sockets_come_back(loop):
    """Whoever removes a socket, or puts another file there, does not get rid of the plugin."""
    Kubelet(loop)
    path = loop.home / f"kubelet/plugins_registry/{loop.driver}-reg.sock"
    path.unlink()
    wait_for(path.exists, "the registration socket is bound again")
    assert wait_for(lambda: reconnect(loop), "it answers").info["name"] == loop.driver


@row
def killed_in_the_middle(loop):
    """kill -9 while claims are prepared and unprepared: afterwards each one is whole or absent."""
    rounds = int(os.environ.get("TRANCHE_CRASHES", "10"))
    claims = [make_claim(loop, f"c{number}", f"gpu-{number}") for number in range(8)]
    for number in range(rounds):
        kubelet = wait_for(lambda: reconnect(loop), "the plugin answers")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            pending = [pool.submit(hammer, kubelet, claim) for claim in claims]
            time.sleep(0.002 + 0.031 * (number % 7) / 7)
            loop.kill("plugin")
            for future in pending:
                future.result()
        loop.start_plugin()
        kubelet = wait_for(lambda: reconnect(loop), "the plugin answers")
        whole = {name for name in loop.cdi_files()}
        found = kubelet.prepare(*claims)
        assert all(isinstance(each, list) for each in found.values()), found
        assert len(loop.cdi_files()) == 8 and whole <= set(loop.cdi_files())
        assert set(kubelet.unprepare(*claims).values()) == {""}
        assert not loop.cdi_files(), loop.cdi_files()
        records = list((loop.home / f"kubelet/plugins/{loop.driver}/claims").glob("*.json"))
        assert not records, records


def hammer(kubelet, claim):
    import grpc
    try:
        while True:
            kubelet.prepare(claim)
            kubelet.unprepare(claim)
    except grpc.RpcError:
        return  # it was killed


@row
def stops_in_good_order(loop):
    """SIGTERM: sockets are removed, slices stay for the next start."""
    Kubelet(loop)
    before = loop.items("resourceslices")
    process = loop.processes.pop("plugin")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0, loop.log("plugin")
    assert not list((loop.home / "kubelet").rglob("*.sock"))
    assert loop.items("resourceslices") == before
