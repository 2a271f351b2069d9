"""What an update to a template does to the nodes of a cluster that exists."""

from typing import Any

import pytest

from hyperpod_constructs.operations.comparison import Effect, changes

from .live import group

ARN = "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl"
VPC = {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]}
OTHER_VPC = {**VPC, "Subnets": ["subnet-0fedcba9876543210"]}
LIFECYCLE = {"SourceS3Uri": "s3://scripts-111122223333-us-west-2/a/", "OnCreate": "on_create.sh"}
VOLUME = {"EbsVolumeConfig": {"VolumeSizeInGB": 500}}
GPU = group("gpu", 4, LifeCycleConfig=LIFECYCLE, InstanceStorageConfigs=[VOLUME], ThreadsPerCore=1)
CONTROLLER = group("controller", 1, "Controller")
TEMPLATE: dict[str, Any] = {
    "ClusterName": "training",
    "InstanceGroups": [CONTROLLER, GPU],
    "VpcConfig": VPC,
    "Orchestrator": {"Slurm": {"SlurmConfigStrategy": "Merge"}},
    "NodeRecovery": "Automatic",
}


def description(**more: Any) -> dict[str, Any]:
    """The answer of DescribeCluster for the template."""
    groups = [
        {
            **{key: value for key, value in each.items() if key != "InstanceCount"},
            "TargetCount": each["InstanceCount"],
            "CurrentCount": each["InstanceCount"],
            "Status": "InService",
        }
        for each in TEMPLATE["InstanceGroups"]
    ]
    return {
        **TEMPLATE,
        "ClusterArn": ARN,
        "ClusterStatus": "InService",
        "InstanceGroups": groups,
        "ResponseMetadata": {},
        **more,
    }


