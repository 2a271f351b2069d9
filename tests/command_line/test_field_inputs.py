"""Inputs of people who run clusters, rebuilt from what they report."""

from typing import Any

import pytest

from hyperpod_constructs.__main__ import main
from tests.clusters.requests import EKS_ARN, FORM, SCRIPTS, eks_request, group, scripted_group

from .commands import codes, found, write

VPC = {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]}


def test_the_partition_of_a_form_is_reported_in_the_form(
    capsys: pytest.CaptureFixture[str],
) -> None:
    groups = write("groups.json", [scripted_group("controller"), scripted_group("gpu")])
    workers = [{"instance_group_name": "gpu", "partition_name": "dev"}]
    form = write("form.json", FORM | {"worker_groups": workers})

    (problem,) = found(capsys, groups, form)

    assert problem["code"] == "AutomaticPartition"
    assert problem["path"] == "worker_groups[0].partition_name"
    assert (problem["file"], problem["line"]) == ("form.json", 8)


def test_groups_of_a_form_have_one_prefix(capsys: pytest.CaptureFixture[str]) -> None:
    def scripts(prefix: str) -> dict[str, str]:
        return {"SourceS3Uri": f"s3://sagemaker-scripts{prefix}", "OnCreate": "on_create.sh"}

    groups = [
        scripted_group("controller", LifeCycleConfig=scripts("/src")),
        scripted_group("gpu", LifeCycleConfig=scripts("")),
    ]
    request = write("a.json", {"ClusterName": "a", "InstanceGroups": groups, "VpcConfig": VPC})

    assert codes(capsys, request, write("form.json", FORM)) == [
        ("warning", "ScriptPrefixes", "InstanceGroups[1].LifeCycleConfig.SourceS3Uri")
    ]


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ({"EnableNodeAutoRecovery": True}, "Automatic"),
        ({"EnableNodeAutoRecovery": False}, "None"),
        ({"NodeRecovery": "None"}, "None"),
    ],
)
def test_a_key_of_the_former_api_has_a_new_place(
    value: Any, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    request = write("a.json", eks_request(ResilienceConfig=value))

    (problem,) = found(capsys, request)

    assert (problem["code"], problem["value"]) == ("RequestKey", "ResilienceConfig")
    assert problem["fix"] == f'write "NodeRecovery": "{word}" at the top level'


def test_a_misplaced_key_hides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    taints = [{"Key": "nvidia.com/gpu", "Value": "true", "Effect": "NoSchedule"}]
    request = eks_request(
        group(
            InstanceType="ml.p4d.24xlarge",
            InstanceCount=2,
            OnStartDeepHealthChecks=["InstanceStress"],
            KubernetesConfig={"Taints": taints},
        ),
        Orchestrator={"Eks": {"ClusterArn": EKS_ARN, "KubernetesConfig": {"Labels": {"a": "b"}}}},
        NodeProvisioningMode="Continuous",
    )

    assert codes(capsys, write("a.json", request)) == [
        ("error", "RequestKey", "Orchestrator.Eks.KubernetesConfig"),
        ("error", "TaintsAndDeepHealthChecks", "InstanceGroups[0].KubernetesConfig.Taints"),
    ]


def test_empty_fields_of_a_form_are_absent(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = {"ClusterName": "a", "VpcConfig": VPC}
    groups = [scripted_group("controller"), scripted_group("gpu")]
    request = write("a.json", cluster | {"InstanceGroups": groups})
    fields = ("login_group", "fsx_dns_name", "fsx_mountname", "fsx_openzfs_dns_name")
    form = {key: value for key, value in FORM.items() if key != "version"}

    assert codes(capsys, request, write("form.json", form | dict.fromkeys(fields, ""))) == [
        ("warning", "FormVersion", "version")
    ]


def test_a_missing_field_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    form = {key: value for key, value in FORM.items() if key != "controller_group"}

    assert main(["check", write("form.json", form)]) == 1

    line = capsys.readouterr().out.splitlines()[0]
    assert "'controller_group' is missing; add this field to the form" in line
    assert "None" not in line


def partition(kind: str) -> dict[str, Any]:
    return {"PartitionNames": ["gpu"]} if kind == "Compute" else {}


def test_the_same_warning_of_many_groups_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    types = {"controller": "Controller", "login": "Login", "gpu": "Compute"}
    volumes = [{"EbsVolumeConfig": {"VolumeSizeInGB": 2000}}]
    slurm = [{"SlurmConfig": {"NodeType": kind} | partition(kind)} for kind in types.values()]
    groups = [
        scripted_group(name, InstanceStorageConfigs=volumes, **config)
        for name, config in zip(types, slurm, strict=True)
    ]
    orchestrator = {"Slurm": {"SlurmConfigStrategy": "Managed"}}
    request = {"InstanceGroups": groups, "Orchestrator": orchestrator, "VpcConfig": VPC}
    file = write("a.json", {"ClusterName": "a", **request})

    assert main(["check", file]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "EbsVolumeQuota" in line]
    (line,) = lines
    assert "InstanceGroups[0].InstanceStorageConfigs" in line
    assert line.endswith(" (instance groups 'controller', 'login', 'gpu')")
    assert len([each for each in found(capsys, file) if "EbsVolumeQuota" in str(each)]) == 3


def update(**changes: Any) -> dict[str, Any]:
    return {"ClusterName": "a", **changes}


TIERED = {"Mode": "Enable", "InstanceMemoryAllocationPercentage": 20}


@pytest.mark.parametrize(
    "request_",
    [
        update(TieredStorageConfig=TIERED, NodeRecovery="Automatic"),
        update(InstanceGroupsToDelete=["gpu"]),
        update(NodeRecovery="None"),
        update(AutoScaling={"Mode": "Enable", "AutoScalerType": "Karpenter"}),
        update(NodeProvisioningMode="Continuous"),
        update(InstanceGroups=[group(LifeCycleConfig=SCRIPTS, CapacityRequirements={"Spot": {}})]),
        update(InstanceGroups=[group(KubernetesConfig={"Labels": {"team": "a"}})]),
        update(InstanceGroups=[group(MinInstanceCount=1)]),
        update(
            InstanceGroups=[
                {
                    **{key: each for key, each in group().items() if key != "InstanceType"},
                    "InstanceRequirements": {"InstanceTypes": ["ml.g5.8xlarge", "ml.g5.16xlarge"]},
                }
            ]
        ),
        update(
            InstanceGroups=[group(SlurmConfig={"NodeType": "Compute", "PartitionNames": ["gpu"]})]
        ),
        update(
            InstanceGroups=[group("one more", LifeCycleConfig=SCRIPTS) | {"InstanceGroupName": "b"}]
        ),
    ],
)
def test_an_update_specifies_only_what_changes(
    request_: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert codes(capsys, "--update", write("a.json", request_)) == []


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (
            update(TieredStorageConfig=TIERED),
            ("error", "UpdateTieredStorage", "TieredStorageConfig"),
        ),
        (update(NodeRecovery="None", VpcConfig=VPC), ("error", "UpdateKey", "VpcConfig")),
        (
            update(InstanceGroups=[group(InstanceType="p5.48xlarge")]),
            ("error", "InstanceType", "InstanceGroups[0].InstanceType"),
        ),
        (update(NodeRecovery="Auto"), ("error", "RequestValue", "NodeRecovery")),
    ],
)
def test_an_update_is_judged(
    request_: Any, problem: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert codes(capsys, "--update", write("a.json", request_)) == [problem]


def test_an_update_without_groups_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", write("a.json", update(NodeRecovery="None"))]) == 2
    assert "specify --update for an UpdateCluster request" in capsys.readouterr().err


def test_a_wrong_value_hides_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    groups = [
        group("a", InstanceCount="four", LifeCycleConfig=SCRIPTS, Extra=1),
        group("b", InstanceType="m5.xlarge", LifeCycleConfig=7),
        "c",
    ]
    request = eks_request(NodeRecovery=1, VpcConfig=[], InstanceGroups=groups)

    assert codes(capsys, write("a.json", request)) == [
        ("warning", "RequestKey", "InstanceGroups[0].Extra"),
        ("error", "RequestType", "InstanceGroups[0].InstanceCount"),
        ("error", "RequestType", "InstanceGroups[1].LifeCycleConfig"),
        ("error", "RequestType", "InstanceGroups[2]"),
        ("error", "RequestType", "VpcConfig"),
        ("error", "RequestType", "NodeRecovery"),
        ("error", "InstanceType", "InstanceGroups[1].InstanceType"),
    ]
