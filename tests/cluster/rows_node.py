# SPDX-License-Identifier: Apache-2.0
"""Our kubelet plugin and Kubernetes' own kubelet, down to what containers see."""

import matrix
import node
import rows_fixtures
import shapes
from harness import wait_for
from loop import gpus, results

ROWS = {}
row = matrix.collector(ROWS, loop=node.NodeLoop)
ONE = shapes.devices(shapes.exactly("gpu"))
SCRIPT = "export; trap 'exit 0' TERM; sleep 9999 & wait"


def printer(name, **options):
    """A pod that prints its environment, as those of the fixtures do."""
    made = shapes.pod(name, **options)
    made["spec"]["containers"][0].update(name="ctr0", image="busybox:1", command=["sh", "-c", SCRIPT])
    return made


@row
def a_container_sees_its_device(loop):
    loop.start()
    loop.apply(shapes.template("one", ONE), printer("trainer", templates=["one"]))
    loop.wait_running("default", "trainer", seconds=60)
    (given,) = results(loop.claim_of("default", "trainer"))
    assert gpus(loop.environment("default", "trainer")) == [given["device"]], given
    assert len(loop.cdi_files()) == 1, loop.cdi_files()
    loop.delete_pods()
    wait_for(lambda: not loop.cdi_files(), "the claim is unprepared")
    wait_for(lambda: not loop.claims("default"), "the claim is collected")


@row
def the_plugin_may_restart_while_pods_run(loop):
    loop.start()
    loop.apply(shapes.template("one", ONE), printer("before", templates=["one"]))
    loop.wait_running("default", "before", seconds=60)
    loop.kill("plugin")
    loop.apply(printer("after", templates=["one"]))
    loop.wait_bound("after")
    loop.start_plugin()
    loop.wait_running("default", "after", seconds=90)
    seen = [gpus(loop.environment("default", name)) for name in ("before", "after")]
    assert seen == [["gpu-0"], ["gpu-1"]], seen


@row
def the_kubelet_may_restart_while_pods_run(loop):
    loop.start()
    loop.apply(shapes.template("one", ONE), printer("before", templates=["one"]))
    loop.wait_running("default", "before", seconds=60)
    loop.plane.kill("kubelet")
    loop.plane.node.start_kubelet()
    loop.apply(printer("after", templates=["one"]))
    loop.wait_running("default", "after", seconds=90)
    loop.delete_pods()
    wait_for(lambda: not loop.cdi_files(), "both claims are unprepared", 60)


def adopt(function):
    def wanted(loop):
        loop.start()
        function(loop)
    wanted.__name__ = f"node_{function.__name__}"
    row(**getattr(function, "setup", {}))(wanted)


for each in rows_fixtures.ROWS.values():
    adopt(each)
