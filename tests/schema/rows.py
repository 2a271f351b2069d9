"""Every row of the schema, with its path in CloudFormation and the type that has the attribute."""

from collections.abc import Iterator
from typing import NamedTuple

from hyperpod_constructs.schema.cluster import CLUSTER
from hyperpod_constructs.schema.kinds import Kind, ListOf
from hyperpod_constructs.schema.shapes import OneOf, Property, Shape


class Row(NamedTuple):
    """A row of the schema.

    Attributes:
        path: Where the property stands, `*` for the entries of lists.
        value_type: The type of the model whose attributes the row sets.
        property: The row itself.
    """

    path: str
    value_type: type
    property: Property


def rows(kind: Kind = CLUSTER, path: str = "") -> Iterator[Row]:
    """The rows of a kind and of all within it."""
    match kind:
        case Shape():
            for keys, row in kind.properties.flat_rows():
                inner = "/".join([path, *keys])
                yield Row(inner, kind.value_type, row)
                yield from rows(row.kind, inner)
        case ListOf():
            yield from rows(kind.entry, f"{path}/*")
        case OneOf():
            for key, each in kind.kinds.items():
                yield from rows(each, f"{path}/{key}")
