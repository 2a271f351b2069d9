import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import INCLUDED, PretendNode

PROGRAMS = "usr/local/lib/hyperpod_constructs/slurm_settings"

HEAD = "# Written anew whenever the lifecycle scripts run.\n"
INCLUDE = "include hyperpod_constructs.conf\n"


def test_settings_are_included(node: PretendNode) -> None:
    before = node.slurm_conf.read_text()

    result = node.run("configure_slurm.py", "Prolog?=/a/*", "AccountingStorageHost=10.1.0.11")

    assert (result.returncode, result.stdout) == (0, "")
    assert node.slurm_conf.read_text() == before + INCLUDE
    assert (node.root / INCLUDED).read_text() == (
        f"{HEAD}Prolog=/a/*\nAccountingStorageHost=10.1.0.11\n"
    )


def test_second_run_changes_nothing(node: PretendNode) -> None:
    node.run("configure_slurm.py", "Prolog?=/a/*")
    first = node.tree()

    assert node.run("configure_slurm.py", "Prolog?=/a/*").returncode == 0

    assert node.tree() == first


def test_setting_that_is_gone_goes(node: PretendNode) -> None:
    node.run("configure_slurm.py", "Prolog?=/a/*")

    assert node.run("configure_slurm.py").returncode == 0

    assert (node.root / INCLUDED).read_text() == HEAD


def test_include_is_the_last_line_and_there_once(node: PretendNode) -> None:
    node.slurm_conf.write_text(f"{INCLUDE}ClusterName=training\nInclude hyperpod_constructs.conf")

    assert node.run("configure_slurm.py").returncode == 0

    assert node.slurm_conf.read_text() == f"ClusterName=training\n{INCLUDE}"


def test_mode_of_slurm_conf_stays(node: PretendNode) -> None:
    node.slurm_conf.chmod(0o640)

    assert node.run("configure_slurm.py").returncode == 0

    assert node.slurm_conf.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "platform",
    [
        "MailProg=/theirs.sh\n",
        "mailprog = /theirs.sh # ours\n",
        'MAILPROG="/theirs.sh"\n',
        "include more.conf\n",
        "TaskPlugin=task/none \\\nMailProg=/theirs.sh\n",
    ],
)
def test_setting_of_the_platform_stays(node: PretendNode, platform: str) -> None:
    node.file("/opt/slurm/etc/more.conf").write_text("MailProg=/theirs.sh\n")
    node.slurm_conf.write_text(platform)

    result = node.run("configure_slurm.py", "MailProg?=/ours.sh", "MailProg=/theirs.sh")

    assert result.stdout == "slurm.conf has MailProg=/theirs.sh already; /ours.sh is not used\n"
    assert (node.root / INCLUDED).read_text() == HEAD


@pytest.mark.parametrize("key", ["Prolog", "Epilog"])
def test_programs_of_the_platform_run_beside_ours(node: PretendNode, key: str) -> None:
    node.slurm_conf.write_text(f"{key}=/theirs.sh\n")

    result = node.run("configure_slurm.py", f"{key}?=/ours/*")

    assert result.stdout == f"slurm.conf has {key}=/theirs.sh; /ours/* runs, too\n"
    assert (node.root / INCLUDED).read_text() == f"{HEAD}{key}=/ours/*\n"


def test_setting_that_is_a_must_overrides(node: PretendNode) -> None:
    node.slurm_conf.write_text("AccountingStorageType=accounting_storage/none\n")

    result = node.run("configure_slurm.py", "AccountingStorageType=accounting_storage/slurmdbd")

    assert result.stdout == (
        "slurm.conf has AccountingStorageType=accounting_storage/none, "
        "which accounting_storage/slurmdbd overrides\n"
    )
    assert (node.root / INCLUDED).read_text() == (
        f"{HEAD}AccountingStorageType=accounting_storage/slurmdbd\n"
    )


@pytest.mark.parametrize(
    ("platform", "written"),
    [
        ("NodeName=a CPUs=4\n#NodeName=b Gres=gpu:8\n", ""),
        ("NodeName=a CPUs=4 Gres=gpu:h100:8\n", "GresTypes=gpu\n"),
        ("NodeName=a Gres=shard:8,gpu:1\n", "GresTypes=gpu\n"),
        ("GresTypes=gpu\nNodeName=a Gres=gpu:8\n", ""),
        ("GresTypes=gpu,shard\nNodeName=a Gres=gpu:8\n", ""),
    ],
)
def test_gpus_are_a_type_of_gres(node: PretendNode, platform: str, written: str) -> None:
    node.slurm_conf.write_text(platform)

    assert node.run("configure_slurm.py").returncode == 0

    assert (node.root / INCLUDED).read_text() == HEAD + written


