"""From the form to a topology in the request: `convert --api-driven`."""

import json
from pathlib import Path

import pytest

from tests.clusters.requests import FORM, SLURM_REQUEST, scripted_group

from .commands import assert_formatted, cluster_of, convert, run_app, write


def test_the_migration_of_the_documentation(
    capsys: pytest.CaptureFixture[str], fixtures: Path
) -> None:
    """The page of AWS has the same cluster before and after."""
    after = json.loads(
        (
            fixtures / "cluster_config" / "aws-docs-migration-api-driven.update-cluster.json"
        ).read_text()
    )
    before = {"ClusterName": after["ClusterName"], "InstanceGroups": []}
    for each in after["InstanceGroups"]:
        storage = [
            entry for entry in each.get("InstanceStorageConfigs", ()) if "EbsVolumeConfig" in entry
        ]
        old = {key: value for key, value in each.items() if key != "SlurmConfig"}
        old["InstanceStorageConfigs"] = storage
        before["InstanceGroups"].append({key: value for key, value in old.items() if value})
    form = fixtures / "provisioning_params" / "aws-docs-migration-legacy.json"

    source, report = convert(
        capsys, "--api-driven", "--cluster", write("before.json", before), "--form", str(form)
    )

    assert_formatted(source)
    resources = run_app(source)
    cluster = cluster_of(resources)
    assert cluster["Orchestrator"] == {"Slurm": {"SlurmConfigStrategy": "Merge"}}
    assert [each["SlurmConfig"] for each in cluster["InstanceGroups"]] == [
        each["SlurmConfig"] for each in after["InstanceGroups"]
    ]
    mount = after["InstanceGroups"][2]["InstanceStorageConfigs"][0]
    assert all(mount in each["InstanceStorageConfigs"] for each in cluster["InstanceGroups"])
    assert not [each for each in resources.values() if "BucketDeployment" in each["Type"]]
    assert (
        "- `s3://DOC-EXAMPLE-BUCKET/lifecycle-script-directory/src`: delete "
        "provisioning_params.json and provisioning_parameters.json: "
    ) in report
    assert "`machine images`: a HyperPod AMI of January 2026 or later" in report
    assert "`irreversible`: SlurmConfig cannot be removed from a cluster" in report


def test_a_migration_says_what_has_no_equivalent(
    capsys: pytest.CaptureFixture[str], fixtures: Path
) -> None:
    form = json.loads(
        (fixtures / "provisioning_params" / "awsome-multihead-openzfs.rendered.json").read_text()
    )
    form["worker_groups"][0]["owner"] = "vision"

    source, report = convert(
        capsys,
        "--api-driven",
        "--cluster",
        str(fixtures / "cluster_config" / "awsome-automate-script.create-cluster.json"),
        "--form",
        write("form.json", form | {"efs_id": "fs-1"}),
    )

    cluster = cluster_of(run_app(source))
    _, controller, worker = cluster["InstanceGroups"]
    assert controller["InstanceCount"] == 1
    assert worker["SlurmConfig"]["PartitionNames"] == ["ml-p5-48xlarge"]
    assert {key for entry in worker["InstanceStorageConfigs"] for key in entry} == {
        "EbsVolumeConfig",
        "FsxLustreConfig",
        "FsxOpenZfsConfig",
    }
    for line in (
        "- `partition ml.p5.48xlarge`: is renamed to ml-p5-48xlarge, since requests support only "
        "letters, digits and hyphens; change `#SBATCH --partition=ml.p5.48xlarge` in job scripts",
        "- `instance group controller-machine`: has 1 instance instead of 2: multiple controllers "
        "require provisioning_params.json",
        "- `file system fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com`: is specified for every "
        "group, with mount path /home.",
        "- `s3://sagemaker-lifecycle-0123456789/src`: remove code that reads the form, such as",
        "- `accounting`: moves from "
        "sagemaker-hyperpod-mh-slurmdb.abcdefghijkl.us-west-2.rds.amazonaws.com to the controller",
        "- `provisioning_params.slurm_configurations.slurm_shared_directory`: '/fsx' configures "
        "multiple controllers",
        "- `provisioning_params.efs_id`: 'fs-1' is not a field of the form",
        "- `provisioning_params.worker_groups[0].owner`: 'vision' is not a field of the form",
    ):
        assert line in report


def test_names_of_partitions_stay_different(capsys: pytest.CaptureFixture[str]) -> None:
    form = FORM | {
        "worker_groups": [
            {"instance_group_name": "gpu", "partition_name": "a.b"},
            {"instance_group_name": "cpu", "partition_name": "a_b"},
            {"instance_group_name": "big", "partition_name": "a-b"},
        ]
    }
    groups = [*SLURM_REQUEST["InstanceGroups"], scripted_group("cpu"), scripted_group("big")]
    request = write("request.json", {"ClusterName": "x", "InstanceGroups": groups})

    source, _ = convert(
        capsys, "--api-driven", "--cluster", request, "--form", write("form.json", form)
    )

    assert [name for name in ("a-b", "a-b-2", "a-b-3") if f'partition="{name}"' in source] == [
        "a-b",
        "a-b-2",
        "a-b-3",
    ]
