"""Outbound traffic that a security group of the app allows.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from hyperpod_constructs.cdk.construct_tree import node_of, stack_of

from .efa_security_group import EfaSecurityGroup
from .resource_identity import resource_key, security_group_key

_NOWHERE = "255.255.255.255/32"
"""The address of the rule by which AWS CDK removes the default rule of EC2."""


def reaches_nothing(group: ec2.ISecurityGroup) -> bool:
    """Whether a created security group allows outbound traffic at most to itself."""
    if isinstance(group, EfaSecurityGroup) or not isinstance(group, ec2.SecurityGroup):
        return False
    if group.allow_all_outbound:
        return False
    own = security_group_key(group)
    return all(_is_own(group, own, rule) for rule in _egress_rules(group, own))


def _egress_rules(group: ec2.SecurityGroup, own: str) -> Iterator[dict[str, Any]]:
    stack = stack_of(group)
    resource = node_of(group).default_child
    if isinstance(resource, ec2.CfnSecurityGroup):
        yield from stack.resolve(resource.security_group_egress) or []
    selector = cdk.ConstructSelector.resources_of_type(
        ec2.CfnSecurityGroupEgress.CFN_RESOURCE_TYPE_NAME
    )
    for rule in selector.select(stack):
        if (
            isinstance(rule, ec2.CfnSecurityGroupEgress)
            and resource_key(rule, rule.group_id) == own
        ):
            yield {
                "cidrIp": rule.cidr_ip,
                "cidrIpv6": rule.cidr_ipv6,
                "destinationPrefixListId": rule.destination_prefix_list_id,
                "destinationSecurityGroupId": rule.destination_security_group_id,
            }


def _is_own(group: ec2.SecurityGroup, own: str, rule: dict[str, Any]) -> bool:
    """Whether a rule allows traffic to the group itself, or to no address."""
    if rule.get("cidrIpv6") or rule.get("destinationPrefixListId"):
        return False
    peer = rule.get("destinationSecurityGroupId")
    if peer is not None:
        return isinstance(peer, str) and resource_key(group, peer) == own
    return rule.get("cidrIp") == _NOWHERE