def test_missing_included_file_is_named(node: PretendNode) -> None:
    node.slurm_conf.write_text("include more.conf\n")

    result = node.run("configure_slurm.py")

    missing = node.slurm_conf.with_name("more.conf")
    assert (result.returncode, result.stdout) == (
        1,
        f"{missing} cannot be read: No such file or directory\n",
    )


@pytest.mark.parametrize(
    ("platform", "written"),
    [
        ("NodeName=a Gres=gpu:8\n", "GresTypes=gpu\nAccountingStorageTRES=gres/gpu\n"),
        (
            "AccountingStorageTRES=license/a\nGresTypes=gpu\nNodeName=a Gres=gpu:8\n",
            "AccountingStorageTRES=license/a,gres/gpu\n",
        ),
        ("NodeName=a CPUs=4\n", ""),
    ],
)
def test_hours_of_gpus_are_accounted(node: PretendNode, platform: str, written: str) -> None:
    node.slurm_conf.write_text(platform)
    accounting = "AccountingStorageType=accounting_storage/slurmdbd"

    assert node.run("configure_slurm.py", accounting).returncode == 0

    assert (node.root / INCLUDED).read_text() == f"{HEAD}{accounting}\n{written}"


TREE = "SwitchName=a Switches=b\nSwitchName=b Nodes=ip-10-1-0-21,ip-10-1-0-22\n"
WORKERS = "PartitionName=dev Nodes=ALL\nPartitionName=gpu Nodes=ip-10-1-0-21,ip-10-1-0-22\n"


@pytest.mark.parametrize("plugin", ["topology/tree", "topology/block", "tree"])
@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({}, "topology.conf is missing"),
        ({"topology.conf": ""}, "topology.conf is empty"),
        ({"topology.conf": "# of the platform\n\n"}, "topology.conf is empty"),
        ({"topology.conf": TREE.partition(",")[0]}, "topology.conf lacks ip-10-1-0-22"),
        ({"topology.conf": TREE}, None),
        ({"topology.conf": "SwitchName=a Nodes=ip-10-1-0-[20-22]\n"}, None),
        ({"topology.yaml": "- topology: a\n"}, None),
    ],
)
def test_topology_that_cannot_be_used(
    node: PretendNode, plugin: str, files: dict[str, str], fault: str | None
) -> None:
    node.slurm_conf.write_text(f"TopologyPlugin={plugin}\n{WORKERS}")
    for name, content in files.items():
        node.file(f"/opt/slurm/etc/{name}").write_text(content)

    for _ in range(2):
        told = node.run("configure_slurm.py").stdout
        written = (node.root / INCLUDED).read_text().removeprefix(HEAD)
        assert written == ("TopologyPlugin=topology/default\n" if fault else "")
        assert told == (
            f"{fault}, so Slurm uses its default topology\n"
            f"slurm.conf has TopologyPlugin={plugin}, which topology/default overrides\n"
            if fault
            else ""
        )


@pytest.mark.parametrize("content", ["", "[]\n", "# none\n[]\n", "---\n"])
def test_empty_topology_of_slurm_25_11(node: PretendNode, content: str) -> None:
    partition = "PartitionName=gpu Nodes=ip-10-1-57-141 MaxTime=INFINITE State=UP"
    node.slurm_conf.write_text(f"SlurmctldHost=a\n{partition} Topology=tree\n")
    yaml = node.file("/opt/slurm/etc/topology.yaml")
    yaml.write_text(content)

    assert node.run("configure_slurm.py").stdout == (
        "topology.yaml is empty, with which slurmctld ends; it is now topology.yaml.empty\n"
    )

    assert not yaml.exists()
    assert node.slurm_conf.read_text() == f"SlurmctldHost=a\n{partition}\n{INCLUDE}"


def test_other_topologies_stay(node: PretendNode) -> None:
    node.slurm_conf.write_text("TopologyPlugin=topology/3d_torus\n")

    assert node.run("configure_slurm.py").returncode == 0

    assert (node.root / INCLUDED).read_text() == HEAD


