"""A security group for EFA.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.construct_tree import stack_of
from hyperpod_constructs.cdk.object_checks import VPC, check, optional, required, scope_problems

from .resource_identity import ResourceIdentity

_ALL = "-1"


class EfaSecurityGroup(ec2.SecurityGroup):
    """A security group whose members can communicate over EFA.

    Allows all traffic from and to itself, and all outbound traffic. EFA requires the egress rule to
    the group itself in addition to the rule for all addresses.
    """

    def __init__(
        self, scope: Construct, id: str, *, vpc: ec2.IVpc, description: str | None = None
    ) -> None:
        """Creates the security group.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            vpc: VPC of the cluster.
            description: Description of the security group. Defaults to a description of HyperPod
                nodes.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`.
        """
        check(
            scope_problems(scope, id),
            required("vpc", vpc, VPC),
            optional("description", description, str),
        )
        super().__init__(
            scope,
            id,
            vpc=vpc,
            description=description or "HyperPod nodes: EFA among themselves, all traffic out",
            allow_all_outbound=True,
        )
        self.add_ingress_rule(self, ec2.Port.all_traffic(), "All traffic from the nodes")
        group_id = self.security_group_id
        ec2.CfnSecurityGroupEgress(
            self,
            "SelfEgress",
            group_id=group_id,
            ip_protocol="-1",
            destination_security_group_id=group_id,
            description="All traffic to the nodes",
        )


def allows_efa(group: ec2.ISecurityGroup) -> bool:
    """Whether the app allows a security group all traffic from and to itself.

    Rules in other stacks are not found.
    """
    if isinstance(group, EfaSecurityGroup):
        return True
    if not isinstance(group, ec2.SecurityGroup):
        return False
    own = ResourceIdentity.of_security_group(group)
    rules = cdk.ConstructSelector.resources_of_type(
        ec2.CfnSecurityGroupIngress.CFN_RESOURCE_TYPE_NAME,
        ec2.CfnSecurityGroupEgress.CFN_RESOURCE_TYPE_NAME,
    ).select(stack_of(group))
    ingress = any(
        isinstance(rule, ec2.CfnSecurityGroupIngress)
        and rule.ip_protocol == _ALL
        and _same(rule, own, rule.group_id, rule.source_security_group_id)
        for rule in rules
    )
    return ingress and any(
        isinstance(rule, ec2.CfnSecurityGroupEgress)
        and rule.ip_protocol == _ALL
        and _same(rule, own, rule.group_id, rule.destination_security_group_id)
        for rule in rules
    )


def _same(rule: IConstruct, group: ResourceIdentity, *ids: str | None) -> bool:
    return all(group.is_of(rule, each) for each in ids)
