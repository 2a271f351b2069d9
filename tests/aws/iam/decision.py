"""Whether a request is allowed: identity, resource, boundary and session policies together.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hyperpod_constructs.testing.policies.patterns import request_context

from .policy import Policy
from .principals import Match, Principal


@dataclass(frozen=True)
class Caller:
    """Who calls, and the policies that come along.

    Attributes:
        principal: Who it is.
        policies: The policies of the user or role.
        boundary: The permissions boundary.
        session: The policy that was passed when the role was assumed.
    """

    principal: Principal
    policies: Sequence[Policy] = ()
    boundary: Policy | None = None
    session: Policy | None = None


@dataclass(frozen=True)
class Resource:
    """What a request is about.

    Attributes:
        arn: Its ARN, or `*`.
        account: The account it is in; by default, that of the caller.
        policy: Its policy.
        delegates: Whether policies of users and roles count only as far as its policy lets the
            account decide, as for KMS keys and for the trust of roles.
    """

    arn: str
    account: str | None = None
    policy: Policy | None = None
    delegates: bool = False


@dataclass(frozen=True)
class Request:
    """An action on a resource.

    Attributes:
        action: The action, such as `s3:GetObject`.
        resource: What it is about.
        context: Condition keys and their values, but those of the caller; lists are multivalued.
    """

    action: str
    resource: Resource
    context: Mapping[str, Any] = field(default_factory=dict)


def may(caller: Caller, request: Request) -> bool:
    """Whether a caller may do something."""
    resource = request.resource
    own = caller.principal.account
    account = resource.account or own
    identity = _effects(caller.policies, caller, request)
    limits = [
        _effects([limit], caller, request)
        for limit in (caller.boundary, caller.session)
        if limit is not None
    ]
    granted = _effects([resource.policy or ()], caller, request)
    if any("Deny" in effects for effects in (identity, *limits, granted)):
        return False
    within = all("Allow" in effects for effects in limits)
    by_identity = "Allow" in identity and within
    by_resource = granted.get("Allow", Match.NONE)
    if own is None:
        return by_resource is not Match.NONE
    if own != account:
        return by_identity and by_resource is not Match.NONE
    if by_resource is Match.DIRECT or (by_resource is Match.ROLE and within):
        return True
    return by_identity and (by_resource is not Match.NONE or not resource.delegates)


def effect_of_resource(caller: Caller, request: Request) -> str | None:
    """What the policy of the resource says of a request: `Deny`, `Allow` or nothing."""
    effects = _effects([request.resource.policy or ()], caller, request)
    return "Deny" if "Deny" in effects else next(iter(effects), None)


def _effects(policies: Iterable[Policy], caller: Caller, request: Request) -> dict[str, Match]:
    """The effects of the statements about a request, with how directly they name the caller."""
    account = request.resource.account or caller.principal.account
    context = request_context(
        {
            **caller.principal.context(),
            **({"aws:ResourceAccount": account} if account else {}),
            **request.context,
        }
    )
    found: dict[str, Match] = {}
    for policy in policies:
        for statement in policy:
            match = statement.match(caller.principal, bounded=caller.boundary is not None)
            if match is not Match.NONE and statement.applies(
                request.action, request.resource.arn, context
            ):
                found[statement.effect] = max(match, found.get(statement.effect, Match.NONE))
    return found
