"""Ingress rules between security groups of any stacks of an app.

A rule exists once in the app, even if several clusters require it, in a stack where it adds no
circular dependency. EC2 rejects a second rule of the same groups, protocol and ports.
Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
"""

from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct, IDependable

from hyperpod_constructs.cdk.construct_tree import node_of, root_of, stack_of
from hyperpod_constructs.model.digest import digest

from .resource_identity import referenced, resource_key, security_group_key

_ID_LENGTH = 12

_RULES: WeakKeyDictionary[IConstruct, dict[tuple[str, str, str], IDependable]] = WeakKeyDictionary()
"""The rules of each app: the construct that has the rule, by target, source and ports."""


class SecurityGroupRules:
    """The rules that a cluster needs."""

    def __init__(self, scope: Construct) -> None:
        """Registers no rule yet.

        Args:
            scope: The cluster, which depends on the stacks of all its security groups.
        """
        self._scope = scope
        self._stack = stack_of(scope)
        self._rules = _RULES.setdefault(root_of(scope), {})

    def allow(
        self,
        target: ec2.ISecurityGroup,
        source: ec2.ISecurityGroup,
        port: ec2.Port,
        description: str,
    ) -> IDependable:
        """Allows traffic, unless a rule of the app allows it already.

        Args:
            target: Security group of the rule.
            source: Security group that is allowed to connect.
            port: Protocol and ports.
            description: Description of a new rule.

        Returns:
            What has the rule.
        """
        edge = (security_group_key(target), security_group_key(source), port.to_string())
        if edge not in self._rules:
            self._rules[edge] = self._create(target, source, port, description, edge)
        return self._rules[edge]

    def _create(
        self,
        target: ec2.ISecurityGroup,
        source: ec2.ISecurityGroup,
        port: ec2.Port,
        description: str,
        edge: tuple[str, str, str],
    ) -> IDependable:
        of_target, of_source = stack_of(target), stack_of(source)
        if _is_same(of_target, of_source) or _is_same(of_target, self._stack):
            target.add_ingress_rule(source, port, description)
            return target
        if _is_same(of_source, self._stack):
            target.add_ingress_rule(source, port, description, remote_rule=True)
            return source
        if not isinstance(target, ec2.SecurityGroup) or _depends_on(target, of_source):
            target.add_ingress_rule(source, port, description)
            return target
        rule = port.to_rule_json()
        return ec2.CfnSecurityGroupIngress(
            self._scope,
            f"Ingress{_digest(*edge)}",
            group_id=target.security_group_id,
            source_security_group_id=source.security_group_id,
            description=description,
            ip_protocol=rule["ipProtocol"],
            from_port=rule.get("fromPort"),
            to_port=rule.get("toPort"),
        )


def security_group_of_id(scope: Construct, security_group_id: str) -> ec2.ISecurityGroup:
    """The security group of this app that has an ID, or else an imported one."""
    created = created_security_group(security_group_id)
    if created is not None:
        return created
    id_ = f"SecurityGroup{_digest(resource_key(scope, security_group_id))}"
    known = node_of(scope).try_find_child(id_)
    if known is not None:
        return known  # type: ignore[return-value]
    return ec2.SecurityGroup.from_security_group_id(scope, id_, security_group_id)


def created_security_group(security_group_id: str) -> ec2.SecurityGroup | None:
    """The security group of this app that has an ID."""
    resource = referenced(security_group_id)
    owner = None if resource is None else node_of(resource).scope
    return owner if isinstance(owner, ec2.SecurityGroup) else None


def stack_of_vpc(group: ec2.ISecurityGroup) -> cdk.Stack | None:
    """The stack of the VPC of a security group, if this app creates both."""
    resource = node_of(group).default_child
    vpc = referenced(resource.vpc_id) if isinstance(resource, ec2.CfnSecurityGroup) else None
    return None if vpc is None else stack_of(vpc)


def _depends_on(group: ec2.SecurityGroup, stack: cdk.Stack) -> bool:
    """Whether the stack of a security group depends on another stack: for its VPC, or explicitly."""
    of_vpc = stack_of_vpc(group)
    stacks = [*stack_of(group).dependencies, *([] if of_vpc is None else [of_vpc])]
    return any(_is_same(each, stack) for each in stacks)


def _is_same(stack: cdk.Stack, other: cdk.Stack) -> bool:
    return stack is other or stack.node.addr == other.node.addr


def _digest(*texts: str) -> str:
    return digest(["\n".join(texts).encode()])[:_ID_LENGTH]
