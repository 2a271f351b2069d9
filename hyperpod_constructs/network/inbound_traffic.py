"""Inbound traffic that a security group of the app allows.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from hyperpod_constructs.cdk.construct_tree import resource_of, stack_of

from .resource_identity import ResourceIdentity

_ALL = "-1"


def is_open_to_others(group: ec2.SecurityGroup) -> bool:
    """Whether rules in the stack of a security group allow all traffic from others than the group."""
    resource = resource_of(group)
    stack = stack_of(group)
    if isinstance(resource, ec2.CfnSecurityGroup):
        listed = stack.resolve(resource.security_group_ingress) or []
        if any(rule.get("ipProtocol") == _ALL for rule in listed):
            return True
    own = ResourceIdentity.of_security_group(group)
    selector = cdk.ConstructSelector.resources_of_type(
        ec2.CfnSecurityGroupIngress.CFN_RESOURCE_TYPE_NAME
    )
    return any(
        isinstance(rule, ec2.CfnSecurityGroupIngress)
        and rule.ip_protocol == _ALL
        and own.is_of(rule, rule.group_id)
        and not own.is_of(rule, rule.source_security_group_id)
        for rule in selector.select(stack)
    )
