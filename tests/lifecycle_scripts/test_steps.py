import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from .every_step import ARN, DIRECTORY

steps = import_module("steps")
LifecycleError = import_module("lifecycle_error").LifecycleError


def read(folder: Path, content: object) -> Any:
    (folder / "steps.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return steps.Steps.read(folder)


def test_without_the_file_everything_is_off(tmp_path: Path) -> None:
    assert steps.Steps.read(tmp_path) == steps.Steps()


@pytest.mark.parametrize("nothing", [{}, dict.fromkeys(["accounting", "users", "metrics"])])
def test_what_is_not_named_is_off(tmp_path: Path, nothing: object) -> None:
    everything = read(tmp_path, nothing)

    assert everything == steps.Steps()
    assert everything.accounting is None
    assert everything.containers is None
    assert (everything.metrics.node, everything.users, everything.s3_mounts) == (False, [], [])


def test_empty_object_turns_a_step_on(tmp_path: Path) -> None:
    some = read(tmp_path, {"accounting": {}, "containers": {}})

    assert some.accounting == steps.Accounting(
        endpoint=None, port=3306, secret_arn=None, database="slurm_acct_db"
    )
    assert some.containers == steps.Containers(data_root=None)


def test_external_database(tmp_path: Path) -> None:
    given = {"endpoint": "db.example.com", "port": 3307, "secret_arn": ARN, "database": "hpc"}

    accounting = read(tmp_path, {"accounting": given}).accounting

    assert {key: getattr(accounting, key) for key in given} == given


def test_users(tmp_path: Path) -> None:
    some = read(
        tmp_path,
        {
            "users": {
                "groups": [{"name": "research", "gid": 3000}],
                "users": [
                    {"name": "bob", "uid": 2002},
                    {
                        "name": "alice",
                        "uid": 2001,
                        "gid": 3000,
                        "groups": ["research"],
                        "home": "/fsx/alice",
                        "shell": "/bin/zsh",
                        "ssh_keys": ["ssh-ed25519 AAAA"],
                        "slurm_account": "llm",
                        "slurm_admin": True,
                    },
                ],
            }
        },
    )

    bob, alice = some.users
    assert some.groups == [steps.Group("research", 3000)]
    assert (bob.gid, bob.home, bob.shell) == (2002, "/home/bob", "/bin/bash")
    assert (bob.groups, bob.ssh_keys, bob.slurm_account, bob.slurm_admin) == ([], [], None, False)
    assert (alice.gid, alice.home, alice.shell) == (3000, "/fsx/alice", "/bin/zsh")
    assert (alice.groups, alice.ssh_keys) == (["research"], ["ssh-ed25519 AAAA"])
    assert (alice.slurm_account, alice.slurm_admin) == ("llm", True)


def test_other_switches(tmp_path: Path) -> None:
    some = read(
        tmp_path,
        {
            "ssh_between_nodes": True,
            "log_rotation": True,
            "containers": {"data_root": "/opt/sagemaker"},
            "metrics": {"node": True, "gpu": None, "slurm": True},
            "directory_service": DIRECTORY,
            "s3_mounts": [{"bucket": "data", "path": "/mnt/data", "read_only": True}],
        },
    )

    assert (some.ssh_between_nodes, some.log_rotation) == (True, True)
    assert some.containers.data_root == "/opt/sagemaker"
    assert some.metrics == steps.Metrics(node=True, gpu=False, slurm=True)
    assert some.directory_service.home_pattern == "/fsx/%u"
    assert some.directory_service.ssh_allow_groups == []
    assert some.s3_mounts == [steps.S3Mount("data", "/mnt/data", None, True, None)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "STEPS is not an object"),
        (
            "{",
            "STEPS is not JSON: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1)",
        ),
        (
            {"acounting": {}},
            "STEPS: acounting is not known here, only accounting, users, users_on_controllers, "
            "ssh_between_nodes, containers, metrics, log_rotation, private_data, pam_slurm_adopt, "
            "directory_service, s3_mounts, refresh, ubuntu_home, reserve_login_nodes, "
            "constrain_devices, lustre_efa",
        ),
        ({"accounting": True}, "STEPS: accounting is not an object"),
        (
            {"accounting": {"host": "a"}},
            "STEPS: accounting.host is not known here, only endpoint, port, secret_arn, database, backup",
        ),
        (
            {"accounting": {"endpoint": "a"}},
            "STEPS: accounting.secret_arn is missing, but has to be a text",
        ),
        (
            {"accounting": {"endpoint": "a", "secret_arn": ARN, "port": "3306"}},
            'STEPS: accounting.port is "3306", but has to be a whole number',
        ),
        ({"log_rotation": "yes"}, 'STEPS: log_rotation is "yes", but has to be true or false'),
        (
            {"metrics": {"cpu": True}},
            "STEPS: metrics.cpu is not known here, only node, gpu, slurm, remote_write",
        ),
        (
            {"containers": {"root": "/"}},
            "STEPS: containers.root is not known here, only data_root",
        ),
        ({"users": {"people": []}}, "STEPS: users.people is not known here, only groups, users"),
        (
            {"users": {"groups": [{"name": "a", "gid": True}]}},
            "STEPS: users.groups[0].gid is true, but has to be a whole number",
        ),
        (
            {"users": {"users": [{"name": "a"}]}},
            "STEPS: users.users[0].uid is missing, but has to be a whole number",
        ),
        (
            {"users": {"users": [{"name": "a", "uid": 2001, "groups": "b"}]}},
            'STEPS: users.users[0].groups is "b", but has to be a list of texts',
        ),
        (
            {"users": {"users": [{"name": "a", "uid": 2001, "ssh_key": "b"}]}},
            "STEPS: users.users[0].ssh_key is not known here, only name, uid, gid, groups, home, "
            "shell, ssh_keys, slurm_account, slurm_admin",
        ),
        (
            {"directory_service": {**DIRECTORY, "bind_dn": None}},
            "STEPS: directory_service.bind_dn is missing, but has to be a text",
        ),
        (
            {"s3_mounts": [{"bucket": "data"}]},
            "STEPS: s3_mounts[0].path is missing, but has to be a text",
        ),
    ],
)
def test_fault_is_named(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(LifecycleError) as error:
        read(tmp_path, content)

    assert str(error.value).replace(str(tmp_path / "steps.json"), "STEPS") == message
