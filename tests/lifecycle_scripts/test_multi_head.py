import json
import os
from pathlib import Path

import pytest

from .conftest import PretendNode

SHARED = "/fsx/aws/hyperpod/training"
STEP = "share_slurm_folders.py"
TOPIC = "arn:aws-cn:sns:cn-north-1:111122223333:failover"


@pytest.fixture
def shared(node: PretendNode) -> Path:
    node.note("mounts", f"{node.root}/fsx 10.2.0.5@tcp:/abcdefgh\n")
    (node.root / "fsx").mkdir()
    with node.slurm_conf.open("a") as file:
        file.write(f"StateSaveLocation=/var/spool/slurmctld\nSlurmUser={os.environ['USER']}\n")
    node.file("/var/spool/slurmctld/job_state").write_text("jobs")
    return node.root / SHARED.lstrip("/")


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    import getpass

    monkeypatch.setenv("USER", getpass.getuser())


def test_primary_brings_what_it_has(node: PretendNode, shared: Path) -> None:
    etc, spool = node.root / "opt/slurm/etc", node.root / "var/spool/slurmctld"
    conf = node.slurm_conf.read_text()

    result = node.run(STEP, SHARED, "primary")

    assert (result.returncode, result.stdout) == (0, "")
    assert (etc.readlink(), spool.readlink()) == (shared / "etc", shared / "state")
    assert (shared / "etc" / "slurm.conf").read_text() == conf
    assert (shared / "state" / "job_state").read_text() == "jobs"
    assert (etc.with_name("etc.local") / "slurm.conf").read_text() == conf
    assert (spool.with_name("slurmctld.local") / "job_state").read_text() == "jobs"
    assert node.calls("systemctl") == [
        *("systemctl stop slurmctld", "systemctl stop slurmctld", "systemctl daemon-reload")
    ]
    for service in ("slurmctld", "slurmdbd"):
        drop_in = f"etc/systemd/system/{service}.service.d/shared-folder.conf"
        assert (node.root / drop_in).read_text() == f"[Unit]\nRequiresMountsFor={SHARED}\n"


def test_second_run_changes_nothing(node: PretendNode, shared: Path) -> None:
    node.run(STEP, SHARED, "primary")
    (shared / "state" / "job_state").write_text("more jobs")
    first = node.tree()
    node.calls()

    assert node.run(STEP, SHARED, "primary").returncode == 0

    assert node.tree() == first
    assert node.calls("systemctl") == ["systemctl daemon-reload"]


def test_backup_waits_and_brings_nothing(node: PretendNode, shared: Path) -> None:
    result = node.run(STEP, SHARED, "backup", HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (
        1,
        f"{shared}/etc/slurm.conf is not there (tried for 0 s)\n",
    )
    assert not shared.exists()
    assert not node.slurm_conf.parent.is_symlink()


def test_backup_takes_over_what_the_primary_brought(node: PretendNode, shared: Path) -> None:
    (shared / "etc").mkdir(parents=True)
    (shared / "state").mkdir()
    (shared / "etc" / "slurm.conf").write_text("StateSaveLocation=/var/spool/slurmctld\n")

    assert node.run(STEP, SHARED, "backup").returncode == 0

    assert node.slurm_conf.read_text() == "StateSaveLocation=/var/spool/slurmctld\n"
    assert list((node.root / "var/spool/slurmctld").iterdir()) == []


def test_replaced_primary_has_newer_files_but_no_newer_state(
    node: PretendNode, shared: Path
) -> None:
    (shared / "etc").mkdir(parents=True)
    (shared / "state").mkdir()
    (shared / "etc" / "slurm.conf").write_text("SlurmctldHost=old\n")
    (shared / "etc" / "slurmdbd.conf").write_text("StoragePass=x\n")
    (shared / "state" / "job_state").write_text("more jobs")
    conf = node.slurm_conf.read_text()

    assert node.run(STEP, SHARED, "primary").returncode == 0

    assert node.slurm_conf.read_text() == conf
    assert sorted(path.name for path in (shared / "etc").iterdir()) == [
        "slurm.conf",
        "slurmdbd.conf",
    ]
    assert (node.root / "var/spool/slurmctld/job_state").read_text() == "more jobs"


def test_run_that_was_killed_before_the_link(node: PretendNode, shared: Path) -> None:
    etc = node.root / "opt/slurm/etc"
    etc.rename(etc.with_name("etc.local"))

    assert node.run(STEP, SHARED, "primary").returncode == 0

    assert etc.readlink() == shared / "etc"
    assert "ClusterName=training" in node.slurm_conf.read_text()


def test_state_that_slurm_conf_does_not_place(node: PretendNode, shared: Path) -> None:
    node.slurm_conf.write_text("ClusterName=training\nSlurmUser=" + os.environ["USER"])

    assert node.run(STEP, SHARED, "primary").returncode == 0

    assert list((shared / "state").iterdir()) == []
    assert not (node.root / "var/spool/slurmctld").is_symlink()


def test_folder_that_is_not_shared(node: PretendNode) -> None:
    result = node.run(STEP, "/data/aws/hyperpod/training", "primary")

    assert (result.returncode, result.stdout) == (
        1,
        f"slurm_shared_directory: {node.root}/data/aws/hyperpod/training does not lie on a "
        "mounted file system, so the controllers would not share it\n",
    )


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("became_primary.sh", "has become the primary controller in the cluster training."),
        ("became_backup.sh", "has become a backup controller in the cluster training."),
    ],
)
def test_failover_is_told(node: PretendNode, program: str, message: str) -> None:
    assert node.run("install_failover_notice.sh", TOPIC, "training").returncode == 0
    path = node.root / "opt/slurm/etc/scripts" / program
    assert path.stat().st_mode & 0o777 == 0o755
    node.note("addresses", "ip-1")
    node.note("secret", json.dumps({}))
    node.scripts.joinpath(program).write_text(path.read_text())

    assert node.run(program).returncode == 0

    assert node.calls("aws") == [
        f"aws sns publish --region cn-north-1 --topic-arn {TOPIC} "
        f"--subject Slurm failover in training --message ip-1 {message}"
    ]