def template(gpu: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {**TEMPLATE, "InstanceGroups": [CONTROLLER, {**GPU, **(gpu or {})}], **more}


def found(
    properties: dict[str, Any], live: dict[str, Any] | None = None
) -> list[tuple[str, Effect]]:
    return [(each.path, each.effect) for each in changes(properties, live or description())]


def test_the_template_of_the_cluster_changes_nothing() -> None:
    assert found(template()) == []


def test_a_generated_name_is_no_change() -> None:
    properties = template()
    del properties["ClusterName"]

    assert found(properties) == []


@pytest.mark.parametrize(
    ("gpu", "path", "effect"),
    [
        ({"InstanceCount": 6}, "InstanceCount", Effect.ADDS),
        ({"InstanceCount": 2}, "InstanceCount", Effect.DELETES),
        ({"InstanceType": "ml.m5.2xlarge"}, "InstanceType", Effect.RENAME),
        ({"ExecutionRole": "arn:aws:iam::111122223333:role/o"}, "ExecutionRole", Effect.RENAME),
        ({"ThreadsPerCore": 2}, "ThreadsPerCore", Effect.RENAME),
        ({"SlurmConfig": {"NodeType": "Login"}}, "SlurmConfig.NodeType", Effect.RENAME),
        ({"OverrideVpcConfig": OTHER_VPC}, "OverrideVpcConfig", Effect.RENAME),
        (
            {"InstanceStorageConfigs": [{"EbsVolumeConfig": {"VolumeSizeInGB": 600}}]},
            "InstanceStorageConfigs",
            Effect.NEW_NODES,
        ),
        (
            {"LifeCycleConfig": {**LIFECYCLE, "OnCreate": "other.sh"}},
            "LifeCycleConfig.OnCreate",
            Effect.NEW_NODES,
        ),
        ({"ImageId": "ami-0123456789abcdef0"}, "ImageId", Effect.NEW_NODES),
        (
            {"ScheduledUpdateConfig": {"ScheduleExpression": "cron(0 3 ? * SUN *)"}},
            "ScheduledUpdateConfig",
            Effect.IN_PLACE,
        ),
    ],
)
def test_changes_of_a_group(gpu: dict[str, Any], path: str, effect: Effect) -> None:
    assert found(template(gpu)) == [(f"InstanceGroups[gpu].{path}", effect)]


@pytest.mark.parametrize(
    ("more", "path", "effect"),
    [
        ({"ClusterName": "other"}, "ClusterName", Effect.REPLACES),
        ({"VpcConfig": OTHER_VPC}, "VpcConfig.Subnets", Effect.REPLACES),
        ({"NodeRecovery": "None"}, "NodeRecovery", Effect.IN_PLACE),
        (
            {"ClusterRole": "arn:aws:iam::111122223333:role/o"},
            "ClusterRole",
            Effect.AUTOSCALING,
        ),
    ],
)
def test_changes_of_the_cluster(more: dict[str, Any], path: str, effect: Effect) -> None:
    assert found(template(**more)) == [(path, effect)]


def test_continuous_provisioning_is_one_way() -> None:
    continuous: dict[str, Any] = {
        "NodeProvisioningMode": "Continuous",
        "Orchestrator": {"Slurm": {}},
    }
    there = dict(found(template(**continuous)))
    back = dict(found(template(), description(**continuous)))

    assert there["NodeProvisioningMode"] is Effect.ONE_WAY
    assert back["NodeProvisioningMode"] is Effect.BACK


def test_another_orchestrator_replaces_the_cluster() -> None:
    eks = {"Eks": {"ClusterArn": "arn:aws:eks:us-west-2:111122223333:cluster/training"}}
    live = description(Orchestrator=eks)

    assert ("Orchestrator.Eks", Effect.REPLACES) in found(template(), live)


def test_groups_are_added_and_removed_by_name() -> None:
    renamed = template({"InstanceGroupName": "gpu-2"})

    assert found(renamed) == [
        ("InstanceGroups[gpu]", Effect.DELETES),
        ("InstanceGroups[gpu-2]", Effect.ADDS),
    ]


def test_pseudo_parameters_are_known() -> None:
    bucket = "s3://scripts-${AWS::AccountId}-${AWS::Region}/%s/"
    same = template({"LifeCycleConfig": {**LIFECYCLE, "SourceS3Uri": {"Fn::Sub": bucket % "a"}}})
    other = template({"LifeCycleConfig": {**LIFECYCLE, "SourceS3Uri": {"Fn::Sub": bucket % "b"}}})

    assert found(same) == []
    assert found(other) == [("InstanceGroups[gpu].LifeCycleConfig.SourceS3Uri", Effect.NEW_NODES)]


@pytest.mark.parametrize(
    ("gpu", "path"),
    [
        ({"ExecutionRole": {"Fn::GetAtt": ["R", "Arn"]}}, "ExecutionRole"),
        ({"InstanceCount": {"Ref": "Count"}}, "InstanceCount"),
        (
            {"LifeCycleConfig": {**LIFECYCLE, "SourceS3Uri": {"Ref": "Uri"}}},
            "LifeCycleConfig.SourceS3Uri",
        ),
    ],
)
def test_values_of_the_deployment_are_unknown(gpu: dict[str, Any], path: str) -> None:
    assert found(template(gpu)) == [(f"InstanceGroups[gpu].{path}", Effect.UNKNOWN)]


def test_subnets_of_the_deployment_are_unknown() -> None:
    properties = template(VpcConfig={"SecurityGroupIds": [{"Ref": "G"}], "Subnets": [{"Ref": "S"}]})

    assert found(properties) == [
        ("VpcConfig.SecurityGroupIds", Effect.UNKNOWN),
        ("VpcConfig.Subnets", Effect.UNKNOWN),
    ]


def test_a_known_part_of_a_list_decides() -> None:
    properties = template(VpcConfig={**VPC, "Subnets": [{"Ref": "S"}, "subnet-0fedcba9876543210"]})

    assert found(properties) == [("VpcConfig.Subnets", Effect.REPLACES)]
