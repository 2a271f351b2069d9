"""CloudFormation YAML, with `!Ref`, `!Sub` and other short forms.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from hyperpod_constructs.schema.paths import PropertyPath

_MOST_DIGITS = 40
_EXPANSION = 20
"""Maximum number of values for each character of a file with aliases."""


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Loads numbers and booleans as values, and dates as text, as in a template."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, form) for tag, form in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        """Rejects duplicate keys in a mapping."""
        mapping = super().compose_mapping_node(anchor)
        keys: set[str] = set()
        for key, _ in mapping.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in keys:
                    raise yaml.YAMLError(
                        f"{_line(key)}: {key.value!r} is a duplicate key; remove one"
                    )
                keys.add(key.value)
        return mapping

    def construct_number(self, node: yaml.ScalarNode) -> Any:
        """Rejects numbers that JSON does not have."""
        if len(node.value) > _MOST_DIGITS:
            raise yaml.YAMLError(f"{_line(node)}: a number of {len(node.value)} digits")
        is_whole = node.tag.endswith(":int")
        number = self.construct_yaml_int(node) if is_whole else self.construct_yaml_float(node)
        if not math.isfinite(number):
            raise yaml.YAMLError(f"{_line(node)}: {node.value} is not a number of JSON")
        return number


def _line(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}"


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = node.value
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)
for _kind in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Loader.construct_number)


class SeveralDocumentsError(Exception):
    """Raised for a text of several documents.

    Attributes:
        documents: Their content.
    """

    def __init__(self, documents: Sequence[Any]) -> None:
        super().__init__(len(documents))
        self.documents = documents


def read_yaml(text: str) -> Any:
    """Reads YAML text, with short forms expanded.

    Raises:
        ValueError: If the text is not valid YAML.
        SeveralDocumentsError: If the text contains several documents.
    """
    try:
        documents = [_content(node, len(text)) for node in _documents(text)]
    except (yaml.YAMLError, TypeError) as error:
        raise ValueError(" ".join(str(error).split())) from error
    if len(documents) > 1:
        raise SeveralDocumentsError(documents)
    return next(iter(documents), None)


def _documents(text: str) -> Iterator[yaml.Node]:
    """The documents of a text that are not empty."""
    for node in yaml.compose_all(text, Loader=_Loader):
        if node.tag != "tag:yaml.org,2002:null":
            yield node


def _content(node: yaml.Node, length: int) -> Any:
    _check_size(node, length)
    data = _Loader("").construct_document(node)
    json.dumps(data)
    return data


def _check_size(root: yaml.Node, length: int) -> None:
    """Rejects aliases that multiply the content of a text."""
    if _size(root, {}) > _EXPANSION * (length + _EXPANSION):
        raise yaml.YAMLError("its aliases multiply to many times the size of the file")


def _size(node: yaml.Node, known: dict[int, int | None]) -> int:
    """Number of values with each alias in place of its anchor."""
    identity = id(node)
    if identity in known:
        size = known[identity]
        if size is None:
            raise yaml.YAMLError("Circular reference detected")
        return size
    known[identity] = None
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        inner = [each for pair in node.value for each in pair]
    elif isinstance(node, yaml.SequenceNode):
        inner = node.value
    size = 1 + sum(_size(each, known) for each in inner)
    known[identity] = size
    return size


def yaml_lines(text: str) -> dict[PropertyPath, int]:
    """Line number of each value."""
    lines: dict[PropertyPath, int] = {}

    def visit(node: yaml.Node, place: PropertyPath, line: int) -> None:
        lines[place] = line
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                visit(value, (*place, key.value), key.start_mark.line + 1)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                visit(value, (*place, index), value.start_mark.line + 1)

    root = next(_documents(text), None)
    if root is not None:
        visit(root, (), 1)
    return lines
