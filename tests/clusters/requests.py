"""Clusters as requests: JSON as CreateCluster takes it and DescribeCluster returns it."""

from typing import Any

from .values import ROLE

EKS_ARN = "arn:aws:eks:us-west-2:111122223333:cluster/training"
ROLE_ARN = ROLE.role_arn
SOURCE = "s3://sagemaker-scripts/src"
SCRIPTS = {"SourceS3Uri": SOURCE, "OnCreate": "on_create.sh"}


def group(name: str = "gpu", **more: Any) -> dict[str, Any]:
    return {
        "InstanceGroupName": name,
        "InstanceType": "ml.p5.48xlarge",
        "InstanceCount": 1,
        "ExecutionRole": ROLE_ARN,
        **more,
    }


def scripted_group(name: str, **more: Any) -> dict[str, Any]:
    """A group of small instances that runs scripts when it is created."""
    return group(name, **{"InstanceType": "ml.m5.xlarge", "LifeCycleConfig": SCRIPTS, **more})


def request(*groups: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"ClusterName": "cluster", "InstanceGroups": list(groups or (group(),)), **more}


def eks_request(*groups: dict[str, Any], **more: Any) -> dict[str, Any]:
    return request(
        *({"LifeCycleConfig": SCRIPTS, **each} for each in groups or (group(),)),
        **{
            "Orchestrator": {"Eks": {"ClusterArn": EKS_ARN}},
            "VpcConfig": {
                "SecurityGroupIds": ["sg-0123456789abcdef0"],
                "Subnets": ["subnet-0123456789abcdef0"],
            },
            **more,
        },
    )


SLURM_REQUEST = {
    "ClusterName": "training",
    "InstanceGroups": [scripted_group("controller"), scripted_group("gpu")],
}
FORM = {
    "version": "1.0.0",
    "workload_manager": "slurm",
    "controller_group": "controller",
    "worker_groups": [{"instance_group_name": "gpu", "partition_name": "gpu"}],
}
DESCRIPTION = {
    "ClusterArn": "arn:aws:sagemaker:us-east-1:111122223333:cluster/0123456789ab",
    "ClusterName": "cluster",
    "ClusterStatus": "InService",
    "CreationTime": "2026-01-01T00:00:00Z",
    "FailureMessage": "",
    "InstanceGroups": [
        {
            "CurrentCount": 3,
            "TargetCount": 4,
            "MinCount": 1,
            "InstanceGroupName": "gpu",
            "InstanceRequirements": {
                "CurrentInstanceTypes": ["ml.g5.8xlarge"],
                "DesiredInstanceTypes": ["ml.g5.8xlarge", "ml.g5.16xlarge"],
            },
            "InstanceTypeDetails": [{"InstanceType": "ml.g5.8xlarge", "CurrentCount": 3}],
            "LifeCycleConfig": SCRIPTS,
            "ExecutionRole": ROLE_ARN,
            "ThreadsPerCore": 1,
            "Status": "InService",
            "AutoPatchConfig": {
                "PatchingStrategy": "WhenIdle",
                "CurrentPatchSchedule": {"NextPatchDate": "2026-02-01T00:00:00Z"},
            },
            "CurrentImageId": "ami-0123456789abcdef0",
            "CurrentImageReleaseVersion": "1.0.3",
            "ImageVersionStatus": "UpToDate",
            "KubernetesConfig": {"CurrentLabels": {"team": "a"}, "DesiredLabels": {"team": "b"}},
            "SoftwareUpdateStatus": "Succeeded",
        }
    ],
    "RestrictedInstanceGroups": [
        {
            "CurrentCount": 0,
            "TargetCount": 2,
            "InstanceGroupName": "nova",
            "InstanceType": "ml.p5.48xlarge",
            "ExecutionRole": ROLE_ARN,
            "EnvironmentConfig": {"S3OutputPath": "s3://sagemaker-out/x"},
        }
    ],
    "RestrictedInstanceGroupsConfig": {
        "SharedEnvironmentConfig": {
            "CurrentFSxLustreConfig": {"SizeInGiB": 1200, "PerUnitStorageThroughput": 125},
            "DesiredFSxLustreConfig": {"SizeInGiB": 2400, "PerUnitStorageThroughput": 125},
            "CurrentFSxLustreDeletionPolicy": "Keep",
        }
    },
    "VpcConfig": {
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "Subnets": ["subnet-0123456789abcdef0"],
    },
    "Orchestrator": {"Eks": {"ClusterArn": EKS_ARN}},
    "NodeProvisioningMode": "Continuous",
    "AutoScaling": {"Mode": "Disable", "Status": "InService"},
    "ResponseMetadata": {"HTTPStatusCode": 200},
}
UNKNOWN: list[Any] = [
    {"Ref": "Parameter"},
    {"Fn::GetAtt": ["Resource", "Arn"]},
    {"Fn::Sub": "${AWS::Region}-x"},
    {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]},
    {"Fn::Join": ["", ["a", {"Ref": "B"}]]},
    {"Fn::If": ["Condition", "a", "b"]},
    {"Fn::If": ["Condition", "a", {"Ref": "AWS::NoValue"}]},
    {"Fn::ImportValue": "x"},
    {"Fn::FindInMap": ["a", "b", "c"]},
    {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
    {"Fn::Transform": {"Name": "x", "Parameters": {}}},
    {"Fn::Join": 5},
    {"Fn::Sub": []},
    {"Fn::If": []},
]


def parts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value."""
    if isinstance(value, dict):
        return [path, *(each for key in value for each in parts(value[key], (*path, key)))]
    if isinstance(value, list):
        return [
            path,
            *(each for index, item in enumerate(value) for each in parts(item, (*path, index))),
        ]
    return [path]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The same document with another value at a path."""
    if not path:
        return new
    step, *rest = path
    if isinstance(value, dict):
        return {**value, step: replaced(value[step], tuple(rest), new)}
    return [*value[:step], replaced(value[step], tuple(rest), new), *value[step + 1 :]]
