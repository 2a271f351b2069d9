"""What the roles of a template allow.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from .assembly import flat_text
from .role_policies import role_policies
from .template_resources import Resources, UnfollowedError, any_known, known_list, known_objects

_SERVICE = "sagemaker."
_AWS_POLICY = r".*:iam::aws:policy/(?:.*/)?(\w+)"
_INTERFACES = ("CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces")
_VPC_ACTIONS = (
    *_INTERFACES,
    "CreateNetworkInterfacePermission",
    "DeleteNetworkInterfacePermission",
    "DetachNetworkInterface",
    "DescribeVpcs",
    "DescribeDhcpOptions",
    "DescribeSubnets",
    "DescribeSecurityGroups",
)
_AWS_POLICIES: Mapping[str, tuple[str, ...]] = {
    "AmazonSageMakerClusterInstanceRolePolicy": (),
    "AmazonSSMManagedInstanceCore": (),
    "CloudWatchAgentServerPolicy": (),
    "CloudWatchLogsFullAccess": (),
    "AmazonEC2ContainerRegistryReadOnly": (),
    "AmazonEC2ContainerRegistryPullOnly": (),
    "AmazonS3ReadOnlyAccess": (),
    "AmazonS3FullAccess": (),
    "AmazonEKS_CNI_Policy": (*_INTERFACES, "DetachNetworkInterface", "DescribeSubnets"),
}
"""EC2 actions of the network that AWS managed policies allow; others are not validated."""


def is_assumed_by_sagemaker(role: Mapping[str, Any]) -> bool:
    """Whether SageMaker can assume a role."""
    document = role.get("AssumeRolePolicyDocument")
    return any_known(_is_for_sagemaker, _statements(document))


def _is_for_sagemaker(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    if principal == "*" or not isinstance(principal, Mapping):
        return True
    services = [flat_text(each) for each in known_list(principal.get("Service"))]
    return any(each.startswith((_SERVICE, "${Token")) for each in services)


def missing_vpc_actions(resources: Resources, logical_id: str) -> list[str]:
    """EC2 actions that a role of a cluster in a VPC requires and does not allow."""
    granted = [
        action.removeprefix("ec2:").lower()
        for statement in _policy_statements(resources, logical_id)
        for action in map(flat_text, known_list(statement.get("Action", "*")))
        if action == "*" or action.lower().startswith("ec2:")
    ]
    return [
        f"ec2:{action}"
        for action in _VPC_ACTIONS
        if not any(fnmatchcase(action.lower(), pattern) for pattern in granted)
    ]


def _policy_statements(resources: Resources, logical_id: str) -> Iterator[Mapping[str, Any]]:
    policies = role_policies(resources, logical_id)
    for arn in policies.other_arns:
        by_aws = re.fullmatch(_AWS_POLICY, flat_text(arn))
        if by_aws is None or by_aws[1] not in _AWS_POLICIES:
            raise UnfollowedError
        yield {"Action": [f"ec2:{action}" for action in _AWS_POLICIES[by_aws[1]]]}
    yield from _allowing(policies.statements())


def _statements(document: Any) -> Iterator[Mapping[str, Any]]:
    for each in known_objects(document):
        yield from _allowing(known_objects(each.get("Statement")))


def _allowing(statements: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Statements that allow actions."""
    return (each for each in statements if each.get("Effect", "Allow") == "Allow")
