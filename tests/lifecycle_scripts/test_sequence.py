import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from .conftest import FORM, LUSTRE, OPENZFS, SCRIPTS
from .every_step import (
    ALWAYS,
    ARN,
    COLLECTOR,
    CONTROLLERS,
    DIRECTORY,
    EVERYTHING,
    SHARED,
    TOPIC,
    steps_of,
)

sequence = import_module("sequence")
provisioning_params = import_module("provisioning_params")
resource_config = import_module("resource_config")
this_node = import_module("this_node")


@pytest.mark.parametrize("node_type", ["controller", "login", "worker"])
def test_least(tmp_path: Path, node_type: str) -> None:
    prepared, started = ALWAYS[node_type][:-2], ALWAYS[node_type][-2:]
    if node_type == "controller":
        prepared, started = ALWAYS[node_type], []

    assert steps_of(tmp_path, node_type, FORM, {}) == [
        *prepared,
        ["run_site_scripts.sh", node_type, "group"],
        *started,
    ]


@pytest.mark.parametrize("node_type", ["controller", "login", "worker"])
def test_file_systems_come_first(tmp_path: Path, node_type: str) -> None:
    mounts = {"s3_mounts": [{"bucket": "data", "path": "/mnt/data", "region": "eu-west-1"}]}

    assert steps_of(tmp_path, node_type, FORM | LUSTRE | OPENZFS, mounts)[:3] == [
        ["mount_lustre.sh", "fs-1.fsx.example.com", "abcdefgh"],
        ["mount_openzfs.sh", "fs-2.fsx.example.com"],
        ["mount_s3.sh", "data", "/mnt/data", "", "read-write", "eu-west-1"],
    ]


def test_everything_on_a_controller(tmp_path: Path) -> None:
    assert steps_of(tmp_path, "controller", FORM, EVERYTHING) == [
        ["mount_s3.sh", "data", "/mnt/data", "a", "read-only", ""],
        ["close_logins.py", "no-login"],
        ["protect_metadata.sh"],
        ["configure_sssd.py", "no-login"],
        ["add_users.py", "no-login"],
        ["hold_packages.sh"],
        ["describe_node.sh", "controller", "group", "training"],
        ["rotate_logs.sh"],
        ["disable_slurmd.sh"],
        ["wait_for_slurm_conf.sh"],
        ["install_pyxis.sh"],
        ["install_prolog_epilog.sh"],
        ["configure_pyxis.sh"],
        ["start_mariadb.sh"],
        ["configure_slurmdbd.py", "--database", "slurm_acct_db"],
        ["restore_accounting.py", "scripts", "training-accounting", "us-west-2", "slurm_acct_db"],
        ["constrain_devices.sh"],
        [
            "configure_slurm.py",
            "AccountingStorageType=accounting_storage/slurmdbd",
            "AccountingStorageHost=10.1.0.11",
            "JobAcctGatherType?=jobacct_gather/linux",
            "PrologFlags+=Contain",
            "TaskPlugin=task/cgroup,task/affinity",
            "ProctrackType=proctrack/cgroup",
        ],
        ["start_slurmdbd.sh"],
        ["keep_slurm_settings.sh"],
        ["start_slurmctld.sh"],
        ["add_slurm_accounts.py"],
        [
            "install_accounting_backup.sh",
            "scripts",
            "training-accounting",
            "us-west-2",
            "slurm_acct_db",
            "5",
        ],
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

    assert steps_of(tmp_path, node_type, FORM, EVERYTHING)[1:] == [
        ["close_logins.py", policy],
        ["protect_metadata.sh"],
        ["configure_sssd.py"],
        ["add_users.py"],
        ["share_ssh_keys.py", "alice"],
        ["hold_packages.sh"],
        ["describe_node.sh", node_type, "group", "training"],
        ["rotate_logs.sh"],
        ["install_docker.sh", ""],
        ["install_enroot.sh", ""],
        ["make_enroot_folders.py"],
        ["install_pyxis.sh"],
        ["install_prolog_epilog.sh"],
        ["install_node_exporter.sh"],
        *gpu,
        [*COLLECTOR, node_type, "node", *(["efa", "gpu"] if gpu else [])],
        ["run_site_scripts.sh", node_type, "group"],
        ["install_users_refresh.sh", policy, "other", "5", "us-west-2"],
        *adopt,
        ["keep_registered.sh", "reserve" if node_type == "login" else "use", "group"],
        ["start_slurmd.sh", *CONTROLLERS],
        ["open_logins.py", policy],
    ]


def test_external_database_needs_no_mariadb(tmp_path: Path) -> None:
    external = {"endpoint": "db.example.com", "secret_arn": ARN, "database": "hpc"}

    found = steps_of(tmp_path, "controller", FORM, {"accounting": external})

    assert ["start_mariadb.sh"] not in found
    assert [
        *("configure_slurmdbd.py", "--database", "hpc", "--endpoint", "db.example.com"),
        *("--port", "3306", "--secret-arn", ARN, "--node", "10.1.0.11"),
    ] in found


@pytest.mark.parametrize(("is_primary", "role"), [(True, "primary"), (False, "backup")])
def test_several_controllers(tmp_path: Path, is_primary: bool, role: str) -> None:
    shared = SHARED["slurm_configurations"] | {
        "slurm_database_user": "hpc",
        "slurm_sns_arn": TOPIC,
    }
    users = {"users": EVERYTHING["users"]}

    found = steps_of(
        tmp_path,
        "controller",
        FORM | {"slurm_configurations": shared},
        users,
        is_primary=is_primary,
    )

    assert found == [
        ["close_logins.py", "no-login"],
        ["protect_metadata.sh"],
        ["add_users.py", "no-login"],
        ["hold_packages.sh"],
        ["describe_node.sh", "controller", "group", "training"],
        ["disable_slurmd.sh"],
        ["share_slurm_folders.py", "/fsx/aws/hyperpod/training", role],
        ["wait_for_slurm_conf.sh"],
        ["install_prolog_epilog.sh"],
        ["install_failover_notice.sh", TOPIC, "training"],
        [
            *("configure_slurmdbd.py", "--database", "slurm_acct_db"),
            *("--endpoint", "db.example.com", "--port", "3306", "--secret-arn", ARN),
            *("--node", "10.1.0.11", "--user", "hpc"),
        ],
        [
            "configure_slurm.py",
            "AccountingStorageType=accounting_storage/slurmdbd",
            "AccountingStorageHost=10.1.0.11",
            "AccountingStorageBackupHost=10.1.0.12",
            "JobAcctGatherType?=jobacct_gather/linux",
            "StateSaveLocation?=/fsx/aws/hyperpod/training/state",
            "SlurmctldPrimaryOnProg?=/opt/slurm/etc/scripts/became_primary.sh",
            "SlurmctldPrimaryOffProg?=/opt/slurm/etc/scripts/became_backup.sh",
        ],
        ["start_slurmdbd.sh"],
        *([] if is_primary else [["wait_for_primary.sh", "/fsx/aws/hyperpod/training/state"]]),
        ["keep_slurm_settings.sh"],
        ["start_slurmctld.sh"],
        ["reconfigure_slurm.sh"],
        *([["add_slurm_accounts.py"]] if is_primary else []),
        ["run_site_scripts.sh", "controller", "group"],
    ]


def test_form_of_several_controllers_names_the_database(tmp_path: Path) -> None:
    found = steps_of(tmp_path, "controller", FORM | SHARED, {"accounting": {}})

    assert ["start_mariadb.sh"] not in found
    assert not any(step[0] == "install_failover_notice.sh" for step in found)


def test_prolog_and_epilog_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence, "FOLDER", tmp_path)
    for folder in ("prolog.d", "epilog.d"):
        (tmp_path / folder).mkdir()
    (tmp_path / "prolog.d" / "10-check.sh").touch()

    assert [
        "configure_slurm.py",
        "Prolog?=/opt/slurm/etc/scripts/prolog.d/*",
    ] in steps_of(tmp_path, "controller", FORM, {})


