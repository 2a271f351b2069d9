"""Steps of nodes that HyperPod has configured."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from .conftest import RESOURCE_CONFIG, SCRIPTS, PretendNode
from .every_step import COLLECTOR, CONTROLLERS, EVERYTHING

extension = import_module("extension")
provisioning_params = import_module("provisioning_params")
steps_module = import_module("steps")
this_node = import_module("this_node")

TYPES = {
    "controller_group": "controller",
    "login_groups": ["login"],
    "worker_groups": ["gpu"],
}


def steps_of(folder: Path, node_type: str, steps: dict[str, Any]) -> list[list[str]]:
    (folder / "steps.json").write_text(json.dumps(steps))
    node = this_node.ThisNode(
        node_type=provisioning_params.NodeType(node_type),
        group="group",
        cluster_name="training",
        controllers=CONTROLLERS,
        is_primary=True,
        address=CONTROLLERS[0],
    )
    return list(extension.extension(node, steps_module.Steps.read(folder)))


@pytest.mark.parametrize("node_type", ["controller", "login", "worker"])
def test_least(tmp_path: Path, node_type: str) -> None:
    assert steps_of(tmp_path, node_type, {"accounting": {}, "log_rotation": True}) == [
        ["install_prolog_epilog.sh"],
        ["run_site_scripts.sh", node_type, "group"],
    ]


def test_everything_on_a_controller(tmp_path: Path) -> None:
    assert steps_of(tmp_path, "controller", EVERYTHING) == [
        ["mount_s3.sh", "data", "/mnt/data", "a", "read-only", ""],
        ["close_logins.py", "no-login"],
        ["protect_metadata.sh"],
        ["configure_sssd.py", "no-login"],
        ["add_users.py", "no-login"],
        ["install_prolog_epilog.sh"],
        ["constrain_devices.sh"],
        [
            "configure_slurm.py",
            "PrologFlags+=Contain",
            "TaskPlugin=task/cgroup,task/affinity",
            "ProctrackType=proctrack/cgroup",
        ],
        ["keep_slurm_settings.sh", "running"],
        ["reconfigure_slurm.sh"],
        ["add_slurm_accounts.py"],
        ["install_node_exporter.sh"],
        ["install_slurm_exporter.sh", "training"],
        [*COLLECTOR, "controller", "node", "slurm"],
        ["run_site_scripts.sh", "controller", "group"],
        ["install_users_refresh.sh", "no-login", "primary", "5", "us-west-2"],
    ]


@pytest.mark.parametrize("node_type", ["login", "worker"])
def test_everything_on_another_node(tmp_path: Path, node_type: str) -> None:
    gpu = (
        [["install_efa_exporter.sh"], ["install_dcgm_exporter.sh"]] if node_type == "worker" else []
    )
    adopt = [["adopt_logins.sh"]] if node_type == "worker" else []
    policy = "with-job" if node_type == "worker" else "login"

    assert steps_of(tmp_path, node_type, EVERYTHING)[1:] == [
        ["close_logins.py", policy],
        ["protect_metadata.sh"],
        ["configure_sssd.py"],
        ["add_users.py"],
        ["share_ssh_keys.py", "alice"],
        ["install_prolog_epilog.sh"],
        ["install_docker.sh", ""],
        ["install_enroot.sh", ""],
        ["make_enroot_folders.py"],
        ["install_node_exporter.sh"],
        *gpu,
        [*COLLECTOR, node_type, "node", *(["efa", "gpu"] if gpu else [])],
        ["run_site_scripts.sh", node_type, "group"],
        ["install_users_refresh.sh", policy, "other", "5", "us-west-2"],
        *adopt,
        ["open_logins.py", policy],
    ]


def test_every_step_is_a_file(tmp_path: Path) -> None:
    for node_type in ("controller", "login", "worker"):
        for script, *_ in steps_of(tmp_path, node_type, EVERYTHING):
            assert (SCRIPTS / script).is_file()


@pytest.mark.parametrize(
    ("address", "node_type"),
    [("10.1.0.11", "controller"), ("10.1.0.12", "login"), ("10.1.0.21", "worker")],
)
def test_entry_point(node: PretendNode, address: str, node_type: str) -> None:
    node.is_given({}, RESOURCE_CONFIG, address)
    (node.scripts / "provisioning_params.json").unlink()
    (node.scripts / "node_types.json").write_text(json.dumps(TYPES))
    node.file_of_site("10-note.sh", 'echo "$HYPERPOD_NODE_TYPE" > "$NOTES/site"\n')
    before = node.slurm_conf.read_text()

    result = node.run("on_init_complete.sh")

    assert result.returncode == 0, result.stdout
    assert node.last_line().endswith(" This node is ready.")
    assert (node.notes / "site").read_text() == f"{node_type}\n"
    assert node.slurm_conf.read_text() == before
    assert node.calls("systemctl", "mount", "scontrol") == []


@pytest.mark.parametrize(
    ("types", "message"),
    [
        (None, "{file} cannot be read: No such file or directory"),
        ({**TYPES, "login_groups": []}, "{file}: the group of this node, 'login', is not named"),
        ({**TYPES, "other": []}, "{file}: other is not known here, only controller_group, "),
    ],
)
def test_fault_is_one_clear_line(
    node: PretendNode, types: dict[str, Any] | None, message: str
) -> None:
    node.is_given({}, RESOURCE_CONFIG, "10.1.0.12")
    file = node.scripts / "node_types.json"
    if types is not None:
        file.write_text(json.dumps(types))

    assert node.run("on_init_complete.sh").returncode == 1
    assert node.last_line().startswith(f"FAILED: {message.format(file=file)}")
