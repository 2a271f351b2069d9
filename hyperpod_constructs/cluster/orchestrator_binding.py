"""Resources of the orchestrator outside of the cluster, and how the cluster uses them.

A database of the lifecycle scripts is one of them, since it is that of the orchestrator.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from hyperpod_constructs.model.node_steps.accounting import Accounting
from hyperpod_constructs.model.orchestrator import (
    ApiDrivenSlurm,
    Eks,
    Orchestrator,
    Slurm,
    control_plane_of,
)
from hyperpod_constructs.model.slurm.accounting_database import DEFAULT_PORT, AccountingDatabase
from hyperpod_constructs.model.slurm.multi_head import MultiHead
from hyperpod_constructs.model.value_class import value_class
from hyperpod_constructs.network.security_group_rules import security_group_of_id

from .arguments import ClusterArguments
from .eks_resource import eks_resource
from .multi_head import MultiHeadResources

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager


@value_class(frozen=True, kw_only=True, slots=True)
class OrchestratorBinding:
    """Resources of the orchestrator outside of the cluster.

    Attributes:
        orchestrator: The orchestrator, with the names of the created resources.
        constructs: What must exist before the cluster is created and until it is deleted.
        controller_grants: What the role of the controller is granted.
        allowed_from_nodes: Security groups that the nodes connect to, each with the port.
        allowed_both_ways: Security groups that the nodes connect to and that connect to the nodes.
    """

    orchestrator: Orchestrator
    constructs: Sequence[IConstruct] = ()
    controller_grants: Sequence[Callable[[iam.IRole], object]] = ()
    allowed_from_nodes: Sequence[tuple[Sequence[ec2.ISecurityGroup], ec2.Port]] = ()
    allowed_both_ways: Sequence[ec2.ISecurityGroup] = ()


def bind_orchestrator(
    scope: Construct,
    arguments: ClusterArguments,
    *,
    vpc: ec2.IVpc,
    database_subnets: Sequence[ec2.ISubnet],
) -> OrchestratorBinding:
    """Creates the resources that are not specified.

    Args:
        scope: Scope of the created resources.
        arguments: Arguments of the cluster.
        vpc: VPC of the nodes.
        database_subnets: Subnets of a created database.
    """
    orchestrator = arguments.orchestrator
    match orchestrator:
        case Slurm(multi_head=MultiHead() as multi_head):
            return _of_multi_head(
                MultiHeadResources(
                    scope, "MultiHead", multi_head=multi_head, vpc=vpc, subnets=database_subnets
                )
            )
        case ApiDrivenSlurm(accounting_database=AccountingDatabase() as database):
            return _of_accounting_database(orchestrator, database)
        case Eks():
            return _of_eks(scope, orchestrator)
        case _:
            return _of_accounting(orchestrator, arguments.accounting)


def _of_multi_head(resources: MultiHeadResources) -> OrchestratorBinding:
    groups = resources.database.connections.security_groups
    return OrchestratorBinding(
        orchestrator=Slurm(slurm_configurations=resources.slurm_configurations),
        constructs=resources.constructs,
        controller_grants=resources.controller_grants,
        allowed_from_nodes=[(groups, ec2.Port.tcp(DEFAULT_PORT))],
    )


def _of_accounting_database(
    orchestrator: ApiDrivenSlurm, database: AccountingDatabase
) -> OrchestratorBinding:
    secret = cast("secretsmanager.ISecret", database.secret)
    return OrchestratorBinding(
        orchestrator=orchestrator,
        constructs=[secret, *_constructs(database.connectable)],
        controller_grants=[secret.grant_read],
        allowed_from_nodes=_port_of(database.connectable, database.port),
    )


def _of_accounting(
    orchestrator: Orchestrator, accounting: Accounting | None
) -> OrchestratorBinding:
    connectable = None if accounting is None else accounting.connectable
    if accounting is None or accounting.port is None or connectable is None:
        return OrchestratorBinding(orchestrator=orchestrator)
    return OrchestratorBinding(
        orchestrator=orchestrator,
        constructs=_constructs(connectable),
        allowed_from_nodes=_port_of(connectable, accounting.port),
    )


def _port_of(
    connectable: ec2.IConnectable | None, port: int
) -> list[tuple[Sequence[ec2.ISecurityGroup], ec2.Port]]:
    if connectable is None:
        return []
    return [(connectable.connections.security_groups, ec2.Port.tcp(port))]


def _of_eks(scope: Construct, orchestrator: Eks) -> OrchestratorBinding:
    control_plane = control_plane_of(orchestrator)
    if control_plane is not None:
        return OrchestratorBinding(
            orchestrator=orchestrator,
            constructs=control_plane.before_nodes,
            allowed_both_ways=control_plane.connections.security_groups,
        )
    resource = eks_resource(orchestrator.cluster)
    if resource is not None:
        group = security_group_of_id(scope, resource.attr_cluster_security_group_id)
        return OrchestratorBinding(
            orchestrator=orchestrator, constructs=[resource], allowed_both_ways=[group]
        )
    connections = getattr(orchestrator.cluster, "connections", None)
    return OrchestratorBinding(
        orchestrator=orchestrator,
        constructs=_constructs(orchestrator.cluster),
        allowed_both_ways=[] if connections is None else connections.security_groups,
    )


def add_to_control_plane(orchestrator: Orchestrator, cluster: cdk.CfnResource) -> None:
    """Tags a cluster as its EKS cluster requires, and orders what requires nodes after it."""
    control_plane = control_plane_of(orchestrator)
    if control_plane is not None:
        for key, value in control_plane.node_tags.items():
            cdk.Tags.of(cluster).add(key, value)
        control_plane.add_nodes(cluster)


def _constructs(value: object) -> list[IConstruct]:
    """The value, if it is a construct, as a reference by ARN alone is not."""
    return [cast("IConstruct", value)] if hasattr(value, "node") else []
