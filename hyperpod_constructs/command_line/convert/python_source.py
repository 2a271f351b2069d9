"""Python expressions in the format of black and ruff."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from hyperpod_constructs.model.value_class import value_class

LINE_LENGTH = 88
_INDENT = 4


@value_class(frozen=True, slots=True)
class Name:
    """A literal expression: a variable, or a member of an enumeration."""

    text: str


@value_class(frozen=True, slots=True)
class Call:
    """A function call.

    Attributes:
        function: Function to call.
        positional: Positional arguments.
        named: Keyword arguments.
    """

    function: str
    positional: Sequence["Expression"] = ()
    named: Mapping[str, "Expression"] = field(default_factory=dict)


Expression = (
    Name
    | Call
    | str
    | int
    | float
    | bool
    | None
    | Sequence["Expression"]
    | Mapping[str, "Expression"]
)


def assignment(variable: str, value: Expression) -> str:
    """`variable = value`."""
    return _render(value, prefix=f"{variable} = ", suffix="", indent=0)


def statement(value: Expression) -> str:
    """An expression statement."""
    return _render(value, prefix="", suffix="", indent=0)


def _render(value: Expression, *, prefix: str, suffix: str, indent: int) -> str:
    """Formats an expression on one line if it fits, else with one element per line."""
    line = f"{' ' * indent}{prefix}{_one_line(value)}{suffix}"
    opening, elements, closing = _parts(value)
    if len(line) <= LINE_LENGTH or not elements:
        return line
    inner = [
        _render(element, prefix=name, suffix=",", indent=indent + _INDENT)
        for name, element in elements
    ]
    return "\n".join(
        [f"{' ' * indent}{prefix}{opening}", *inner, f"{' ' * indent}{closing}{suffix}"]
    )


def _one_line(value: Expression) -> str:
    opening, elements, closing = _parts(value)
    return opening + ", ".join(f"{name}{_one_line(each)}" for name, each in elements) + closing


def _parts(value: Expression) -> tuple[str, list[tuple[str, Expression]], str]:
    if isinstance(value, Name):
        return value.text, [], ""
    if isinstance(value, str):
        return _string(value), [], ""
    if isinstance(value, Call):
        named = [(f"{name}=", each) for name, each in value.named.items()]
        return f"{value.function}(", [*(("", each) for each in value.positional), *named], ")"
    if isinstance(value, Mapping):
        return "{", [(f"{_string(key)}: ", each) for key, each in value.items()], "}"
    if isinstance(value, Sequence):
        return "[", [("", each) for each in value], "]"
    return repr(value), [], ""


def _string(text: str) -> str:
    """Formats a string in double quotes, unless single quotes require fewer escapes."""
    written = repr(text)
    if written.startswith('"') or text.count('"') > text.count("'"):
        return written
    return '"' + written[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
