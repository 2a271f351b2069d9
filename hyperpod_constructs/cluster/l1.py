"""The properties of a cluster as the structs of `sagemaker.CfnCluster`.

A shape of the schema names its CloudFormation definition, and that names the struct.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import signature
from typing import Any

from aws_cdk import aws_sagemaker as sagemaker

from hyperpod_constructs.schema.kinds import Kind, ListOf
from hyperpod_constructs.schema.shapes import OneOf, Properties, Property, Shape

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def cfn_arguments(properties: Properties, written: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a struct, or of `CfnCluster` itself, without those it does not know.

    Args:
        properties: The properties of the object.
        written: The object, as the request has it.
    """
    known = _arguments_of(properties.definition)
    return {
        argument: _cfn_value(properties.rows[name], value)
        for name, value in written.items()
        if (argument := _argument(name)) in known
    }


def cfn_struct(properties: Properties, written: Mapping[str, Any]) -> Any:
    """The struct of an object; arguments as for `cfn_arguments`."""
    if not properties.definition:
        return dict(written)
    return _struct(properties.definition)(**cfn_arguments(properties, written))


def unknown_to_cdk(
    properties: Properties, written: Mapping[str, Any], *outer: str
) -> Iterator[tuple[str, Any]]:
    """Path and value of each property that this version of aws-cdk-lib does not know yet."""
    known = _arguments_of(properties.definition)
    for name, value in written.items():
        if _argument(name) not in known:
            yield ".".join((*outer, name)), value
        else:
            row = properties.rows[name]
            kind = row if isinstance(row, Properties) else row.kind
            yield from _unknown_within(kind, value, (*outer, name))


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


def _cfn_value(row: Property | Properties, value: Any) -> Any:
    return _cfn_value_of(row if isinstance(row, Properties) else row.kind, value)


def _cfn_value_of(kind: Kind | Properties, value: Any) -> Any:
    match kind:
        case Properties():
            return cfn_struct(kind, value)
        case Shape():
            return cfn_struct(kind.properties, value)
        case OneOf():
            inner = {
                _argument(key): _cfn_value_of(kind.kinds[key], each) for key, each in value.items()
            }
            return _struct(kind.definition)(**inner)
        case ListOf() if isinstance(kind.entry, Shape | OneOf):
            return [_cfn_value_of(kind.entry, each) for each in value]
        case _:
            return value


@cache
def _struct(definition: str) -> Any:
    return getattr(sagemaker.CfnCluster, f"{definition}Property")


@cache
def _arguments_of(definition: str) -> frozenset[str]:
    struct = _struct(definition) if definition else sagemaker.CfnCluster
    return frozenset(signature(struct.__init__).parameters)


@cache
def _argument(name: str) -> str:
    """The name of an argument of jsii: snake case, in which `GiB` is one word."""
    return _WORD.sub("_", name.replace("GiB", "Gib")).lower()
