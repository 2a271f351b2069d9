"""CDK objects that are passed to constructs.

Python cannot check the interfaces of CDK, and jsii reports a wrong object late and in terms of
TypeScript.
"""

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import NamedTuple

import aws_cdk as cdk
from constructs import Construct

from hyperpod_constructs.model.kubernetes.control_plane import ControlPlane
from hyperpod_constructs.model.problem import Problem, Severity, ValidationError
from hyperpod_constructs.model.references import (
    AlarmReference,
    EksClusterReference,
    KeyReference,
    RoleReference,
    SecretReference,
    SecurityGroupReference,
    SubnetReference,
)
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import with_article, wrong_type
from hyperpod_constructs.model.value_checks import A_SECRET

from .construct_tree import node_of, path_of, stack_of


class Interface(NamedTuple):
    """An interface of CDK.

    Attributes:
        attribute: An attribute that only objects of the interface have.
        expected: What to pass, in words.
        reference: The reference that may be passed instead, if any.
    """

    attribute: str
    expected: str
    reference: type | UnionType | None = None


ALARM = Interface("alarm_name", "an alarm, such as cloudwatch.Alarm.from_alarm_arn(...)")
BUCKET = Interface("bucket_arn", "a bucket, such as s3.Bucket.from_bucket_name(...)")
CLUSTER = Interface("orchestrator", "a HyperPodCluster, created or imported")
CONNECTABLE = Interface("connections", "what has security groups, such as an rds.DatabaseInstance")
DATABASE = Interface("db_instance_endpoint_address", "a database, such as an rds.DatabaseInstance")
DURATION = Interface("to_minutes", "a duration, such as Duration.minutes(20)")
EKS_CLUSTER = Interface(
    "add_helm_chart",
    "an EKS cluster, such as eks.Cluster.from_cluster_attributes(...)",
    EksClusterReference | ControlPlane,
)
ENDPOINT_SERVICE = Interface("short_name", "an ec2.InterfaceVpcEndpointAwsService")
GRANTEE = Interface("grant_principal", "a role or user, such as iam.Role.from_role_arn(...)")
IP_ADDRESSES = Interface("allocate_vpc_cidr", "addresses, such as ec2.IpAddresses.cidr(...)")
KEY = Interface("key_arn", "a key, such as kms.Key.from_key_arn(...)")
LAYER = Interface("layer_version_arn", "a layer, such as KubectlV34Layer(stack, 'Kubectl')")
LOG_GROUP = Interface(
    "log_group_arn", "a log group, such as logs.LogGroup.from_log_group_name(...)"
)
MANAGED_POLICY = Interface(
    "managed_policy_arn", "a policy, such as iam.ManagedPolicy.from_managed_policy_name(...)"
)
ROLE = Interface("role_arn", "a role, such as iam.Role.from_role_arn(...)")
SCHEDULE = Interface(
    "expression_string", "a schedule, such as scheduler.ScheduleExpression.cron(...)"
)
SECRET = Interface("secret_arn", A_SECRET)
SECURITY_GROUP = Interface(
    "security_group_id", "a security group, such as ec2.SecurityGroup.from_security_group_id(...)"
)
SESSION_DOCUMENT = Interface("document_arn", "a Linux user, or a SessionDocument")
SUBNET = Interface("subnet_id", "a subnet, such as ec2.Subnet.from_subnet_id(...)")
TARGET = Interface("bind", "a target, such as targets.SnsTopic(topic)")
TOPIC = Interface("topic_arn", "a topic, such as sns.Topic.from_topic_arn(...)")
VPC = Interface("vpc_id", "a VPC, such as ec2.Vpc.from_lookup(...)")

_SCOPE = "a stack, or a construct in a stack"
_TYPES_IN_WORDS = {str: "a string", bool: "True or False"}
_REFERENCES = (
    AlarmReference,
    KeyReference,
    RoleReference,
    SecretReference,
    SecurityGroupReference,
    SubnetReference,
)
"""Represent resources in a model without CDK; a construct needs the CDK object."""