def test_numbers_of_jobs_follow_those_that_were_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(tmp_path))
    state = tmp_path / "var/lib/hyperpod_constructs/accounting_backup/state.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"key": "a", "first_job_id": 43, "digest": null}')

    found = steps_of(tmp_path, "controller", FORM, EVERYTHING)
    (settings,) = (step for step in found if step[0] == "configure_slurm.py")
    assert "FirstJobId?=43" in settings


def test_accounts_need_accounting(tmp_path: Path) -> None:
    somebody = {"users": [{"name": "bob", "uid": 2002}]}

    def has_accounts(steps: dict[str, Any]) -> bool:
        return ["add_slurm_accounts.py"] in steps_of(tmp_path, "controller", FORM, steps)

    assert has_accounts({"users": somebody, "accounting": {}})
    assert has_accounts({"accounting": {}})
    assert not has_accounts({"users": somebody})


@pytest.mark.parametrize("node_type", ["controller", "login", "worker"])
def test_every_step_is_a_file(tmp_path: Path, node_type: str) -> None:
    for form in (FORM | LUSTRE | OPENZFS, FORM | SHARED):
        for script, *_ in steps_of(tmp_path, node_type, form, EVERYTHING):
            assert (SCRIPTS / script).is_file()


@pytest.mark.parametrize(("own", "is_primary"), [("10.1.0.12", True), ("10.1.0.11", False)])
def test_primary_controller_has_the_number_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, is_primary: bool
) -> None:
    config = tmp_path / "resource_config.json"
    instances = [
        {"InstanceName": "controller-2", "CustomerIpAddress": "10.1.0.11"},
        {"InstanceName": "controller-1", "CustomerIpAddress": "10.1.0.12"},
    ]
    config.write_text(
        json.dumps(
            {
                "ClusterConfig": {"ClusterName": "training"},
                "InstanceGroups": [{"Name": "controller", "Instances": instances}],
            }
        )
    )
    monkeypatch.setenv("SAGEMAKER_RESOURCE_CONFIG_PATH", str(config))
    monkeypatch.setattr(this_node, "own_addresses", lambda: [own])
    (tmp_path / "provisioning_params.json").write_text(json.dumps(FORM))

    node = this_node.ThisNode.find(
        resource_config.ResourceConfig.read(),
        provisioning_params.ProvisioningParams.read(tmp_path),
    )

    assert node.controllers == ["10.1.0.12", "10.1.0.11"]
    assert (node.is_primary, node.cluster_name) == (is_primary, "training")


