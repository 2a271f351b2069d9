"""The properties of a cluster as the structs of `sagemaker.CfnCluster`.

A shape of the schema names its CloudFormation definition, and that names the struct. Structs are
rendered as maps with the property names of jsii: to create the Python object of each struct takes
longer than everything else that a group costs.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from aws_cdk import aws_sagemaker as sagemaker

from hyperpod_constructs.schema.cluster import CLUSTER
from hyperpod_constructs.schema.kinds import Kind, ListOf
from hyperpod_constructs.schema.shapes import OneOf, Properties, Shape

_WORD = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


def cfn_arguments(properties: Properties, written: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `CfnCluster`, without those it does not support.

    Args:
        properties: The properties of the cluster.
        written: The cluster, as the request has it.
    """
    known = _names_of(properties.definition)
    return {
        argument: _cfn_value(_kind_of(properties, name), value)
        for name, value in written.items()
        if (argument := _argument(name)) in known
    }


def cfn_struct(properties: Properties, written: Mapping[str, Any]) -> dict[str, Any]:
    """The struct of an object, without unsupported properties; same as `cfn_arguments`."""
    given = {_argument(name): name for name in written}
    return {
        known: _cfn_value(_kind_of(properties, name), written[name])
        for argument, known in _names_of(properties.definition).items()
        if (name := given.get(argument)) is not None
    }


def unknown_to_cdk(
    properties: Properties, written: Mapping[str, Any], *outer: str
) -> Iterator[tuple[str, Any]]:
    """Path and value of each property that this version of aws-cdk-lib does not support yet."""
    known = _names_of(properties.definition)
    for name, value in written.items():
        if _argument(name) not in known:
            yield ".".join((*outer, name)), value
        else:
            yield from _unknown_within(_kind_of(properties, name), value, (*outer, name))


def _unknown_within(
    kind: Kind | Properties, value: Any, outer: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    match kind:
        case Properties(definition=definition) if definition:
            yield from unknown_to_cdk(kind, value, *outer)
        case Shape():
            yield from _unknown_within(kind.properties, value, outer)
        case OneOf():
            for key, each in value.items():
                yield from _unknown_within(kind.kinds[key], each, (*outer, key))
        case ListOf() if isinstance(kind.entry, Shape | OneOf):
            for index, each in enumerate(value):
                yield from _unknown_within(kind.entry, each, (*outer, str(index)))


def _cfn_value(kind: Kind | Properties, value: Any) -> Any:
    match kind:
        case Properties(definition=""):
            return value
        case Properties():
            return cfn_struct(kind, value)
        case Shape():
            return _cfn_value(kind.properties, value)
        case OneOf():
            known = _names_of(kind.definition)
            return {
                known[_argument(key)]: _cfn_value(kind.kinds[key], each)
                for key, each in value.items()
            }
        case ListOf() if isinstance(kind.entry, Shape | OneOf):
            return [_cfn_value(kind.entry, each) for each in value]
        case _:
            return value


def _kind_of(properties: Properties, name: str) -> Kind | Properties:
    row = properties.rows[name]
    return row if isinstance(row, Properties) else row.kind


@cache
def _names_of(definition: str) -> Mapping[str, str]:
    """The property names of a struct in jsii, by their names in Python."""
    struct: Any = (
        sagemaker.CfnClusterProps
        if definition == CLUSTER.properties.definition
        else getattr(sagemaker.CfnCluster, f"{definition}Property")
    )
    names: Mapping[str, str] = struct.__jsii_name_mapping__
    return names


@cache
def _argument(name: str) -> str:
    """The name of an argument of jsii: snake case, in which `GiB` is one word."""
    return re.sub(_WORD, "_", name.replace("GiB", "Gib")).lower()
