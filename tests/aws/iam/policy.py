"""Policies of identities and of resources, which name principals as well.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from hyperpod_constructs.testing.policies import statements
from hyperpod_constructs.testing.policies.patterns import Context
from tests.aws.front.errors import ServiceError

from .principals import Match, Principal, Principals, principals


class MalformedPolicyError(ServiceError):
    """A policy that IAM refuses."""


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        statement: What it is about, and when.
        principals: Whom; None in identity-based policies.
    """

    statement: statements.Statement
    principals: Principals | None

    @property
    def effect(self) -> str:
        """`Allow` or `Deny`."""
        return self.statement.effect

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether it is about a request, whoever makes it."""
        return self.statement.applies(action, resource, context)

    def match(self, principal: Principal, *, bounded: bool) -> Match:
        """How it names a principal; in identity-based policies, it has the policy."""
        if self.principals is None:
            return Match.DIRECT
        return self.principals.match(principal, bounded=bounded)


Policy = tuple[Statement, ...]
_Read = TypeVar("_Read")


def identity_policy(document: Mapping[str, Any], name: str) -> Policy:
    """Reads a policy of a user or role, a permissions boundary or a session policy.

    Raises:
        MalformedPolicyError: If IAM refuses it.
    """
    read = _refusing(lambda: statements.identity_statements(document, name))
    return tuple(Statement(each, None) for each in read)


def resource_policy(document: Mapping[str, Any], name: str) -> Policy:
    """Reads the policy of a resource, such as a bucket, a key or, for its trust, a role.

    Raises:
        MalformedPolicyError: If the service refuses it.
    """
    read = _refusing(
        lambda: statements.read_statements(
            document,
            name,
            required={"Action", "Principal"},
            unsupported=set(),
            problems_of=_problems,
        )
    )
    return tuple(Statement(statement, _principals(item)) for item, statement in read)


def _refusing(read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except statements.MalformedPolicyError as error:
        raise MalformedPolicyError("MalformedPolicyDocument", str(error)) from error


def _problems(item: Mapping[str, Any]) -> Iterator[str]:
    yield from _principals(item).problems()


def _principals(item: Mapping[str, Any]) -> Principals:
    (name,) = (key for key in ("Principal", "NotPrincipal") if key in item)
    return principals(item[name], excluded=name != "Principal")