def installed(node: PretendNode) -> Path:
    """The folder of what systemd runs; settings are stored."""
    assert node.run("configure_slurm.py", "Prolog?=/a/*").returncode == 0
    assert node.run("keep_slurm_settings.sh").returncode == 0
    node.calls()
    return node.root / PROGRAMS


@pytest.mark.parametrize("is_running", [False, True])
def test_watch_starts_with_slurmctld_or_at_once(node: PretendNode, *, is_running: bool) -> None:
    watch = "hyperpod-slurm-settings.path"

    node.run("keep_slurm_settings.sh", *(["running"] if is_running else []))

    unit = node.root / "etc/systemd/system/slurmctld.service.d/settings.conf"
    assert f"\nWants={watch}\n" in unit.read_text()
    at_once = ["systemctl daemon-reload", f"systemctl start {watch}"]
    assert node.calls("systemctl") == (at_once if is_running else [])


def restore(node: PretendNode) -> str:
    """What the service prints."""
    code = "import restore_slurm_settings as it; it.PAUSE_SECONDS = 0; it.main()"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=node.root / PROGRAMS,
        env=node.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("is_running", [False, True])
@pytest.mark.parametrize("lost", ["slurm.conf", "hyperpod_constructs.conf"])
def test_settings_return(node: PretendNode, lost: str, *, is_running: bool) -> None:
    before = node.slurm_conf.read_text()
    installed(node)
    node.note("is-active", "slurmctld\n" if is_running else "")
    if lost == "slurm.conf":
        node.slurm_conf.write_text(before.rstrip("\n"))
    else:
        (node.root / INCLUDED).unlink()
    node.replace(
        "systemctl", f'echo "systemctl $*" >> "$NOTES/calls"; exit {0 if is_running else 3}'
    )

    printed = restore(node)

    assert node.slurm_conf.read_text() == before + INCLUDE
    assert (node.root / INCLUDED).read_text() == f"{HEAD}Prolog=/a/*\n"
    assert bool(printed) == is_running
    assert node.calls("scontrol") == (["scontrol reconfigure"] if is_running else [])
    assert restore(node) == ""
    assert node.calls("scontrol") == []


def test_settings_return_while_slurm_reads_them(node: PretendNode) -> None:
    installed(node)
    node.note("is-active", "slurmctld\n")
    node.slurm_conf.write_text(node.slurm_conf.read_text().replace(INCLUDE, ""))
    node.replace(
        "scontrol",
        'echo "scontrol $*" >> "$NOTES/calls"\n'
        f'file="$HYPERPOD_NODE_ROOT/{INCLUDED}"\n'
        'if [[ ! -e $NOTES/once ]]; then touch "$NOTES/once"; rm "$file"; fi\n'
        "while [[ ! -e $file ]]; do ((SECONDS < 120)) || exit 1; done",
    )

    restore(node)

    assert (node.root / INCLUDED).read_text() == f"{HEAD}Prolog=/a/*\n"
    assert node.calls("scontrol") == ["scontrol reconfigure"] * 2


def test_topology_that_comes_is_used(node: PretendNode) -> None:
    node.slurm_conf.write_text("SlurmctldHost=a\nTopologyPlugin=topology/tree\n")
    installed(node)
    assert "TopologyPlugin=topology/default\n" in (node.root / INCLUDED).read_text()

    node.file("/opt/slurm/etc/topology.conf").write_text("SwitchName=a Nodes=b\n")
    restore(node)

    assert (node.root / INCLUDED).read_text() == f"{HEAD}Prolog=/a/*\n"


def test_template_of_the_image_is_left_alone(node: PretendNode) -> None:
    installed(node)
    node.slurm_conf.write_text("AuthType=auth/munge\n")

    assert restore(node) == ""
    assert node.slurm_conf.read_text() == "AuthType=auth/munge\n"


def test_what_is_written_to_slurm_conf_meanwhile_stays(node: PretendNode) -> None:
    with node.slurm_conf.open("a") as platform:
        assert node.run("configure_slurm.py").returncode == 0
        platform.write("NodeName=late CPUs=4\n")

    assert "NodeName=late CPUs=4\n" in node.slurm_conf.read_text()


def test_installed_files_are_all_that_is_imported(node: PretendNode) -> None:
    folder = installed(node)
    service = (node.root / "etc/systemd/system/hyperpod-slurm-settings.service").read_text()
    command = next(line for line in service.splitlines() if line.startswith("ExecStart="))
    code = command.split(" -c ")[1].strip("'").replace(f'"/{PROGRAMS}"', f'"{folder}"')

    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
