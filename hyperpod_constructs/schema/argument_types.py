"""The Python type of each argument, which is checked before any rule reads it.

The types derive from the rows of the schema; a small table has those of arguments that are no
property of AWS, or that take other objects than a request has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.capacity import Capacity
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.groups.software import RollingUpdate
from hyperpod_constructs.model.groups.storage import EbsVolume, LustreMount, OpenZfsMount
from hyperpod_constructs.model.node_steps.lifecycle_steps import LifecycleSteps
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Eks, Slurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.script_folder import ScriptFolder
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase
from hyperpod_constructs.model.slurm.multi_head import MultiHead
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams
from hyperpod_constructs.model.slurm.slurm_configurations import SlurmConfigurations
from hyperpod_constructs.model.subnet import Subnet
from hyperpod_constructs.model.type_checks import (
    TypeCheck,
    amount,
    having,
    instance_of,
    list_of,
    optional,
    text,
    texts_by_name,
    whole_number,
    with_article,
    word,
    wrong_type,
)
from hyperpod_constructs.model.value_checks import A_SECRET

from .cluster import CLUSTER, Tags
from .kinds import (
    Amount,
    Choice,
    Flag,
    Kind,
    ListOf,
    Number,
    Reference,
    SingleEntry,
    Text,
    TextByName,
)
from .shapes import OneOf, Property, Shape


def type_problems(path: str, value: Any, kind: type | None = None) -> Iterator[Problem]:
    """The arguments of a wrong type within a value of the model, whose type is `kind`."""
    for name, default, check in checks_of(kind or type(value)):
        given = getattr(value, name)
        if given is not default:
            yield from check(f"{path}.{name}" if path else name, given)


@cache
def checks_of(kind: Any) -> tuple[tuple[str, object, TypeCheck], ...]:
    """Name, default and check of each argument of a type of the model."""
    if issubclass(kind, ClusterValues):
        kind = ClusterValues
    others = _OTHERS.get(kind, {})
    checks = {
        row.attribute: _check_of(row.kind, row.expected)
        for row in _rows(kind)
        if row.attribute not in others and not row.arguments
    } | dict(others)
    return tuple(
        (each.name, each.default, optional(check) if each.default is None else check)
        for each in fields(kind)
        if (check := checks.get(each.name)) is not None
    )


def checked_types() -> set[type]:
    """Every type of the model whose arguments are checked."""
    return {kind for kind in (*_shapes(), *_OTHERS) if is_dataclass(kind)}


def _rows(kind: type) -> Iterator[Property]:
    shape = _shapes().get(kind)
    if shape is not None:
        for _, row in shape.properties.flat_rows():
            yield row


@cache
def _shapes() -> Mapping[type, Shape]:
    """The shape of each type of the model that is an object of AWS."""
    return {shape.value_type: shape for shape in _shapes_within(CLUSTER)}


def _shapes_within(kind: Kind) -> Iterator[Shape]:
    match kind:
        case Shape():
            yield kind
            for _, row in kind.properties.flat_rows():
                yield from _shapes_within(row.kind)
        case ListOf():
            yield from _shapes_within(kind.entry)
        case OneOf():
            for inner in kind.kinds.values():
                yield from _shapes_within(inner)


def _check_of(kind: Kind, expected: str | None = None) -> TypeCheck:  # noqa: PLR0911
    match kind:
        case Text() if expected is not None:
            return instance_of(str, expected)
        case Choice(enumeration=enumeration, api_only=words) if enumeration is not None:
            return word(enumeration, *([*enumeration, *words] if words else ()))
        case Reference():
            return having(kind.attribute, kind.expected)
        case Amount():
            return amount(kind.amount, kind.method, kind.expected)
        case ListOf():
            return list_of(_check_of(kind.entry, expected), kind.expected)
        case Shape():
            return _value(kind.value_type)
        case _:
            return _CHECKS[type(kind)]


def _value(*kinds: type, expected: str | None = None) -> TypeCheck:
    what = expected or f"{with_article(kinds[0].__name__)}(...)"

    def check(path: str, value: object) -> Iterator[Problem]:
        for kind in kinds:
            if isinstance(value, kind):
                yield from type_problems(path, value, kind)
                return
        yield wrong_type(path, value, what)

    return check


def _steps(path: str, value: object) -> Iterator[Problem]:
    """Steps are arguments of `LifecycleScripts.default`."""
    if isinstance(value, LifecycleSteps):
        yield from value.type_problems("lifecycle_scripts")
    else:
        yield wrong_type(path, value, "a LifecycleSteps")


_flag = instance_of(bool, "True or False")
_CHECKS: Mapping[type[Kind], TypeCheck] = {
    Text: text,
    SingleEntry: text,
    Number: whole_number,
    Flag: _flag,
    Choice: _flag,
    TextByName: texts_by_name,
    Tags: texts_by_name,
}
_mounts = list_of(
    _value(LustreMount, OpenZfsMount, expected="a LustreMount or an OpenZfsMount"),
    "a list of file systems",
)
_subnets = list_of(_value(Subnet), "a list of Subnet")
_GROUP: Mapping[str, TypeCheck] = {
    "volumes": list_of(_value(EbsVolume), "a list of EbsVolume"),
    "capacity": _value(Capacity, expected="Capacity.on_demand(), .spot() or .training_plan(arn)"),
}
_OTHERS: Mapping[type, Mapping[str, TypeCheck]] = {
    ClusterValues: {
        "instance_groups": list_of(_value(InstanceGroup), "a list of InstanceGroup"),
        "orchestrator": _value(
            Slurm, ApiDrivenSlurm, Eks, expected="Slurm(), ApiDrivenSlurm() or Eks(...)"
        ),
        "file_systems": _mounts,
        "subnets": _subnets,
        "own_subnets": list_of(_subnets, "a list of lists of Subnet"),
        "vpc_arguments": list_of(text, "a list of names"),
        "provisioning_params": instance_of(ProvisioningParams, "a ProvisioningParams"),
        "scripts": _value(ScriptFolder),
        "steps": _steps,
        "is_request": _flag,
    },
    InstanceGroup: {
        **_GROUP,
        "node_type": instance_of(str, "a NodeType"),
        "file_systems": _mounts,
    },
    RestrictedInstanceGroup: _GROUP,
    Capacity: {"training_plan_arn": text, "is_spot": _flag},
    RollingUpdate: {
        "rollback_alarms": list_of(having("alarm_name", "an alarm"), "a list of alarms")
    },
    Slurm: {
        "slurm_configurations": _value(SlurmConfigurations, expected="SlurmConfigurations(...)"),
        "multi_head": _value(MultiHead, expected="MultiHead(...)"),
    },
    SlurmConfigurations: {
        "slurm_database_secret_arn": text,
        "slurm_database_endpoint": text,
        "slurm_shared_directory": text,
        "slurm_database_user": text,
        "slurm_sns_arn": text,
        "extra": instance_of(Mapping, "a dict"),
    },
    MultiHead: {
        "database": having("db_instance_endpoint_address", "a database instance"),
        "secret": having("secret_arn", A_SECRET),
        "database_user": text,
        "deletion_protection": _flag,
        "topic": having("topic_arn", "a topic"),
        "shared_directory": text,
    },
    AccountingDatabase: {
        "connectable": having("connections", "a database, such as an RDS instance")
    },
    Subnet: {
        "name": text,
        "subnet_id": text,
        "public": _flag,
        "isolated": _flag,
        "availability_zone": text,
        "ipv4_cidr_block": text,
    },
    ScriptFolder: {
        "path": instance_of(Path, "a pathlib.Path"),
        "overlay": instance_of(Path, "a pathlib.Path"),
        "on_create": text,
        "source_s3_uri": text,
    },
}
