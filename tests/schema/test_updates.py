"""What an update does to a property: as CloudFormation says, and as the docstrings say."""

import inspect
import re
from collections.abc import Iterator

import pytest

from hyperpod_constructs.schema.update import Update

from .cloudformation import schema_of_cluster
from .rows import rows

CHANGED = [row for row in rows() if row.property.update is not Update.IN_PLACE]


def documented_updates() -> Iterator[tuple[type, str, Update]]:
    """Type, argument and update of each row, once."""
    yield from dict.fromkeys(
        (row.value_type, name, row.property.update)
        for row in CHANGED
        for name in row.property.names
    )


def entries(value_type: type) -> dict[str, str]:
    """The entries below `Attributes:` in a docstring, each on one line."""
    _, _, section = (inspect.getdoc(value_type) or "").partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.*\n?(?:      .*\n?)*)", section, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


@pytest.mark.parametrize(
    ("value_type", "name", "update"),
    [
        pytest.param(*each, id=f"{each[0].__name__}.{each[1]}-{each[2].name}")
        for each in documented_updates()
    ],
)
def test_the_docstring_says_what_an_update_does(
    value_type: type, name: str, update: Update
) -> None:
    assert update.value in entries(value_type)[name]


def test_what_replaces_the_cluster_is_what_cloudformation_replaces_it_for() -> None:
    created_only = [
        pointer.removeprefix("/properties")
        for pointer in schema_of_cluster()["createOnlyProperties"]
    ]
    below = {
        row.path
        for row in rows()
        if not list(rows(row.property.kind))
        for pointer in created_only
        if row.path == pointer or row.path.startswith(f"{pointer}/")
    }

    assert below == {row.path for row in CHANGED if row.property.update is Update.REPLACES}
    assert all(any(path.startswith(pointer) for path in below) for pointer in created_only)
