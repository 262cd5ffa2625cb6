# SPDX-License-Identifier: Apache-2.0
"""The rows of tests/integration on the real thing. They say what clients may expect of an API server, and what our
controller does on the embedded one; here the same sentences are held against Kubernetes itself."""

import os

import rows_controller
import run_api

ROWS = {}


def adopt_controller_row(function):
    def wanted(loop):
        loop.start()
        function(loop)
    ROWS[f"same_{function.__name__}"] = wanted


def adopt_api_row(name):
    def wanted(loop):
        os.environ["KUBECONFIG"] = loop.kubeconfig  # of the server that the row is to take
        try:
            run_api.run_row(name, None)
        finally:
            del os.environ["KUBECONFIG"]
    ROWS[f"api_{name}"] = wanted


for each in rows_controller.ROWS.values():
    adopt_controller_row(each)
for each, declared in run_api.ROWS.items():
    if not declared.own_server:
        adopt_api_row(each)
