"""Who calls, and whom a statement of a resource-based policy names.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Any

KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?")
_ARN = re.compile(r"arn:[\w-]+:(?:iam|sts)::(?:\d{12}|cloudfront):[^*?]+")


@dataclass(frozen=True)
class Principal:
    """Who calls.

    Attributes:
        name: The ARN of a user or of the session of a role, or the name of a service.
        role: The ARN of the role of a session.
    """

    name: str
    role: str | None = None

    @property
    def account(self) -> str | None:
        """The account it is in; a service is in none."""
        return self.name.split(":")[4] if self.name.startswith("arn:") else None

    @property
    def user_id(self) -> str:
        """The unique ID of a role, with the name of its session."""
        unique = sha256((self.role or self.name).encode()).hexdigest()[:17].upper()
        return f"AROA{unique}:{self._last}"

    @property
    def _last(self) -> str:
        return self.name.rpartition("/")[2]

    def context(self) -> dict[str, str]:
        """What its requests say of it."""
        if self.account is None:
            return {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": self.name}
        user = {"aws:userid": self.user_id} if self.role else {"aws:username": self._last}
        return {
            "aws:PrincipalArn": self.role or self.name,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalIsAWSService": "false",
            "aws:PrincipalType": "AssumedRole" if self.role else "User",
            **user,
        }


class Match(IntEnum):
    """How directly a statement names a principal."""

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECT = 3


@dataclass(frozen=True)
class Principals:
    """The principals of a statement, or all but those."""

    named: Mapping[str, tuple[str, ...]]
    excluded: bool = False

    def problems(self) -> Iterator[str]:
        """What is wrong with them."""
        for kind, names in self.named.items():
            if kind not in KINDS:
                yield f"unknown type of principal {kind!r}"
            for name in names if kind == "AWS" else ():
                if name != "*" and not _ACCOUNT.fullmatch(name) and not _ARN.fullmatch(name):
                    yield f"{name!r} is not a principal"

    def match(self, principal: Principal, *, bounded: bool) -> Match:
        """How they name a principal, which may have a permissions boundary.

        `NotPrincipal` exempts whom it lists with account and role, as services may look at each of
        them, and nobody who has a permissions boundary.
        """
        if not self.excluded:
            return max(self._names(principal), default=Match.NONE)
        needed = {Match.DIRECT}
        if principal.account is not None:
            needed |= {Match.ACCOUNT} | ({Match.ROLE} if principal.role else set())
        exempt = not bounded and needed <= set(self._names(principal))
        return Match.NONE if exempt else Match.DIRECT

    def _names(self, principal: Principal) -> Iterator[Match]:
        for names in self.named.values():
            for name in names:
                if name in {"*", principal.name}:
                    yield Match.DIRECT
                elif name == principal.role:
                    yield Match.ROLE
                else:
                    account = _ACCOUNT.fullmatch(name)
                    if account is not None and account[1] == principal.account:
                        yield Match.ACCOUNT


def principals(element: Any, *, excluded: bool) -> Principals:
    """Reads `Principal` or `NotPrincipal`."""
    named = {"AWS": "*"} if element == "*" else element
    return Principals(
        {
            kind: tuple(names) if isinstance(names, list) else (names,)
            for kind, names in named.items()
        },
        excluded,
    )
