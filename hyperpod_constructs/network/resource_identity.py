"""What resources are known by in an app, whatever token refers to them."""

import json
from functools import lru_cache
from typing import NamedTuple, Self
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct

from hyperpod_constructs.cdk.construct_tree import path_of, stack_of
from hyperpod_constructs.model.tokens import is_unresolved

_ID_OF_RESOURCE = "Resource"


class ResourceIdentity(NamedTuple):
    """A resource by its ID and its key.

    Attributes:
        resource_id: ID of the resource, often a token.
        key: What every token of the ID is known by.
    """

    resource_id: str
    key: str

    @classmethod
    def of_vpc(cls, vpc: ec2.IVpc) -> "ResourceIdentity":
        """The identity of a VPC."""
        if vpc not in _VPCS:
            resource_id = vpc.vpc_id
            created = isinstance(vpc, ec2.Vpc)
            key = _created_key(vpc) if created else resource_key(vpc, resource_id)
            _VPCS[vpc] = cls(resource_id, key)
        return _VPCS[vpc]

    @classmethod
    def of_security_group(cls, group: ec2.ISecurityGroup) -> Self:
        """The identity of a security group."""
        return cls(security_group_id(group), security_group_key(group))

    def is_of(self, scope: IConstruct, resource_id: str | None) -> bool:
        """Whether an ID that is used in a scope is that of the resource."""
        return resource_id is not None and (
            resource_id == self.resource_id or resource_key(scope, resource_id) == self.key
        )


_VPCS: WeakKeyDictionary[ec2.IVpc, ResourceIdentity] = WeakKeyDictionary()
_SECURITY_GROUPS: WeakKeyDictionary[ec2.ISecurityGroup, str] = WeakKeyDictionary()
"""Each VPC and each ID of a security group is read once."""


def security_group_id(group: ec2.ISecurityGroup) -> str:
    """The ID of a security group, which is read once."""
    if group not in _SECURITY_GROUPS:
        _SECURITY_GROUPS[group] = group.security_group_id
    return _SECURITY_GROUPS[group]


def security_group_key(group: ec2.ISecurityGroup) -> str:
    """What a security group is known by in the app: its ID, or the path of its resource."""
    if isinstance(group, ec2.SecurityGroup):
        return _created_key(group)
    return resource_key(group, security_group_id(group))


def resource_key(scope: IConstruct, resource_id: str) -> str:
    """What a resource is known by in the app: its ID, or the path of the construct that has it."""
    if not is_unresolved(resource_id):
        return resource_id
    path = _path_of_referenced(resource_id)
    if path is not None:
        return path
    return json.dumps(stack_of(scope).resolve(resource_id), sort_keys=True)


def referenced(text: str | None) -> IConstruct | None:
    """The resource that a token refers to, if it is a token and refers to one."""
    if text is None or not is_unresolved(text):
        return None
    token = cdk.Tokenization.reverse_string(text).first_token
    return token.target if isinstance(token, cdk.Reference) else None


@lru_cache(maxsize=1024)
def _path_of_referenced(text: str) -> str | None:
    """The path of the resource that a token refers to. A token never refers to another one."""
    resource = referenced(text)
    return None if resource is None else path_of(resource)


def _created_key(construct: IConstruct) -> str:
    """The path of the resource that a construct of CDK creates."""
    return f"{path_of(construct)}/{_ID_OF_RESOURCE}"
