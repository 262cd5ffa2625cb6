# SPDX-License-Identifier: Apache-2.0
"""How a row is declared."""

import dataclasses
import typing


@dataclasses.dataclass
class Row:
    function: typing.Callable
    with_kubectl: bool = False
    own_server: bool = False
    flags: tuple = ()


def collector(rows, with_kubectl):
    """A decorator that puts functions into ROWS by their names."""

    def row(function=None, own_server=False, flags=()):
        def keep(wanted):
            rows[wanted.__name__] = Row(wanted, with_kubectl, own_server, flags)
            return wanted
        return keep(function) if function else keep
    return row


def claim(name, device_class="gpu.example.com", **metadata):
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": {"name": name, **metadata},
            "spec": {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": device_class}}]}}}


def pod(name, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [{"name": "c", "image": "busybox"}], **spec}}


TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def refused(answer, code, reason, text):
    assert answer[0] == code, answer
    status = answer[1]
    assert status["kind"] == "Status" and status["reason"] == reason and status["code"] == code, status
    assert text in status["message"], status
    return status
