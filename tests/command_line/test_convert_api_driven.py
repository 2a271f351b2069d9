"""From the form to a topology in the request: `convert --api-driven`."""

from typing import Any

import pytest

from tests.clusters.documented import (
    FORM_TO_MIGRATE,
    MIGRATED_REQUEST,
    MULTI_HEAD_FORM,
    MULTI_HEAD_REQUEST,
)
from tests.clusters.requests import FORM, SLURM_REQUEST, scripted_group

from .commands import assert_formatted, cluster_of, convert, run_app, write


def test_the_migration_of_the_documentation(capsys: pytest.CaptureFixture[str]) -> None:
    """The page of AWS has the same cluster before and after."""
    after: Any = MIGRATED_REQUEST
    before: dict[str, Any] = {"ClusterName": after["ClusterName"], "InstanceGroups": []}
    for each in after["InstanceGroups"]:
        storage = [
            entry for entry in each.get("InstanceStorageConfigs", ()) if "EbsVolumeConfig" in entry
        ]
        old = {key: value for key, value in each.items() if key != "SlurmConfig"}
        old["InstanceStorageConfigs"] = storage
        before["InstanceGroups"].append({key: value for key, value in old.items() if value})
    form = write("form.json", FORM_TO_MIGRATE)

    source, report = convert(
        capsys, "--api-driven", "--cluster", write("before.json", before), "--form", form
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
        "- `s3://amzn-s3-demo-bucket/nodes/src`: delete "
        "provisioning_params.json and provisioning_parameters.json: "
    ) in report
    assert "`machine images`: a HyperPod AMI of January 2026 or later" in report
    assert "`irreversible`: SlurmConfig cannot be removed from a cluster" in report


def test_a_migration_says_what_has_no_equivalent(capsys: pytest.CaptureFixture[str]) -> None:
    (worker_group,) = MULTI_HEAD_FORM["worker_groups"]
    form = {
        **MULTI_HEAD_FORM,
        "worker_groups": [{**worker_group, "owner": "vision"}],
        "efs_id": "fs-1",
    }

    source, report = convert(
        capsys,
        "--api-driven",
        "--cluster",
        write("request.json", MULTI_HEAD_REQUEST),
        "--form",
        write("form.json", form),
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
        "- `instance group heads`: has 1 instance instead of 2: multiple controllers "
        "require provisioning_params.json",
        "- `file system fs-0918273645a5b6c7d.fsx.us-west-2.amazonaws.com`: is specified for every "
        "group, with mount path /home.",
        "- `s3://sagemaker-research-nodes/src`: remove code that reads the form, such as",
        "- `accounting`: moves from "
        "heads.abcdefghijkl.us-west-2.rds.amazonaws.com to the controller",
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
