"""From the arguments of a cluster to the values that its rules judge.

What is only there once the cluster is made, such as the place of the scripts, stands in the values
as a text that is asked for when the template is written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from .file_systems import FileSystem
from .lifecycle import LifecycleScripts
from .model.errors import Problem, wrong_type
from .model.instance_group import InstanceGroup
from .model.life_cycle_config import LifeCycleConfig
from .model.node_provisioning import AutoScaling
from .model.orchestrator import Eks, Orchestrator
from .model.references import RoleReference
from .model.storage import FileSystemMount


def filled_in(
    groups: Sequence[InstanceGroup],
    scripts: LifecycleScripts | None,
    source_s3_uri: str,
    mounts: Sequence[FileSystemMount],
) -> tuple[InstanceGroup, ...]:
    """The groups, each with what it has from the cluster.

    Args:
        groups: The groups as they were given.
        scripts: What nodes run, if they run something.
        source_s3_uri: Where the scripts will lie.
        mounts: What every node mounts by the request.
    """
    return tuple(
        replace(
            group,
            life_cycle_config=_without_none(group.life_cycle_config)
            if scripts is None
            else scripts.life_cycle_config(group.life_cycle_config, source_s3_uri),
            file_systems=(*mounts, *mounts_of(group.file_systems)),
        )
        for group in groups
    )


def mounts_of(
    file_systems: Sequence[FileSystem | FileSystemMount],
) -> tuple[FileSystemMount, ...]:
    """How file systems are found and mounted."""
    return tuple(
        file_system.mount if isinstance(file_system, FileSystem) else file_system
        for file_system in file_systems
    )


def file_systems_of(groups: Sequence[InstanceGroup]) -> list[FileSystem]:
    """The file systems of single groups, with what CDK knows of them."""
    return [
        file_system
        for group in groups
        for file_system in cast("Sequence[object]", group.file_systems)
        if isinstance(file_system, FileSystem)
    ]


def role_of_autoscaling(
    given: iam.IRole | None, auto_scaling: AutoScaling | None, arn: str
) -> iam.IRole | RoleReference | None:
    """The role that was given, or the one of this ARN that will be made."""
    if given is None and isinstance(auto_scaling, AutoScaling) and auto_scaling.enabled:
        return RoleReference(arn)
    return given


def vpc_of(given: ec2.IVpc | None, orchestrator: Orchestrator) -> ec2.IVpc | None:
    """The VPC of the nodes: that which was given, or that of the EKS cluster."""
    if given is not None or not isinstance(orchestrator, Eks):
        return given
    try:
        return cast("ec2.IVpc | None", getattr(orchestrator.cluster, "vpc", None))
    except RuntimeError:  # an EKS cluster that was imported without it
        return None


def vpc_problems(vpc: ec2.IVpc | None, orchestrator: Orchestrator) -> Iterator[Problem]:
    """The nodes of an EKS cluster are in its VPC, which somebody has to name."""
    if vpc is None and isinstance(orchestrator, Eks):
        yield Problem(
            code="VpcMissing",
            path="vpc",
            value=None,
            message="is needed, since the EKS cluster does not know its VPC",
            fix="pass vpc=, or import the EKS cluster with vpc=",
        )


def trust_problems(role: iam.IRole | None, source_account_condition: object) -> Iterator[Problem]:
    """The trust policy of a role that was given is not touched."""
    if not isinstance(source_account_condition, bool):
        yield wrong_type("source_account_condition", source_account_condition, "True or False")
    elif role is not None and source_account_condition:
        yield Problem(
            code="SourceAccountCondition",
            path="source_account_condition",
            value=source_account_condition,
            message="is about roles that the cluster makes, and execution_role was given",
            fix="leave it out here, and pass it to ExecutionRole",
        )


def _without_none(config: LifeCycleConfig | None) -> LifeCycleConfig | None:
    return None if config is not None and config.is_none else config