def required(path: str, value: object, kind: Interface | type) -> Iterator[Problem]:
    """An argument that is of a type, or has an interface."""
    if isinstance(kind, Interface):
        if kind.reference is not None and isinstance(value, kind.reference):
            return
        if isinstance(value, _REFERENCES):
            yield _reference(path, value, kind.expected)
        # A class has the attributes of its instances.
        elif isinstance(value, type) or not _has(value, kind.attribute):
            yield wrong_type(path, value, kind.expected)
    elif not isinstance(value, kind):
        yield wrong_type(path, value, _TYPES_IN_WORDS.get(kind, with_article(kind.__name__)))


def _reference(path: str, value: object, expected: str) -> Problem:
    """Arguments must be of the documented type; constructs require CDK objects, not references."""
    return Problem(
        code="ArgumentType",
        path=path,
        value=value,
        message="represents a resource in a ClusterModel, and constructs require the CDK object",
        fix=f"pass {expected}",
    )


def optional(path: str, value: object, kind: Interface | type) -> Iterator[Problem]:
    """As `required`, for an argument that may be left out."""
    if value is not None:
        yield from required(path, value, kind)


def each(path: str, values: object, kind: Interface | type) -> Iterator[Problem]:
    """As `required`, for a list and each of its entries."""
    if not isinstance(values, list | tuple):
        yield wrong_type(path, values, "a list")
        return
    for index, value in enumerate(values):
        yield from required(f"{path}[{index}]", value, kind)


def physical_name_problems(path: str, value: object) -> Iterator[Problem]:
    """A name that CDK generates on demand requires a construct of CDK, which can be replaced.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/resources.html
    """
    if (
        isinstance(value, str)
        and is_unresolved(value)
        and value == cdk.PhysicalName.GENERATE_IF_NEEDED
    ):
        yield Problem(
            code="GeneratedName",
            path=path,
            value="PhysicalName.GENERATE_IF_NEEDED",
            message="is not supported for clusters and instance groups",
            fix="pass a name",
        )


def scope_problems(scope: object, id: object) -> Iterator[Problem]:
    """A construct requires a scope in a stack, and an ID that no other construct there has."""
    scope_is_wrong = list(scope_in_stack(scope))
    yield from scope_is_wrong
    if not isinstance(id, str):
        yield wrong_type("id", id, "a string such as 'Cluster'")
    elif not id or is_unresolved(id):
        yield _wrong_id(id, "must be a text known at synthesis", "use an ID such as 'Cluster'")
    elif (
        not scope_is_wrong
        and isinstance(scope, Construct)
        and node_of(scope).try_find_child(id) is not None
    ):
        yield _wrong_id(id, f"is already the ID of a construct in {path_of(scope)}", "use another")


def scope_in_stack(scope: object) -> Iterator[Problem]:
    """A scope that is a stack, or a construct in a stack."""
    if not isinstance(scope, Construct):
        yield wrong_type("scope", scope, _SCOPE)
    elif not isinstance(scope, cdk.Stack):
        try:
            stack_of(scope)
        except RuntimeError:  # not in a stack
            yield wrong_type("scope", scope, _SCOPE)


def _wrong_id(id: str, message: str, fix: str) -> Problem:
    """The ID of a construct must be unique in its scope."""
    return Problem(code="ConstructId", path="id", value=id, message=message, fix=fix)


def check(*problems: Iterator[Problem] | Sequence[Problem]) -> list[Problem]:
    """Raises the errors of all arguments together, or returns the warnings.

    Raises:
        ValidationError: With all errors.
    """
    found = [problem for some in problems for problem in some]
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if errors:
        raise ValidationError(errors)
    return found


def _has(value: object, attribute: str) -> bool:
    # The class first: to read an attribute of a CDK object is a call to Node.js.
    return hasattr(type(value), attribute) or hasattr(value, attribute)
