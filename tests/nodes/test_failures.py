"""What cannot be made good: the node fails, and the last line of its log says why."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .bundle import Bundle
from .cluster import Cluster, wait_until
from .hyperpod import Node
from .shapes import small

FORM = "provisioning_params__json"
OTHER_FORM = "provisioning_parameters__json"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def cluster(bundle: Bundle) -> Iterator[Cluster]:
    """A controller, which may run scripts any number of times."""
    with Cluster(bundle) as cluster:
        cluster.add(bundle.groups[0])
        cluster.boot()
        yield cluster


def test_group_that_is_not_there(cluster: Cluster, bundle: Bundle) -> None:
    line = failure(cluster, bundle, controller_group="boss")
    assert line == (
        "FAILED: /tmp/"
        f"{bundle.place}/provisioning_params.json: the group of this node, 'controller', is not named"
    )


def test_controller_group_that_is_not_there(cluster: Cluster, bundle: Bundle) -> None:
    line = failure(cluster, bundle, controller_group="boss", login_group="controller")
    assert line == (
        "FAILED: /opt/ml/config/resource_config.json: there is no group 'boss', which the form "
        "names as controller_group"
    )


def test_malformed_form(cluster: Cluster, bundle: Bundle) -> None:
    line = run(cluster, bundle.with_files(**{FORM: '{"version": "1.0.0",'})).fail()
    assert line.startswith(
        f"FAILED: /tmp/{bundle.place}/provisioning_params.json is not JSON: Expect"
    )


def test_no_form(cluster: Cluster, bundle: Bundle) -> None:
    line = run(cluster, bundle.with_files(**{FORM: None, OTHER_FORM: None})).fail()
    assert line == (
        f"FAILED: /tmp/{bundle.place}: there is no provisioning_params.json or "
        "provisioning_parameters.json"
    )


def test_slurm_conf_that_never_comes(cluster: Cluster, bundle: Bundle) -> None:
    line = run(cluster, bundle, HYPERPOD_WAIT_SECONDS="2").fail()
    assert line == (
        "FAILED: wait_for_slurm_conf.sh ended with status 1: "
        "/opt/slurm/etc/slurm.conf did not appear with a SlurmctldHost within 2 s"
    )


def test_controller_that_never_comes(bundle: Bundle) -> None:
    with Cluster(bundle) as cluster:
        _, worker = cluster.add_all()
        cluster.boot([worker])
        cluster.start_scripts(worker, HYPERPOD_WAIT_SECONDS="2")
        assert worker.fail() == (
            "FAILED: start_slurmd.sh ended with status 1: slurmd did not start within 2 s; "
            "the end of its journal stands above"
        )


def test_mount_target_that_never_comes(tmp_path: Path) -> None:
    with Cluster(small(tmp_path, lustre=True)) as cluster:
        controller = cluster.add(cluster.platform.bundle.groups[0])
        cluster.boot()
        cluster.start_scripts(controller, HYPERPOD_WAIT_SECONDS="2")
        line = controller.fail()
        assert line.startswith("FAILED: mount_lustre.sh ended with status 1: fs-0scratch")
        assert line.endswith("Connection refused (tried for 2 s)")


def test_full_disk(bundle: Bundle) -> None:
    with Cluster(bundle, disk="64m") as cluster:
        controller = cluster.add(bundle.groups[0])
        cluster.platform.write_slurm_conf()
        cluster.boot()
        # slurmctld does not get ready.
        cluster.start_scripts(controller, HYPERPOD_WAIT_SECONDS="30")
        # Before, the log has no place.
        wait_until(lambda: "This node is a" in controller.log())
        fill = "while :; do cat /dev/zero >> /var/tmp/filling; sleep 0.05; done"
        controller.host.run(f"systemd-run --quiet bash -c '{fill}'")
        line = controller.fail()
        assert line.startswith("FAILED: ")
        # A service that does not start says so in its journal, which stands above.
        assert "No space left on device" in controller.log()


def test_killed_and_run_again(bundle: Bundle) -> None:
    with Cluster(bundle) as cluster:
        controller = cluster.add(bundle.groups[0])
        cluster.boot()
        cluster.start_scripts(controller)
        wait_until(lambda: "Step: wait_for_slurm_conf.sh" in controller.log(), controller.log)
        controller.kill_scripts()
        assert controller.status != 0
        cluster.platform.write_slurm_conf()
        cluster.provision()
        cluster.expect_provisioned()
        assert controller.host.run("sinfo --noheader --format %R") == "dev\n"


def run(cluster: Cluster, bundle: Bundle, **environment: str) -> Node:
    """Starts the scripts of another bundle on the controller, its log empty."""
    node = cluster.nodes[0]
    node.host.run("rm -f /var/log/provision/provisioning.log")
    cluster.platform.bundle = bundle
    cluster.start_scripts(node, **environment)
    return node


def failure(cluster: Cluster, bundle: Bundle, **fields: Any) -> str:
    """The last line of the log with another form."""
    return run(cluster, bundle.with_files(**{FORM: json.dumps({**bundle.form, **fields})})).fail()
