"""Which orchestrator and which provisioning mode allows what.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .group_rules import Group, refuse

Json = Mapping[str, Any]
CONTINUOUS_GROUP = ("InstanceRequirements", "MinInstanceCount", "CapacityRequirements")
EKS_GROUP = ("ImageReleaseVersion", "KubernetesConfig")
EKS_CLUSTER = ("RestrictedInstanceGroups", "TieredStorageConfig")


def check_modes(groups: Sequence[Group], request: Json) -> None:
    """Refuses what the mode of a cluster does not allow.

    Args:
        groups: The groups that are not restricted.
        request: The cluster.
    """
    orchestrator = request.get("Orchestrator", {})
    if "Orchestrator" in request and len(orchestrator) != 1:
        raise refuse("Orchestrator must have exactly one of Eks and Slurm")
    continuous = request.get("NodeProvisioningMode") == "Continuous"
    if "Slurm" in orchestrator:
        _check_slurm(groups, orchestrator["Slurm"], continuous=continuous)
    if "Eks" in orchestrator and "VpcConfig" not in request:
        raise refuse("VpcConfig is required for clusters with the EKS orchestrator")
    if continuous and not orchestrator:
        raise refuse("NodeProvisioningMode Continuous is not supported without Orchestrator")
    for group in groups:
        _check_group(group, eks="Eks" in orchestrator, continuous=continuous)
    if "Eks" not in orchestrator:
        for name in (*EKS_CLUSTER, "AutoScaling"):
            if name in request:
                raise refuse(f"{name} is only supported for clusters with the EKS orchestrator")
    if request.get("AutoScaling", {}).get("Mode") == "Enable" and not (
        continuous and "ClusterRole" in request
    ):
        raise refuse("AutoScaling requires NodeProvisioningMode Continuous and ClusterRole")


def _check_slurm(groups: Sequence[Group], slurm: Json, *, continuous: bool) -> None:
    if continuous and "SlurmConfigStrategy" in slurm:
        raise refuse("SlurmConfigStrategy is not supported with NodeProvisioningMode Continuous")
    if not continuous and "SlurmConfigStrategy" not in slurm:
        raise refuse("SlurmConfigStrategy is required when Orchestrator.Slurm is provided")
    if "AccountingDatabase" in slurm and not continuous:
        raise refuse("AccountingDatabase requires NodeProvisioningMode Continuous")
    for group in groups:
        if "SlurmConfig" not in group:
            raise refuse(f"SlurmConfig is required for instance group {group['InstanceGroupName']}")
        if group["SlurmConfig"]["NodeType"] != "Compute" and group["InstanceCount"] != 1:
            raise refuse("Controller and Login groups must have an InstanceCount of 1")


def _check_group(group: Group, *, eks: bool, continuous: bool) -> None:
    for name in CONTINUOUS_GROUP:
        if name in group and not continuous:
            raise refuse(f"{name} requires NodeProvisioningMode Continuous")
    for name in EKS_GROUP:
        if name in group and not eks:
            raise refuse(f"{name} is only supported for clusters with the EKS orchestrator")
    if eks and "SlurmConfig" in group:
        raise refuse("SlurmConfig is not supported for clusters with the EKS orchestrator")
    if eks and any(
        "EbsVolumeConfig" not in item for item in group.get("InstanceStorageConfigs", [])
    ):
        raise refuse("FSx configurations are only supported for Slurm clusters")
