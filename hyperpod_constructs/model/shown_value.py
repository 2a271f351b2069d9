"""The text of a value in a problem: as the user wrote it, on one short line."""

import re
from collections.abc import Mapping

_LONGEST = 120
_UNKNOWN = "deploy-time value"
_PLACEHOLDER = r"[$#]\{Token\[(?:TOKEN|(\{(?:(?!\$\{Token).)*\}|[^\]]*?))(?:\.\d+)?\]\}"
"""A value known only at deployment, by the name that CDK gives it or by its intrinsic function."""
_PLACEHOLDER_NUMBER = r"-1\.(?:8[89]|9[0-4])\d*e\+?289"
_ADDRESS = r"<(?:[\w<>]+\.)*(\w+) object at 0x[0-9a-fA-F]+>"
_CONFIDENTIAL = r"\w*(?:secret|password)(?:_?arn)?"
_SECRET_PATH = rf"(?i)(?:.*\.)?({_CONFIDENTIAL})"
_SECRET_FIELD = (
    rf"""(?i)(\b{_CONFIDENTIAL}['"]?(?:=|: )b?)(?:'(?!arn:|[$#]{{Token)[^']*'|"[^"]*")"""
)
_MEMBER = r"<([A-Za-z]\w*\.[A-Za-z]\w*): (?:'[^']*'|\d+)>"
_HIDDEN = "'...'"
_NAMELESS = ("InterfaceDynamicProxy",)
"""Types of jsii for objects that only have interfaces, such as imported roles."""


def shown_value(value: object, path: str = "") -> str:
    """The text of the value at a path.

    Amounts of CDK have their unit, constructs their path in the app, and values known only at
    deployment the name that CDK gives them, if any. Long texts are shortened. A text in place of a
    secret is hidden, since it may be the password, unless it is an ARN.
    """
    try:
        text = _HIDDEN if _is_secret(path, value) else _text(value)
    except (RecursionError, RuntimeError, ValueError):  # too many levels, a token, too many digits
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def with_named_tokens(text: str) -> str:
    """A text with the names of values known only at deployment in place of their tokens."""
    return re.sub(_PLACEHOLDER, lambda token: f"<{token[1] or _UNKNOWN}>", text)


def is_confidential(name: str) -> bool:
    """Whether the argument of a name is a secret."""
    return re.fullmatch(_SECRET_PATH, name) is not None


def _is_secret(path: str, value: object) -> bool:
    """Whether a value is the content of a secret: no reference to one, and no name of a key."""
    named = re.fullmatch(_SECRET_PATH, path)
    if named is None or value == named[1]:
        return False
    if isinstance(value, str):
        return not value.startswith("arn:") and re.search(_PLACEHOLDER, value) is None
    return isinstance(value, bytes | Mapping)


def _text(value: object) -> str:
    if type(value).__repr__ is not object.__repr__:
        return _public(re.sub(_ADDRESS, r"<\1>", repr(value)))
    describe = getattr(value, "to_human_string", None)
    if describe is not None:
        return _public(_amount(value, str(describe())))
    path = getattr(getattr(value, "node", None), "path", None)
    kind = type(value).__name__
    if kind in _NAMELESS:
        return f"<{path}>"
    return f"<{kind}{f' {path}' if path else ''}>"


def _amount(value: object, text: str) -> str:
    """The text of an amount of CDK, in GiB where CDK rounds it to a larger unit."""
    in_gib = getattr(value, "to_gibibytes", None)
    if "." not in text or in_gib is None:
        return text
    try:
        return f"{in_gib():g} GiB"
    except RuntimeError:  # not a whole number
        return text


def _public(text: str) -> str:
    known = re.sub(_MEMBER, r"\1", re.sub(_SECRET_FIELD, rf"\1{_HIDDEN}", text))
    return re.sub(_PLACEHOLDER_NUMBER, f"<{_UNKNOWN}>", with_named_tokens(known))
