"""What references of a template are, in the stack that was deployed from it.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .account import Account
from .errors import one_line_errors

_Arn = Callable[[str, str], str]


def _arn(service: str, kind: str, *, region: bool = True, account: bool = True) -> _Arn:
    """The ARN of a resource, by the ARN of the cluster and its physical ID."""

    def make(cluster: str, physical: str) -> str:
        _, partition, _, own_region, own_account, _ = cluster.split(":", 5)
        place = own_region if region else ""
        owner = own_account if account else ""
        return f"arn:{partition}:{service}:{place}:{owner}:{kind}{physical}"

    return make


_ATTRIBUTES: Mapping[tuple[str, str], _Arn] = {
    ("AWS::EC2::SecurityGroup", "GroupId"): lambda _, physical: physical,
    ("AWS::EC2::Subnet", "SubnetId"): lambda _, physical: physical,
    ("AWS::EKS::Cluster", "Arn"): _arn("eks", "cluster/"),
    ("AWS::IAM::Role", "Arn"): _arn("iam", "role/", region=False),
    ("AWS::KMS::Key", "Arn"): _arn("kms", "key/"),
    ("AWS::KMS::Key", "KeyId"): lambda _, physical: physical,
    ("AWS::S3::Bucket", "Arn"): _arn("s3", "", region=False, account=False),
}
"""Attributes that follow from the physical ID of a resource."""


def known_references(
    account: Account, stack: str, template: Mapping[str, Any], cluster: str
) -> Mapping[str, str]:
    """The values of references, by logical ID, or logical ID and attribute such as `Role.Arn`.

    Args:
        account: The account and Region.
        stack: Name of the stack.
        template: The template.
        cluster: ARN of the cluster.

    Raises:
        OperationError: If the stack cannot be read.
    """
    client = account.client("cloudformation")
    with one_line_errors():
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
        summaries = [each for page in pages for each in page["StackResourceSummaries"]]
    ids = {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in summaries
        if each.get("PhysicalResourceId")
    }
    return dict(_names(template, ids, cluster))


def _names(
    template: Mapping[str, Any], ids: Mapping[str, str], cluster: str
) -> Iterator[tuple[str, str]]:
    for logical_id, resource in template.get("Resources", {}).items():
        physical = ids.get(logical_id)
        if physical is None:
            continue
        yield logical_id, physical
        if resource.get("Properties", {}).get("Path", "/") != "/":
            continue
        for (kind, attribute), value in _ATTRIBUTES.items():
            if kind == resource.get("Type"):
                yield f"{logical_id}.{attribute}", value(cluster, physical)
