"""`nodes --scripts` prints which lifecycle scripts nodes have."""

import pytest

from hyperpod_constructs.operations.node_scripts import NodeScripts

from .live import NAME, Live

OLD, NEW = "0123456789abcdef", "fedcba9876543210"


def uri(digest: str) -> dict[str, str]:
    return {"SourceS3Uri": f"s3://bucket/lifecycle-scripts/C1/{digest}", "OnCreate": "on_create.sh"}


def test_nodes_with_earlier_scripts_are_said(live: Live) -> None:
    cluster = live.emulator.clusters.find(NAME)
    assert cluster is not None
    cluster.groups["gpu"] = {**cluster.groups["gpu"], "LifeCycleConfig": uri(NEW)}
    first, second, _ = cluster.nodes["gpu"].values()
    first.scripts, second.scripts = uri(OLD), uri(NEW)

    done = live.run("nodes", NAME, "--scripts")

    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert f"{OLD} (earlier)" in lines["gpu/0"]
    assert lines["gpu/1"].rstrip().endswith(NEW)
    assert lines["gpu/2"].rstrip().endswith("not known")
    assert "SCRIPTS" in lines["NODE"]
    found = live.run("nodes", NAME, "--scripts", "--json").json["Nodes"]
    gpu = [each["Scripts"] for each in found if each["InstanceGroupName"] == "gpu"]
    assert [(each["version"], each["is_current"]) for each in gpu] == [
        (OLD, False),
        (NEW, True),
        ("", False),
    ]
    assert "SCRIPTS" not in live.run("nodes", NAME).out


@pytest.mark.parametrize(
    ("address", "version"),
    [
        (f"s3://bucket/lifecycle-scripts/C1/{NEW}", NEW),
        (f"s3://bucket/{NEW}/", NEW),
        ("s3://sagemaker-scripts/src", "s3://sagemaker-scripts/src"),
        ("", ""),
    ],
)
def test_the_version_is_the_digest_of_the_uri(address: str, version: str) -> None:
    assert NodeScripts(address, is_current=True).version == version
