"""ARNs of resources that policies name."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved


class ArnKind(NamedTuple):
    """A kind of resource.

    Attributes:
        code: Code of an ARN of another kind.
        pattern: Regular expression of the ARN.
        example: A valid ARN.
    """

    code: str
    pattern: str
    example: str


_KINDS: Mapping[str, ArnKind] = {
    "role": ArnKind(
        code="RoleArn",
        pattern=r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+",
        example="arn:aws:iam::111122223333:role/nodes",
    ),
    "policy": ArnKind(
        code="PolicyArn",
        pattern=r"arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):policy/[\w+=,.@/-]+",
        example="arn:aws:iam::111122223333:policy/boundary",
    ),
    "EKS cluster": ArnKind(
        code="EksClusterArn",
        pattern=r"arn:aws[a-z-]*:eks:[a-z0-9-]+:[0-9]{12}:cluster/[0-9A-Za-z][\w-]{0,99}",
        example="arn:aws:eks:us-west-2:111122223333:cluster/name",
    ),
}
_UNKNOWN = ("", "*")


def arn_problems(path: str, arn: str, kind: str, environment: Environment) -> Iterator[Problem]:
    """Policies name resources of the kind, in the account and partition of the policy.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html

    Args:
        path: Path of the argument.
        arn: ARN of the resource.
        kind: Kind of the resource.
        environment: Environment of the policy.
    """
    each = _KINDS[kind]
    if is_unresolved(arn):
        if {*"*?"}.isdisjoint(arn):
            return
    elif re.fullmatch(each.pattern, arn, re.ASCII):
        _, partition, _, region, account, _ = arn.split(":", 5)
        there = Environment(partition, account.removeprefix("aws"), region)
        yield from elsewhere_problems(path, arn, there, environment)
        return
    yield Problem(
        code=each.code,
        path=path,
        value=arn,
        message=f"is not the ARN of a single {kind}",
        fix=f"use an ARN such as {each.example!r}",
    )


def elsewhere_problems(
    path: str, value: str, there: Environment, here: Environment
) -> Iterator[Problem]:
    """A resource is in the partition, account and Region of the policy, as far as both are known.

    Args:
        path: Path of the argument.
        value: The resource.
        there: Where the resource is.
        here: Where the policy is.
    """
    for what, other, own in zip(("partition", "account", "Region"), there, here, strict=True):
        if other != own and not any(
            each in _UNKNOWN or is_unresolved(each) for each in (other, own)
        ):
            yield Problem(
                code="OtherRegion"
                if what == "Region"
                else "OtherAccount"
                if what == "account"
                else "OtherPartition",
                path=path,
                value=value,
                message=f"is in {what} {other}, and the policy is for {own}",
                fix=f"use one of {what} {own}",
            )
