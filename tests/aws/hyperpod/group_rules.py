"""What HyperPod says of instance groups, beyond the model of its requests.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tests.aws.front.errors import ServiceError

Group = Mapping[str, Any]


def refuse(message: str) -> ServiceError:
    """The answer to a request that obeys the model and yet cannot be."""
    return ServiceError("ValidationException", message)


def check_groups(
    groups: Sequence[Group], request: Mapping[str, Any], *, restricted: Collection[str] = ()
) -> None:
    """Refuses groups that cannot make up a cluster.

    Args:
        groups: The groups.
        request: The cluster: its `VpcConfig`, its `Orchestrator`.
        restricted: Names of the restricted groups.
    """
    if not groups:
        raise refuse("Cluster must have at least one InstanceGroup")
    for name, times in Counter(group["InstanceGroupName"] for group in groups).items():
        if times > 1:
            raise refuse(f"Instance group name {name} is not unique in the cluster")
    for group in groups:
        _check_type(group)
        eks = "Eks" in request.get("Orchestrator", {})
        _check_scripts(group, needed=eks and group["InstanceGroupName"] not in restricted)
        _check_storage(group, request)
    _check_slurm(groups)


def _check_type(group: Group) -> None:
    if ("InstanceType" in group) == ("InstanceRequirements" in group):
        raise refuse(
            f"Exactly one of InstanceType and InstanceRequirements is required for instance group "
            f"{group['InstanceGroupName']}"
        )
    if group.get("MinInstanceCount", 0) > group["InstanceCount"]:
        raise refuse("MinInstanceCount must not be greater than InstanceCount")


def _check_scripts(group: Group, *, needed: bool) -> None:
    config = group.get("LifeCycleConfig")
    name = group["InstanceGroupName"]
    if config is None:
        if needed:
            raise refuse(f"LifeCycleConfig is required for instance group {name}")
        return
    if not config:
        raise refuse(
            f"LifeCycleConfig for instance group {name} is provided but contains no configuration"
        )
    if "OnCreate" in config and "OnInitComplete" in config:
        raise refuse("OnCreate and OnInitComplete in LifeCycleConfig are mutually exclusive")
    if "SourceS3Uri" not in config or not config.keys() & {"OnCreate", "OnInitComplete"}:
        raise refuse(f"LifeCycleConfig for instance group {name} is incomplete")


def _check_storage(group: Group, request: Mapping[str, Any]) -> None:
    configs = group.get("InstanceStorageConfigs", [])
    for config in configs:
        if len(config) != 1:
            raise refuse("Each InstanceStorageConfig must have exactly one configuration")
        if "EbsVolumeConfig" not in config and "VpcConfig" not in request:
            raise refuse("FSx configurations are only supported for Custom VPC")
        volume = config.get("EbsVolumeConfig", {})
        if volume.get("RootVolume"):
            if "VolumeSizeInGB" in volume or "VolumeKmsKeyId" not in volume:
                raise refuse("A root volume takes VolumeKmsKeyId, and no VolumeSizeInGB")
        elif "EbsVolumeConfig" in config and "VolumeSizeInGB" not in volume:
            raise refuse("VolumeSizeInGB is required for a secondary volume")


def _check_slurm(groups: Sequence[Group]) -> None:
    configs = [group["SlurmConfig"] for group in groups if "SlurmConfig" in group]
    if not configs:
        return
    controllers = sum(config["NodeType"] == "Controller" for config in configs)
    if controllers > 1:
        raise refuse(
            f"{controllers} Controller Groups found: SlurmConfig for InstanceGroups may only have "
            "one Controller Group."
        )
    if controllers == 0:
        raise refuse("Cluster must have exactly one InstanceGroup with Controller node type")
    for config in configs:
        if config["NodeType"] != "Compute" and config.get("PartitionNames"):
            raise refuse("Partitions can only be assigned to Compute node types")
