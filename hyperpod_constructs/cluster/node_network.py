"""The network of the nodes: what was specified, completed with what the cluster creates."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hyperpod_constructs.model.value_class import value_class
from hyperpod_constructs.network.cluster_network import ClusterNetwork
from hyperpod_constructs.network.efa_security_group import EfaSecurityGroup
from hyperpod_constructs.network.subnets import VpcSubnets

from .arguments import ClusterArguments
from .multi_head import database_subnets_of, makes_database


@value_class(frozen=True, kw_only=True, slots=True)
class NodeNetwork:
    """The network of the nodes.

    Attributes:
        vpc: VPC of the nodes.
        known_subnets: The subnets of the VPC.
        subnets: Subnets of the nodes.
        security_groups: Security groups of the nodes.
        database_subnets: Subnets of a database for multiple controllers.
    """

    vpc: ec2.IVpc
    known_subnets: VpcSubnets
    subnets: Sequence[ec2.ISubnet]
    security_groups: Sequence[ec2.ISecurityGroup]
    database_subnets: Sequence[ec2.ISubnet]


def bind_network(scope: Construct, arguments: ClusterArguments) -> NodeNetwork:
    """Creates what the arguments do not specify.

    Args:
        scope: The cluster.
        arguments: Its arguments.
    """
    orchestrator = arguments.orchestrator
    if arguments.known_subnets is None:
        network = ClusterNetwork(scope, "Network", database_subnets=makes_database(orchestrator))
        return NodeNetwork(
            vpc=network.vpc,
            known_subnets=VpcSubnets(network.vpc),
            subnets=[network.subnet],
            security_groups=[network.security_group],
            database_subnets=network.database_subnets,
        )
    vpc = arguments.known_subnets.vpc
    return NodeNetwork(
        vpc=vpc,
        known_subnets=arguments.known_subnets,
        subnets=arguments.node_subnets,
        security_groups=[*arguments.security_groups]
        or [EfaSecurityGroup(scope, "SecurityGroup", vpc=vpc)],
        database_subnets=database_subnets_of(orchestrator, vpc)
        if makes_database(orchestrator)
        else (),
    )
