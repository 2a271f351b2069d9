"""Conditions of policies.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import operator
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from .patterns import Context, arn_matches, matches

_NAME = re.compile(r"(?:(?P<set>ForAllValues|ForAnyValue):)?(?P<base>\w+?)(?P<exists>IfExists)?")
_Test = Callable[[str, str, Context | None], bool]


@dataclass(frozen=True)
class Operator:
    """A condition operator.

    Attributes:
        test: Whether a value of the request matches a value of the policy.
        negated: Whether it holds for what does not match.
        read: Reads a value of the policy; raises ValueError for what is not of its type.
    """

    test: _Test
    negated: bool = False
    read: Callable[[str], object] = str


@dataclass(frozen=True)
class Condition:
    """A key of a condition block, with an operator and the values of the policy."""

    operator: str
    key: str
    values: tuple[str, ...]

    def problems(self) -> Iterator[str]:
        """What is wrong with it."""
        try:
            found = _operator(self.operator)
        except KeyError:
            yield f"unknown condition operator {self.operator!r}"
            return
        for value in self.values:
            try:
                found.read(value)
            except ValueError:
                yield f"{self.operator} of {self.key} cannot read the value {value!r}"

    def holds(self, context: Context, variables: Context | None) -> bool:
        """Whether it holds for a request."""
        given = context.get(self.key.lower())
        if self.operator == "Null":
            return ("false" if given else "true") in {value.lower() for value in self.values}
        name = _parts(self.operator)
        values = given if isinstance(given, tuple) else (given,) if given else ()
        if name["set"] == "ForAllValues":
            return all(self._accepts(value, variables) for value in values)
        if name["set"] == "ForAnyValue":
            return any(self._accepts(value, variables) for value in values)
        if given is None:
            return bool(name["exists"]) or OPERATORS[name["base"]].negated
        return isinstance(given, str) and self._accepts(given, variables)

    def _accepts(self, value: str, variables: Context | None) -> bool:
        found = _operator(self.operator)
        matched = any(_passes(found.test, wanted, value, variables) for wanted in self.values)
        return matched is not found.negated


def _passes(test: _Test, wanted: str, value: str, variables: Context | None) -> bool:
    try:
        return test(wanted, value, variables)
    except ValueError:  # the request has no value of that type
        return False


def _parts(name: str) -> dict[str, Any]:
    found = _NAME.fullmatch(name)
    return found.groupdict() if found else {"set": None, "base": name, "exists": None}


def _operator(name: str) -> Operator:
    if name == "Null":
        return _NULL
    return OPERATORS[_parts(name)["base"]]


def _boolean(value: str) -> str:
    if value.lower() not in {"true", "false"} and "${" not in value:
        raise ValueError(value)
    return value


def _moment(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _network(value: str) -> IPv4Network | IPv6Network:
    return ip_network(value, strict=False)


def _within(wanted: str, value: str, _variables: Context | None) -> bool:
    return _network(value).network_address in _network(wanted)


def _binary(value: str) -> bytes:
    return b64decode(value, validate=True)


def _compares(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> _Test:
    return lambda wanted, value, _variables: compare(read(value), read(wanted))


_EQUAL = partial(matches, wildcards=False)
_EQUAL_IGNORING_CASE = partial(matches, wildcards=False, ignore_case=True)
_NULL = Operator(_EQUAL, read=_boolean)
_COMPARISONS: dict[str, tuple[Callable[[Any, Any], bool], bool]] = {
    "Equals": (operator.eq, False),
    "NotEquals": (operator.eq, True),
    "LessThan": (operator.lt, False),
    "LessThanEquals": (operator.le, False),
    "GreaterThan": (operator.gt, False),
    "GreaterThanEquals": (operator.ge, False),
}
OPERATORS = {
    "StringEquals": Operator(_EQUAL),
    "StringNotEquals": Operator(_EQUAL, negated=True),
    "StringEqualsIgnoreCase": Operator(_EQUAL_IGNORING_CASE),
    "StringNotEqualsIgnoreCase": Operator(_EQUAL_IGNORING_CASE, negated=True),
    "StringLike": Operator(matches),
    "StringNotLike": Operator(matches, negated=True),
    "ArnEquals": Operator(arn_matches),
    "ArnLike": Operator(arn_matches),
    "ArnNotEquals": Operator(arn_matches, negated=True),
    "ArnNotLike": Operator(arn_matches, negated=True),
    "Bool": Operator(_EQUAL_IGNORING_CASE, read=_boolean),
    "BinaryEquals": Operator(_compares(_binary, operator.eq), read=_binary),
    "IpAddress": Operator(_within, read=_network),
    "NotIpAddress": Operator(_within, negated=True, read=_network),
} | {
    f"{kind}{name}": Operator(_compares(read, compare), negated, read)
    for kind, read in (("Numeric", float), ("Date", _moment))
    for name, (compare, negated) in _COMPARISONS.items()
}
