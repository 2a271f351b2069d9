"""Are the objects that a construct was given what it can use?

CDK finds out much later, and says it in the words of another language.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .model.errors import Problem, ValidationError, wrong_type
from .model.instance_group import InstanceGroup
from .model.rules.instance_groups import group_path


class Interface(NamedTuple):
    """What a CDK object is recognised by, since its interfaces cannot be asked for.

    Attributes:
        attribute: An attribute that only such objects have.
        expected: What to pass, in words.
    """

    attribute: str
    expected: str


BUCKET = Interface("bucket_arn", "a bucket, such as s3.Bucket.from_bucket_name(...)")
ENDPOINT_SERVICE = Interface("short_name", "an ec2.InterfaceVpcEndpointAwsService")
IP_ADDRESSES = Interface("allocate_vpc_cidr", "addresses, such as ec2.IpAddresses.cidr(...)")
KEY = Interface("key_arn", "a key, such as kms.Key.from_key_arn(...)")
ROLE = Interface("role_arn", "a role, such as iam.Role.from_role_arn(...)")
SECURITY_GROUP = Interface(
    "security_group_id", "a security group, such as ec2.SecurityGroup.from_security_group_id(...)"
)
SUBNET = Interface("subnet_id", "a subnet, such as ec2.Subnet.from_subnet_id(...)")
VPC = Interface("vpc_id", "a VPC, such as ec2.Vpc.from_lookup(...)")


def needed(path: str, value: object, kind: Interface | type) -> Iterator[Problem]:
    """The problem of an argument that is not of a kind."""
    if isinstance(kind, Interface):
        if not hasattr(value, kind.attribute):
            yield wrong_type(path, value, kind.expected)
    elif not isinstance(value, kind):
        yield wrong_type(path, value, f"a {kind.__name__}")


def optional(path: str, value: object, kind: Interface | type) -> Iterator[Problem]:
    """The same, for an argument that may be left out."""
    if value is not None:
        yield from needed(path, value, kind)


def each(path: str, values: object, kind: Interface | type) -> Iterator[Problem]:
    """The problems of a list and of its elements."""
    if not isinstance(values, list | tuple):
        yield wrong_type(path, values, "a list")
        return
    for index, value in enumerate(values):
        yield from needed(f"{path}[{index}]", value, kind)


def group_problems(groups: object, start: int = 0) -> Iterator[Problem]:
    """What is wrong with the CDK objects within groups."""
    for index, group in enumerate(groups if isinstance(groups, list | tuple) else (), start):
        if isinstance(group, InstanceGroup):
            path = group_path(index)
            yield from optional(f"{path}.subnet", group.subnet, SUBNET)
            yield from optional(f"{path}.execution_role", group.execution_role, ROLE)
            yield from each(f"{path}.security_groups", group.security_groups, SECURITY_GROUP)
            for number, volume in enumerate(group.volumes):
                key = getattr(volume, "kms_key", None)
                yield from optional(f"{path}.volumes[{number}].kms_key", key, KEY)


def check(*problems: Iterator[Problem] | Sequence[Problem]) -> None:
    """Raises what was found in any of the arguments.

    Raises:
        ValidationError: With all problems.
    """
    found = [problem for some in problems for problem in some]
    if found:
        raise ValidationError(found)
