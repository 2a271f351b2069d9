"""The text of a value in a problem: as the user wrote it, on one short line."""

import re
from enum import Enum

_LONGEST = 120
_UNKNOWN = "deploy-time value"
_TOKEN = re.compile(r"[$#]\{Token\[(?:TOKEN|([^\]]*?))(?:\.\d+)?\]\}")
_TOKEN_NUMBER = re.compile(r"-1\.(?:8[89]|9[0-4])\d*e\+?289")
_ADDRESS = re.compile(r"<(?:[\w<>]+\.)*(\w+) object at 0x[0-9a-fA-F]+>")


def shown_value(value: object) -> str:
    """The text of a value.

    Amounts of CDK have their unit, constructs their path in the app, and values known only at
    deployment the name that CDK gives them, if any. Long texts are shortened.
    """
    try:
        text = _text(value)
    except (RecursionError, RuntimeError, ValueError):  # too many levels, a token, too many digits
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _text(value: object) -> str:
    if isinstance(value, Enum) and not isinstance(value, str):
        return str(value)
    if type(value).__repr__ is not object.__repr__:
        return _without_tokens(_ADDRESS.sub(r"<\1>", repr(value)))
    describe = getattr(value, "to_human_string", None)
    if describe is not None:
        return _without_tokens(str(describe()))
    path = getattr(getattr(value, "node", None), "path", None)
    return f"<{type(value).__name__}{f' {path}' if path else ''}>"


def _without_tokens(text: str) -> str:
    named = _TOKEN.sub(lambda token: f"<{token[1] or _UNKNOWN}>", text)
    return _TOKEN_NUMBER.sub(f"<{_UNKNOWN}>", named)
