"""Are the objects that a construct was given what it can use?

CDK finds out much later, and says it in the words of another language.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from aws_cdk import aws_ec2 as ec2

from . import model
from .file_systems import FileSystem
from .model.errors import Problem, ValidationError, wrong_type
from .model.instance_group import InstanceGroup
from .model.rules.facts import group_path
from .model.rules.placement import security_group_limit


class Interface(NamedTuple):
    """What a CDK object is recognised by, since its interfaces cannot be asked for.

    Attributes:
        attribute: An attribute that only such objects have.
        expected: What to pass, in words.
    """

    attribute: str
    expected: str


ALARM = Interface("alarm_name", "an alarm, such as cloudwatch.Alarm.from_alarm_arn(...)")
BUCKET = Interface("bucket_arn", "a bucket, such as s3.Bucket.from_bucket_name(...)")
CONNECTABLE = Interface("connections", "what has security groups, such as an rds.DatabaseInstance")
DATABASE = Interface("db_instance_endpoint_address", "a database, such as an rds.DatabaseInstance")
EKS_CLUSTER = Interface(
    "cluster_arn", "an EKS cluster, such as eks.Cluster.from_cluster_attributes(...)"
)
ENDPOINT_SERVICE = Interface("short_name", "an ec2.InterfaceVpcEndpointAwsService")
IP_ADDRESSES = Interface("allocate_vpc_cidr", "addresses, such as ec2.IpAddresses.cidr(...)")
KEY = Interface("key_arn", "a key, such as kms.Key.from_key_arn(...)")
ROLE = Interface("role_arn", "a role, such as iam.Role.from_role_arn(...)")
SECRET = Interface("secret_arn", "a secret, such as secretsmanager.Secret.from_secret_name_v2(...)")
SECURITY_GROUP = Interface(
    "security_group_id", "a security group, such as ec2.SecurityGroup.from_security_group_id(...)"
)
SUBNET = Interface("subnet_id", "a subnet, such as ec2.Subnet.from_subnet_id(...)")
TOPIC = Interface("topic_arn", "a topic, such as sns.Topic.from_topic_arn(...)")
VPC = Interface("vpc_id", "a VPC, such as ec2.Vpc.from_lookup(...)")

_WORDS = {str: "a string", bool: "True or False"}
_MULTI_HEAD: dict[str, Interface | type] = {
    "database": DATABASE,
    "secret": SECRET,
    "topic": TOPIC,
    "database_subnets": ec2.SubnetSelection,
}
_REFERENCES = (
    model.AlarmReference,
    model.KeyReference,
    model.RoleReference,
    model.SecretReference,
    model.SecurityGroupReference,
    model.SubnetReference,
)
"""Names for a model without CDK; a construct grants, opens and waits, which takes the object."""


def needed(path: str, value: object, kind: Interface | type) -> Iterator[Problem]:
    """The problem of an argument that is not of a kind."""
    if isinstance(kind, Interface):
        # a class has the attributes of its objects
        if isinstance(value, (type, *_REFERENCES)) or not hasattr(value, kind.attribute):
            yield wrong_type(path, value, kind.expected)
    elif not isinstance(value, kind):
        yield wrong_type(path, value, _WORDS.get(kind, f"a {kind.__name__}"))


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


def security_group_problems(path: str, groups: object) -> Iterator[Problem]:
    """The problems of the security groups of nodes."""
    wrong = list(each(path, groups, SECURITY_GROUP))
    yield from wrong
    if isinstance(groups, list | tuple) and not wrong:
        yield from security_group_limit(path, len(groups))


def group_problems(groups: object, start: int = 0) -> Iterator[Problem]:
    """What is wrong with the CDK objects within groups."""
    for index, group in enumerate(groups if isinstance(groups, list | tuple) else (), start):
        if isinstance(group, InstanceGroup):
            path = group_path(index)
            yield from _objects_of(path, group)
            yield from optional(
                f"{path}.life_cycle_config", group.life_cycle_config, model.LifeCycleConfig
            )
            for number, mount in enumerate(group.file_systems):
                if not isinstance(mount, FileSystem | model.LustreMount | model.OpenZfsMount):
                    yield wrong_type(f"{path}.file_systems[{number}]", mount, "a FileSystem")
            for name in ("scheduled_update", "auto_patch"):
                update = getattr(getattr(group, name), "rolling_update", None)
                alarms = getattr(update, "rollback_alarms", ())
                yield from each(f"{path}.{name}.rolling_update.rollback_alarms", alarms, ALARM)


def restricted_group_problems(groups: object) -> Iterator[Problem]:
    """What is wrong with the CDK objects within restricted groups."""
    yield from each("restricted_instance_groups", groups, model.RestrictedInstanceGroup)
    for index, group in enumerate(groups if isinstance(groups, list | tuple) else ()):
        if isinstance(group, model.RestrictedInstanceGroup):
            yield from _objects_of(f"restricted_instance_groups[{index}]", group)


def orchestrator_problems(orchestrator: object) -> Iterator[Problem]:
    """What is wrong with the CDK objects of an orchestrator."""
    match orchestrator:
        case model.Eks():
            yield from needed("orchestrator.cluster", orchestrator.cluster, EKS_CLUSTER)
        case model.ApiDrivenSlurm(accounting_database=model.AccountingDatabase() as database):
            path = "orchestrator.accounting_database"
            yield from needed(f"{path}.secret", database.secret, SECRET)
            yield from optional(f"{path}.connectable", database.connectable, CONNECTABLE)
        case model.Slurm(multi_head=model.MultiHead() as multi_head):
            for name, kind in _MULTI_HEAD.items():
                path = f"orchestrator.multi_head.{name}"
                yield from optional(path, getattr(multi_head, name), kind)
        case model.Slurm():
            yield from optional("orchestrator.multi_head", orchestrator.multi_head, model.MultiHead)


def check(*problems: Iterator[Problem] | Sequence[Problem]) -> None:
    """Raises what was found in any of the arguments.

    Raises:
        ValidationError: With all problems.
    """
    found = [problem for some in problems for problem in some]
    if found:
        raise ValidationError(found)


def _objects_of(
    path: str, group: InstanceGroup | model.RestrictedInstanceGroup
) -> Iterator[Problem]:
    yield from each(f"{path}.subnets", group.subnets, SUBNET)
    yield from optional(f"{path}.execution_role", group.execution_role, ROLE)
    yield from each(f"{path}.security_groups", group.security_groups, SECURITY_GROUP)
    for number, volume in enumerate(group.volumes if isinstance(group.volumes, tuple) else ()):
        key = getattr(volume, "kms_key", None)
        yield from optional(f"{path}.volumes[{number}].kms_key", key, KEY)
