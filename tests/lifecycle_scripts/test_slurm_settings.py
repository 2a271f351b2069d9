import pytest

from .conftest import INCLUDED, PretendNode

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
        "Prolog=/theirs.sh\n",
        "prolog = /theirs.sh # ours\n",
        'PROLOG="/theirs.sh"\n',
        "include more.conf\n",
        "TaskPlugin=task/none \\\nProlog=/theirs.sh\n",
    ],
)
def test_setting_of_the_platform_stays(node: PretendNode, platform: str) -> None:
    node.file("/opt/slurm/etc/more.conf").write_text("Prolog=/theirs.sh\n")
    node.slurm_conf.write_text(platform)

    result = node.run("configure_slurm.py", "Prolog?=/ours.sh", "Prolog=/theirs.sh")

    assert result.stdout == "slurm.conf has Prolog=/theirs.sh already; /ours.sh is not used\n"
    assert (node.root / INCLUDED).read_text() == HEAD


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


@pytest.mark.parametrize("plugin", ["topology/tree", "topology/block", "tree"])
@pytest.mark.parametrize(
    ("files", "is_replaced"),
    [
        ({}, True),
        ({"topology.conf": ""}, True),
        ({"topology.conf": "# of the platform\n\n"}, True),
        ({"topology.conf": "SwitchName=a Nodes=ip-10-1-0-21\n"}, False),
        ({"topology.yaml": "- topology: a\n"}, False),
    ],
)
def test_topology_without_its_file(
    node: PretendNode, plugin: str, files: dict[str, str], *, is_replaced: bool
) -> None:
    node.slurm_conf.write_text(f"TopologyPlugin={plugin}\n")
    for name, content in files.items():
        node.file(f"/opt/slurm/etc/{name}").write_text(content)

    for _ in range(2):
        told = node.run("configure_slurm.py").stdout
        written = (node.root / INCLUDED).read_text().removeprefix(HEAD)
        assert written == ("TopologyPlugin=topology/default\n" if is_replaced else "")
        assert told == (
            f"slurm.conf has TopologyPlugin={plugin}, which topology/default overrides\n"
            if is_replaced
            else ""
        )


def test_other_topologies_stay(node: PretendNode) -> None:
    node.slurm_conf.write_text("TopologyPlugin=topology/3d_torus\n")

    assert node.run("configure_slurm.py").returncode == 0

    assert (node.root / INCLUDED).read_text() == HEAD
