"""What the good clusters are made of."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.clusters.requests import EKS_ARN, FORM, ROLE_ARN, SCRIPTS

Json = dict[str, Any]

PLAN = "arn:aws:sagemaker:us-west-2:111122223333:training-plan/p5-plan"
CONTINUOUS = {"NodeProvisioningMode": "Continuous"}
LUSTRE_DNS = "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com"
OPENZFS_DNS = "fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com"
KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = "arn:aws:secretsmanager:us-west-2:111122223333:secret:slurm-AbCdEf"
DATABASE = "slurm.cluster-abcdefghijkl.us-west-2.rds.amazonaws.com"
SECONDARY = {"EbsVolumeConfig": {"VolumeSizeInGB": 500}}
ENCRYPTED_ROOT = {"EbsVolumeConfig": {"VolumeKmsKeyId": KEY, "RootVolume": True}}
LUSTRE = {"FsxLustreConfig": {"DnsName": LUSTRE_DNS, "MountName": "abcdefgh"}}
OPENZFS = {"FsxOpenZfsConfig": {"DnsName": OPENZFS_DNS, "MountPath": "/home"}}
BY_ONE = {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}}}
WEEKLY = {"ScheduleExpression": "cron(0 3 ? * SUN *)"}
NOVA_LUSTRE = {"SizeInGiB": 1200, "PerUnitStorageThroughput": 125}
DESCRIBED = {"CurrentCount": 3, "TargetCount": 4, "ExecutionRole": ROLE_ARN, "Status": "InService"}
ADDITION = {"SourceS3Uri": "s3://sagemaker-scripts/src", "OnInitComplete": "add.sh"}


class GoodCluster(NamedTuple):
    """A cluster that AWS creates.

    Attributes:
        request: The request, or the description of the cluster.
        warnings: Codes of the warnings, each with the reason.
        form: The provisioning form, if any.
    """

    request: Json
    warnings: Mapping[str, str] = {}
    form: Json | None = None


def vpc(*subnets: str) -> Json:
    return {
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "Subnets": list(subnets or ("subnet-0123456789abcdef0",)),
    }


def group(name: str, instance_type: str = "ml.g5.8xlarge", count: int = 1, **more: Any) -> Json:
    return {
        "InstanceGroupName": name,
        "InstanceType": instance_type,
        "InstanceCount": count,
        "ExecutionRole": ROLE_ARN,
        **more,
    }


def flexible(name: str, *types: str, **more: Any) -> Json:
    made = group(name, InstanceRequirements={"InstanceTypes": list(types)}, **more)
    del made["InstanceType"]
    return made


def cluster(*groups: Json, **more: Any) -> Json:
    return {"ClusterName": "training", "InstanceGroups": list(groups), **more}


def by_form(*groups: Json, **more: Any) -> Json:
    scripted = [{"LifeCycleConfig": SCRIPTS, **each} for each in groups]
    head = group("controller", "ml.m5.xlarge", LifeCycleConfig=SCRIPTS)
    return cluster(head, *scripted, **{"VpcConfig": vpc(), **more})


def role(node_type: str, *partitions: str) -> Json:
    return {"NodeType": node_type} | ({"PartitionNames": list(partitions)} if partitions else {})


def head(**more: Any) -> Json:
    return group("controller", "ml.m5.xlarge", SlurmConfig=role("Controller"), **more)


def worker(name: str = "gpu", *given: Any, **more: Any) -> Json:
    return group(name, *given, SlurmConfig=role("Compute", name), **more)


def by_api(*groups: Json, **more: Any) -> Json:
    """Slurm with its topology in the request; with one worker by default."""
    slurm = {"Slurm": {} if "NodeProvisioningMode" in more else {"SlurmConfigStrategy": "Merge"}}
    given = groups or (head(), worker())
    return cluster(*given, **{"Orchestrator": slurm, "VpcConfig": vpc(), **more})


def on_eks(*groups: Json, **more: Any) -> Json:
    scripted = [{"LifeCycleConfig": SCRIPTS, **each} for each in groups or (group("gpu"),)]
    orchestrator = {"Eks": {"ClusterArn": EKS_ARN}}
    return cluster(*scripted, **{"Orchestrator": orchestrator, "VpcConfig": vpc(), **more})


def karpenter(*groups: Json, mode: str = "Enable", **more: Any) -> Json:
    scaling = {"Mode": mode, "AutoScalerType": "Karpenter"}
    return on_eks(*groups, **CONTINUOUS, ClusterRole=ROLE_ARN, AutoScaling=scaling, **more)


def nova(orchestrator_region: str = "us-west-2", *, own: bool = True, **more: Any) -> Json:
    environment = {"EnvironmentConfig": {"FSxLustreConfig": NOVA_LUSTRE}} if own else {}
    arn = EKS_ARN.replace("us-west-2", orchestrator_region)
    return {
        **cluster(Orchestrator={"Eks": {"ClusterArn": arn}}, VpcConfig=vpc(), **more),
        "RestrictedInstanceGroups": [group("nova", "ml.p5.48xlarge", 4, **environment)],
    }


def form(**fields: Any) -> Json:
    return {**FORM, **fields}


def form_worker(name: str, partition: str) -> Json:
    return {"instance_group_name": name, "partition_name": partition}


def checked(*names: str) -> Json:
    return group("gpu", "ml.p5.48xlarge", 2, OnStartDeepHealthChecks=list(names))


def patched(strategy: str, **more: Any) -> Json:
    return {"AutoPatchConfig": {"PatchingStrategy": strategy, "DeploymentConfig": BY_ONE, **more}}
