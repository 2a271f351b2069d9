"""Values of policies: their wildcards and variables.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Context = Mapping[str, str | tuple[str, ...]]
_ARN_PARTS = 6
_OUTER_COLON = re.compile(r":(?![^{}]*\})")
_WILDCARD = re.compile(r"(?P<wildcard>[*?])")
_TOKEN = re.compile(
    r"\$\{(?P<escaped>[*?$])\}"
    r"|\$\{\s*(?P<variable>[^}',]+?)\s*(?:,\s*'(?P<default>[^']*)')?\s*\}"
    r"|(?P<wildcard>[*?])"
)


def request_context(values: Mapping[str, Any]) -> Context:
    """The context keys of a request, in lower case: names of keys are not case-sensitive.

    A list is a multivalued key. A multivalued key without values is not present.
    """
    context: dict[str, str | tuple[str, ...]] = {}
    for key, value in values.items():
        if isinstance(value, list | tuple):
            items = tuple(text(item) for item in value if item != "")
            if items:
                context[key.lower()] = items
        else:
            context[key.lower()] = text(value)
    return context


def text(value: Any) -> str:
    """A JSON value as policies write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def matches(
    pattern: str,
    value: str,
    variables: Context | None,
    *,
    wildcards: bool = True,
    ignore_case: bool = False,
) -> bool:
    """Whether a value is like a pattern.

    Args:
        pattern: What the policy says.
        value: What the request says.
        variables: What variables stand for; None if the version of the policy has no variables.
        wildcards: Whether `*` and `?` are wildcards.
        ignore_case: Whether case does not matter.
    """
    if "${" not in pattern:
        return _compiled(pattern, wildcards, ignore_case).fullmatch(value) is not None
    expression = _expression(pattern, variables, wildcards)
    return expression is not None and bool(re.fullmatch(expression, value, _flags(ignore_case)))


def arn_matches(pattern: str, value: str, variables: Context | None) -> bool:
    """Whether an ARN is like a pattern, part by part."""
    patterns, values = _OUTER_COLON.split(pattern, _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    return len(patterns) == len(values) == _ARN_PARTS and all(
        matches(*pair, variables) for pair in zip(patterns, values, strict=True)
    )


@lru_cache(maxsize=8192)
def _compiled(pattern: str, wildcards: bool, ignore_case: bool) -> re.Pattern[str]:
    """A pattern without variables, which policies ask for again and again."""
    return re.compile(_expression(pattern, None, wildcards) or "", _flags(ignore_case))


def _flags(ignore_case: bool) -> re.RegexFlag:
    return re.DOTALL | re.IGNORECASE if ignore_case else re.DOTALL


def _expression(pattern: str, variables: Context | None, wildcards: bool) -> str | None:
    """The regular expression of a pattern; None if a variable in it has no value."""
    parts, end = [], 0
    for token in (_WILDCARD if variables is None else _TOKEN).finditer(pattern):
        found = token.groupdict()
        if found["wildcard"]:
            part = {"*": ".*", "?": "."}[token[0]] if wildcards else re.escape(token[0])
        elif found["escaped"]:
            part = re.escape(found["escaped"])
        else:
            value = (variables or {}).get(found["variable"].lower()) or found["default"]
            if not isinstance(value, str):
                return None
            part = re.escape(value)
        parts += [re.escape(pattern[end : token.start()]), part]
        end = token.end()
    return "".join([*parts, re.escape(pattern[end:])])
