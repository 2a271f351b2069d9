"""Values of templates as text, with `<LogicalId.Attribute>` for what only the deployment knows."""

import json
import re
from collections.abc import Mapping
from typing import Any

from hyperpod_constructs.schema.intrinsics import SUBSTITUTION

_TOKEN = "${Token["  # noqa: S105
_LONGEST = 100
_NAMES = {
    "Ref": "{}",
    "Fn::ImportValue": "import of {}",
    "Fn::If": "by condition {}",
    "Fn::FindInMap": "from mapping {}",
}
"""Functions whose first argument names the value."""


def readable(value: object) -> str:
    """A value of a template, or of a model that was read from one."""
    match value:
        case str():
            return _without_tokens(value)
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(readable, value))
        case Mapping():
            known = _function(*next(iter(value.items()))) if len(value) == 1 else None
            return _shortened(json.dumps(value, default=str)) if known is None else known
        case _:
            return str(value)


def _function(name: str, argument: Any) -> str | None:
    """The text of an intrinsic function; None if there is no better one than its JSON."""
    if name in _NAMES:
        return f"<{_NAMES[name].format(_first(argument))}>"
    match name, argument:
        case "Fn::GetAtt", list():
            return f"<{'.'.join(map(readable, argument))}>"
        case "Fn::Join", [str(separator), list(parts)]:
            return separator.join(map(readable, parts))
        case "Fn::Sub", str() | [str(), Mapping()]:
            text, variables = (argument, {}) if isinstance(argument, str) else argument
            return _substituted(text, variables)
        case "Fn::Select", [int(index), {"Fn::GetAZs": _}]:
            return f"zone {index + 1} of the Region"
        case _:
            return None


def _first(argument: Any) -> str:
    return readable(argument[0] if isinstance(argument, list) and argument else argument)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def number(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _without_tokens(text: str) -> str:
    """The text, with the name of each value that only the deployment knows."""
    parts = []
    while (start := text.find(_TOKEN)) >= 0:
        parts.append(text[:start])
        text = text[start + len(_TOKEN) :]
        try:
            function, end = json.JSONDecoder().raw_decode(text)
        except ValueError:
            name, _, text = text.partition("]}")
            parts.append(f"<{name}>")
        else:
            parts.append(readable(function))
            text = text[end:].removeprefix("]}")
    return "".join([*parts, text])


def _substituted(text: str, variables: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1]:
            return f"${{{match[2]}}}"
        return readable(variables[match[2]]) if match[2] in variables else f"<{match[2]}>"

    return re.sub(SUBSTITUTION, value, text)
