"""CloudFormation YAML, with `!Ref`, `!Sub` and other short forms.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import json
from typing import Any

import yaml

from hyperpod_constructs.schema.paths import PropertyPath


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
                    line = key.start_mark.line + 1
                    raise yaml.YAMLError(
                        f"line {line}: {key.value!r} is a duplicate key; remove one"
                    )
                keys.add(key.value)
        return mapping


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


def read_yaml(text: str) -> Any:
    """Reads YAML text, with short forms expanded.

    Raises:
        ValueError: If the text is not valid YAML.
    """
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506
        json.dumps(data)
    except (yaml.YAMLError, TypeError) as error:
        raise ValueError(" ".join(str(error).split())) from error
    return data


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

    root = yaml.compose(text, Loader=_Loader)
    if root is not None:
        visit(root, (), 1)
    return lines
