"""What the nodes of an instance group may do.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .expectation import expect
from .policies.statements import is_allowed

_ACTION = r"[A-Za-z0-9-]+:[A-Za-z0-9]+"
"""An action is one; patterns such as `s3:*` are those of policies."""


class UnknownPolicyError(AssertionError):
    """Raised if a policy that is not in the template decides."""


@dataclass(frozen=True)
class NodeRole:
    """The execution role of an instance group.

    Only policies in the template are evaluated. An AWS managed policy, another managed policy that
    is not in the template, or a permissions boundary raises `UnknownPolicyError` if it decides.

    Attributes:
        name: Logical ID of the role.
        statements: Statements of its policies, without intrinsic functions.
        other_policies: ARNs of policies that are not in the template.
        boundary: ARN of the permissions boundary, if any.
        account: Account of the role.
        resolve: Converts a resource of `allows` to text.
    """

    name: str
    statements: Sequence[Mapping[str, Any]]
    other_policies: Sequence[str]
    boundary: str | None
    account: str
    resolve: Callable[[Any], str]

    def allows(
        self, action: str, resource: Any = "*", *, context: Mapping[str, Any] | None = None
    ) -> bool:
        """Whether the role allows an action on a resource.

        Policies of the resource itself, such as that of a bucket, are not evaluated.

        Args:
            action: Action, such as `s3:GetObject`.
            resource: ARN as text, as a CDK token such as `bucket.arn_for_objects("a")`, or as in the
                template, such as `{"Fn::GetAtt": ["Bucket", "Arn"]}`. Defaults to an action without
                a resource.
            context: Condition keys of the request, such as `{"aws:RequestedRegion": "us-west-2"}`.
                The resource is in the account of the role, unless `aws:ResourceAccount` differs.

        Raises:
            UnknownPolicyError: If a policy decides that is not in the template.
            AssertionError: If the action is not the name of an action with its service.
        """
        expect(
            re.fullmatch(_ACTION, action),
            f"{action!r} is not an action; write the service and the name, such as 's3:GetObject'",
        )
        arn = self.resolve(resource)
        known = {"aws:ResourceAccount": self.account, **(context or {})}
        allowed = is_allowed(self.statements, action, arn, known)
        deciding = (self.boundary,) if allowed else tuple(self.other_policies)
        for policy in filter(None, deciding):
            raise UnknownPolicyError(
                f"{self.name} has {policy}, which is not in the template, so it is unknown whether "
                f"it allows {action} on {arn}"
            )
        return allowed

    def actions(self) -> frozenset[str]:
        """Actions and patterns of actions that the role allows on any resource."""
        return frozenset(
            action
            for statement in self.statements
            if statement.get("Effect") == "Allow"
            for action in _listed(statement.get("Action", []))
        )

    def unrestricted_actions(self) -> frozenset[str]:
        """Actions that the role allows on all resources, `*`."""
        return frozenset(
            action
            for statement in self.statements
            if statement.get("Effect") == "Allow" and "*" in _listed(statement.get("Resource", []))
            for action in _listed(statement.get("Action", statement.get("NotAction", [])))
        )

    def assert_allows(
        self, action: str, resource: Any = "*", *, context: Mapping[str, Any] | None = None
    ) -> None:
        """Same as `allows`, as an assertion."""
        expect(
            self.allows(action, resource, context=context),
            f"{self.name} does not allow {action} on {self.resolve(resource)}",
        )

    def assert_denies(
        self, action: str, resource: Any = "*", *, context: Mapping[str, Any] | None = None
    ) -> None:
        """The opposite of `assert_allows`: the role does not allow the action."""
        expect(
            not self.allows(action, resource, context=context),
            f"{self.name} allows {action} on {self.resolve(resource)}",
        )

    def assert_unrestricted_only(self, actions: Iterable[str]) -> None:
        """Asserts that the role allows nothing but some actions on all resources.

        Args:
            actions: Actions, such as `hp.UNSCOPABLE_ACTIONS`.
        """
        others = sorted(self.unrestricted_actions() - set(actions))
        expect(not others, f"{self.name} allows {', '.join(others)} on all resources")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
