"""Whether the caller of a request may do what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .cloud import Cloud
from .front.actions import ANY, context_of, needed
from .front.errors import ServiceError
from .front.identity import role_of
from .front.wire import Call
from .iam.decision import Caller, Request, Resource, may
from .permissions import TLS, allowed, role

_CODES = {"ec2": "UnauthorizedOperation"}
_OF_JSON = {
    *("eks", "fsx", "kms", "lambda", "logs", "sagemaker", "secretsmanager", "servicequotas", "ssm"),
}
_READING = ("Get", "List", "Simulate", "Generate")


@dataclass
class Authorizer:
    """Authorizes requests by the policies of the callers' roles.

    Attributes:
        cloud: The account, as its administrator.
    """

    cloud: Cloud
    _callers: dict[str, Caller] = field(default_factory=dict)

    def authorize(self, key: str, call: Call) -> None:
        """Rejects a request that its caller is not authorized to make.

        Raises:
            ServiceError: With the action and the resource.
        """
        if call.service == "iam" and not call.operation.startswith(_READING):
            self._forget_changed(call.arguments.get("RoleName"))
        arn = role_of(self.cloud.account, key)
        if arn is None or ":role/" not in arn:
            return
        for action, resource in needed(call, self.cloud.region, self.cloud.account):
            caller = self._caller(arn)
            if not self._may(caller, action, resource, context_of(action, call)):
                raise ServiceError(
                    _CODES.get(
                        call.service, "AccessDenied" + "Exception" * (call.service in _OF_JSON)
                    ),
                    f"User: {caller.principal.name} is not authorized to perform: {action} on "
                    f"resource: {'*' if resource == ANY else resource} because no identity-based "
                    f"policy allows the {action} action",
                )

    def forget(self) -> None:
        """Forgets what roles may do."""
        self._callers.clear()

    def _forget_changed(self, name: str | None) -> None:
        """Forgets what a role may do, or all of them where a policy changes that many may have."""
        for arn in list(self._callers):  # requests of other threads add to them meanwhile
            if name in {None, arn.rpartition("/")[2]}:
                self._callers.pop(arn, None)

    def _caller(self, arn: str) -> Caller:
        caller = self._callers.get(arn)
        if caller is None:
            caller = self._callers[arn] = role(self.cloud, arn)
        return caller

    def _may(self, caller: Caller, action: str, resource: str, context: Mapping[str, str]) -> bool:
        if action.endswith("*"):
            return any(
                self._may(caller, f"{action[:-1]}{suffix}", resource, context)
                for suffix in ("", "Version")
            )
        if resource != ANY:
            return allowed(self.cloud, caller, action, resource, context)
        named = {
            value
            for policy in caller.policies
            for statement in policy
            if statement.statement.resources is not None
            for value in statement.statement.resources.values
        }
        return any(
            may(caller, Request(action, Resource(each, self.cloud.account), {**TLS, **context}))
            for each in ("*", *sorted(named))
        )