def test_daemons_learn_of_a_new_controller(node: PretendNode) -> None:
    node.note("scontrol-refusals", "\n\n")

    assert node.run("reconfigure_slurm.sh").returncode == 0
    assert node.calls() == [
        *("scontrol reconfigure", "sleep 1", "scontrol reconfigure", "sleep 1"),
        "scontrol reconfigure",
    ]


def test_no_controller_that_answers(node: PretendNode) -> None:
    node.note("scontrol-refusals", "\n" * 9)

    result = node.run("reconfigure_slurm.sh", HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (
        1,
        "No controller could be told to reconfigure within 0 s: "
        "slurm_reconfigure error: Unable to contact slurm controller\n",
    )


def test_backup_lets_the_primary_go_first(node: PretendNode, shared: Path) -> None:
    (shared / "state").mkdir(parents=True)
    node.note("on-sleep", f"touch {shared}/state/heartbeat")

    assert node.run("wait_for_primary.sh", f"{SHARED}/state").returncode == 0
    assert node.calls() == ["sleep 1"]


def test_primary_that_never_runs(node: PretendNode) -> None:
    result = node.run("wait_for_primary.sh", f"{SHARED}/state", HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (
        1,
        "The primary controller has not run slurmctld within 0 s: "
        f"no {node.root}{SHARED}/state/heartbeat\n",
    )


@pytest.mark.parametrize("plant", ["etc", "state", "above", "link", "open", "open above"])
def test_folder_that_a_user_has_planted(node: PretendNode, shared: Path, plant: str) -> None:
    if os.getuid() != 0:
        pytest.skip("only root may give a folder to somebody else")
    if plant == "link":
        node.file("/fsx/aws/hyperpod").symlink_to(node.file("/home/mallory/x").parent)
    else:
        (shared / "etc").mkdir(parents=True)
        (shared / "state").mkdir()
        (shared / "etc/slurm.conf").write_text("Prolog=/fsx/mallory/root.sh\n")
        planted = shared / plant if plant in ("etc", "state") else shared.parent
        if plant == "open":
            (shared / "etc").chmod(0o777)
        elif plant == "open above":
            planted.chmod(0o777)
        else:
            os.chown(planted, 2001, 2001)

    for role in ("primary", "backup"):
        if plant == "link" and role == "backup":
            continue
        result = node.run(STEP, SHARED, role)

        assert result.returncode == 1
        assert "/fsx/aws/hyperpod" in result.stdout
        assert not node.slurm_conf.parent.is_symlink()
        assert "Prolog" not in node.slurm_conf.read_text()
