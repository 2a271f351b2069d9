"""Clusters of the Terraform provider `awscc`, whose arguments are the properties in snake case.

Sources: https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/sagemaker_cluster
and https://developer.hashicorp.com/terraform/internals/json-format
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.schema.cluster import CLUSTER
from hyperpod_constructs.schema.json_values import object_of
from hyperpod_constructs.schema.kinds import Kind, ListOf, TextByName, Wrapped
from hyperpod_constructs.schema.shapes import OneOf, Properties, Shape

_RESOURCE = "awscc_sagemaker_cluster"


def terraform_clusters(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and properties of each cluster; values known after apply are intrinsic functions."""
    unknown = {
        str(change.get("address")): change["change"].get("after_unknown")
        for change in _list(data.get("resource_changes"))
        if isinstance(change, Mapping) and isinstance(change.get("change"), Mapping)
    }
    values = data.get("planned_values", data.get("values"))
    for resource in _resources(object_of(values).get("root_module")):
        if resource.get("type") == _RESOURCE:
            address = str(resource.get("address"))
            properties = _properties(
                CLUSTER.properties,
                object_of(resource.get("values")),
                object_of(unknown.get(address)),
            )
            yield address, properties


def _resources(module: object) -> Iterator[Mapping[str, Any]]:
    for resource in _list(object_of(module).get("resources")):
        if isinstance(resource, Mapping):
            yield resource
    for inner in _list(object_of(module).get("child_modules")):
        yield from _resources(inner)


def _properties(
    properties: Properties, values: Mapping[str, Any], unknown: Mapping[str, Any]
) -> dict[str, Any]:
    """An object with the names of AWS. Null is absent; other names are left to the reader."""
    rows = {_plain(name): name for name in (*properties.rows, *properties.read_only)}
    written: dict[str, Any] = {}
    for name in (*values, *(each for each in unknown if each not in values)):
        value, later = values.get(name), unknown.get(name)
        row = properties.rows.get(rows.get(_plain(name), ""))
        kind = row if isinstance(row, Properties) else getattr(row, "kind", None)
        if later is True:
            if row is not None:
                written[rows[_plain(name)]] = _known_after_apply(name)
        elif value is not None and name != "id":
            written[rows.get(_plain(name), name)] = _value(kind, value, later)
    return written


def _value(  # noqa: PLR0911
    kind: Kind | Properties | None, value: Any, unknown: Any
) -> Any:
    match kind, value:
        case (Properties(), Mapping()):
            return _properties(kind, value, object_of(unknown))
        case (Shape(properties=properties), Mapping()):
            return _properties(properties, value, object_of(unknown))
        case (OneOf(kinds=kinds), Mapping()):
            names = {_plain(name): name for name in kinds}
            return {
                names.get(_plain(name), name): _value(
                    kinds.get(names.get(_plain(name), "")), each, object_of(unknown).get(name)
                )
                for name, each in value.items()
                if each is not None
            }
        case (Wrapped(inner=inner), _):
            return _value(inner, value, unknown)
        case (ListOf(entry=entry), list()):
            later = unknown if isinstance(unknown, list) else []
            return [
                _known_after_apply(str(index))
                if index < len(later) and later[index] is True
                else _value(entry, each, later[index] if index < len(later) else None)
                for index, each in enumerate(value)
            ]
        case (TextByName() | None, _):
            return value
        case (_, list()):
            return [
                {str(key).capitalize(): text for key, text in each.items() if text is not None}
                if isinstance(each, Mapping)
                else each
                for each in value
            ]
        case _:
            return value


def _known_after_apply(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": ["Terraform", name]}


def _plain(name: str) -> str:
    """A name without case and underscores, since the provider splits `FSx` and `GiB` into words."""
    return name.replace("_", "").lower()


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
