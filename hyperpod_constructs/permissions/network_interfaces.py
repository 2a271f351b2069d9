"""Policy statements of nodes for network interfaces.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.value_class import value_class

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

_MANAGEMENT = (
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)
_OF_PODS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:AttachNetworkInterface",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:UnassignPrivateIpAddresses",
)
_WITH_INSTANCES = ("ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute")


@value_class(frozen=True, kw_only=True, slots=True)
class NodeVpc:
    """The VPC to which the network interfaces of nodes are restricted.

    Attributes:
        vpc_id: ID of the VPC.
        subnet_ids: Subnets of the cluster.
        security_group_ids: Security groups of the cluster.
    """

    vpc_id: str
    subnet_ids: Sequence[str]
    security_group_ids: Sequence[str]


class NetworkInterfaceStatements:
    """Statements for the network interfaces of nodes, and on EKS of pods.

    With a VPC, interfaces are created in the subnets and with the security groups of the cluster.
    On EKS, they are created in all subnets of the VPC, since the VPC CNI plugin can use others.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        vpc: NodeVpc | None,
        vpc_owner_account: str | None,
        on_eks: bool,
    ) -> None:
        """Creates the statements.

        Args:
            environment: Environment of the role.
            vpc: VPC of the nodes. None for all VPCs of the account.
            vpc_owner_account: Account that shares the VPC, if it is another one.
            on_eks: Whether the nodes are those of an EKS cluster.
        """
        # The instances of HyperPod belong to an account of the service.
        anywhere = environment._replace(account="*")
        owners = [environment.account, *([] if vpc_owner_account is None else [vpc_owner_account])]
        self._owners = [environment._replace(account=account) for account in owners]
        self._interfaces = environment.arn("ec2", "network-interface/*")
        self._groups = environment.arn("ec2", "security-group/*")
        self._instances = anywhere.arn("ec2", "instance/*")
        self._vpc = vpc
        self._creation: iam.PolicyStatement | None = None
        self._added: set[ec2.ISubnet | ec2.ISecurityGroup] = set()
        self._of_pods = self._pod_statements() if on_eks else []
        self._of_nodes = (
            self._statements_of_account()
            if vpc is None
            else self._statements_of_vpc(vpc, all_subnets=on_eks)
        )

    def of_nodes(self) -> list[iam.PolicyStatement]:
        """Statements that all nodes require."""
        return self._of_nodes

    def of_pods(self) -> list[iam.PolicyStatement]:
        """Additional statements for the addresses of pods."""
        return self._of_pods

    def add(
        self, subnets: Iterable["ec2.ISubnet"], security_groups: Iterable["ec2.ISecurityGroup"]
    ) -> None:
        """Allows the own subnets and security groups of an instance group as well."""
        if self._creation is None:
            return
        new_subnets = [each for each in subnets if each not in self._added]
        new_groups = [each for each in security_groups if each not in self._added]
        if new_subnets or new_groups:
            self._added.update(new_subnets, new_groups)
            self._creation.add_resources(
                *self._created_in(
                    [subnet.subnet_id for subnet in new_subnets],
                    [group.security_group_id for group in new_groups],
                )
            )

    def _statements_of_account(self) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(
                sid="NetworkInterfaces",
                actions=["ec2:CreateNetworkInterface", *_MANAGEMENT],
                resources=[
                    self._interfaces,
                    *self._arns("security-group/*", "subnet/*", "vpc/*"),
                ],
            ),
            iam.PolicyStatement(
                sid="DetachNetworkInterfaces",
                actions=["ec2:DetachNetworkInterface"],
                resources=[self._interfaces, self._instances],
            ),
            iam.PolicyStatement(
                sid="NetworkInterfaceTags",
                actions=["ec2:CreateTags"],
                resources=[self._interfaces],
            ),
        ]

    def _statements_of_vpc(self, vpc: NodeVpc, *, all_subnets: bool) -> list[iam.PolicyStatement]:
        creation = iam.PolicyStatement(
            sid="CreateNetworkInterfaces",
            actions=["ec2:CreateNetworkInterface"],
            resources=[self._interfaces]
            if all_subnets
            else [
                self._interfaces,
                *self._created_in(vpc.subnet_ids, vpc.security_group_ids),
            ],
        )
        if not all_subnets:
            self._creation = creation
        in_subnets = iam.PolicyStatement(
            sid="SubnetsOfNetworkInterfaces",
            actions=["ec2:CreateNetworkInterface"],
            resources=self._arns("security-group/*", "subnet/*"),
            conditions=self._in_vpc(vpc),
        )
        return [
            creation,
            *([in_subnets] if all_subnets else []),
            iam.PolicyStatement(
                sid="NetworkInterfaces",
                actions=[*_MANAGEMENT, "ec2:CreateTags", "ec2:DetachNetworkInterface"],
                resources=[self._interfaces],
                conditions=self._in_vpc(vpc),
            ),
            iam.PolicyStatement(
                sid="DetachNetworkInterfaces",
                actions=["ec2:DetachNetworkInterface"],
                resources=[self._instances],
            ),
            iam.PolicyStatement(
                sid="NetworkInterfaceTags",
                actions=["ec2:CreateTags"],
                resources=[self._interfaces],
                conditions={"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}},
            ),
        ]

    def _pod_statements(self) -> list[iam.PolicyStatement]:
        if self._vpc is None:
            return [
                iam.PolicyStatement(
                    sid="PodNetworkInterfaces",
                    actions=[*_OF_PODS],
                    resources=[self._interfaces, self._instances, self._groups],
                )
            ]
        return [
            iam.PolicyStatement(
                sid="PodNetworkInterfaces",
                actions=[*_OF_PODS],
                resources=[self._interfaces, self._groups],
                conditions=self._in_vpc(self._vpc),
            ),
            iam.PolicyStatement(
                sid="InstancesOfPods",
                actions=[*_WITH_INSTANCES],
                resources=[self._instances],
            ),
        ]

    def _created_in(
        self, subnet_ids: Iterable[str], security_group_ids: Iterable[str]
    ) -> list[str]:
        return self._arns(
            *(f"security-group/{each}" for each in security_group_ids),
            *(f"subnet/{each}" for each in subnet_ids),
        )

    def _in_vpc(self, vpc: NodeVpc) -> dict[str, dict[str, list[str]]]:
        return {"ArnEquals": {"ec2:Vpc": self._arns(f"vpc/{vpc.vpc_id}")}}

    def _arns(self, *resources: str) -> list[str]:
        return [owner.arn("ec2", resource) for owner in self._owners for resource in resources]
