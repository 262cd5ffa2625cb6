# SPDX-License-Identifier: Apache-2.0
"""The rows of tests/integration on the real thing. They say what clients may expect of an API server, and what our
controller does on the embedded one; here the same sentences are held against Kubernetes itself."""

import rows_controller

ROWS = {}


def adopt(function):
    def wanted(loop):
        loop.start()
        function(loop)
    ROWS[f"same_{function.__name__}"] = wanted


for each in rows_controller.ROWS.values():
    adopt(each)