@pytest.mark.parametrize("on_controllers", [False, True])
@pytest.mark.parametrize("node_type", ["controller", "login", "worker"])
def test_who_logs_in_where(tmp_path: Path, node_type: str, *, on_controllers: bool) -> None:
    steps = {
        "users": {"users": [{"name": "anna", "uid": 2001}, {"name": "ubuntu", "uid": 1000}]},
        "users_on_controllers": on_controllers,
        "ssh_between_nodes": True,
    }
    found = steps_of(tmp_path, node_type, FORM, steps)
    names = [step[0] for step in found]

    may_login = on_controllers or node_type != "controller"
    policy = "login" if may_login else "no-login"
    assert found[0] == ["close_logins.py", policy]
    assert (found[-1] == ["open_logins.py", policy]) == may_login
    assert (["add_users.py"] in found) == may_login
    assert (["add_users.py", "no-login"] in found) != may_login
    assert ("protect_metadata.sh" in names) != may_login
    # The key of `ubuntu`, who may become root, never lies on a shared file system.
    assert (["share_ssh_keys.py", "anna"] in found) == may_login


@pytest.mark.parametrize("node_type", ["controller", "login", "worker"])
def test_users_that_are_no_longer_in_the_file_are_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, node_type: str
) -> None:
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(tmp_path))
    record = tmp_path / "var/lib/hyperpod_constructs/users.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"anna": []}')

    names = [step[0] for step in steps_of(tmp_path, node_type, FORM, {})]

    assert names[:2] == ["close_logins.py", "add_users.py"]


@pytest.mark.parametrize("for_users", [False, True])
@pytest.mark.parametrize("node_type", ["login", "worker"])
def test_secret_of_the_directory_is_kept_from_users(
    tmp_path: Path, node_type: str, *, for_users: bool
) -> None:
    steps = {"directory_service": {**DIRECTORY, "metadata_for_users": for_users}}
    found = steps_of(tmp_path, node_type, FORM, steps)
    assert (["protect_metadata.sh"] in found) != for_users


@pytest.mark.parametrize(
    ("node_type", "policy"), [("controller", "no-login"), ("login", "login"), ("worker", "login")]
)
def test_node_is_prepared_for_users_that_come_later(
    tmp_path: Path, node_type: str, policy: str
) -> None:
    later = {"users": {"groups": [], "users": []}, "refresh": EVERYTHING["refresh"]}

    found = steps_of(tmp_path, node_type, FORM, later)

    assert found[0] == ["close_logins.py", policy]
    assert (["protect_metadata.sh"] in found) == (policy == "no-login")
    assert (found[-1] == ["open_logins.py", policy]) == (policy != "no-login")


def test_groups_of_a_job_come_from_its_own_node(tmp_path: Path) -> None:
    def settings(**steps: Any) -> list[str]:
        user = {"name": "anna", "uid": 2001, "groups": ["docker"]}
        found = steps_of(tmp_path, "controller", FORM, {"users": {"users": [user]}, **steps})
        return next(step for step in found if step[0] == "configure_slurm.py")

    assert "LaunchParameters+=disable_send_gids" in settings()
    assert "LaunchParameters+=disable_send_gids" not in settings(users_on_controllers=True)


@pytest.mark.parametrize("is_on", [False, True])
def test_login_to_workers_needs_a_job(tmp_path: Path, is_on: bool) -> None:
    steps = {"pam_slurm_adopt": is_on}
    worker = steps_of(tmp_path, "worker", FORM, steps)
    assert (["adopt_logins.sh"] in worker) == is_on
    assert ["adopt_logins.sh"] not in steps_of(tmp_path, "login", FORM, steps)
    controller = steps_of(tmp_path, "controller", FORM, steps)
    assert ["adopt_logins.sh"] not in controller
    settings = next(step for step in controller if step[0] == "configure_slurm.py")
    assert ("PrologFlags+=Contain" in settings) == is_on


def test_what_users_see_of_each_other(tmp_path: Path) -> None:
    private = "accounts,events,jobs,reservations,usage,users"

    found = steps_of(tmp_path, "controller", FORM, {"accounting": {}, "private_data": True})

    assert [
        *("configure_slurmdbd.py", "--database", "slurm_acct_db"),
        "--private-data",
        private,
    ] in found
    settings = next(step for step in found if step[0] == "configure_slurm.py")
    assert f"PrivateData?={private}" in settings
