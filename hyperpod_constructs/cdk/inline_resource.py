"""Custom resources whose function is inline code."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from .inline_function import InlineFunction


class InlineResource(InlineFunction):
    """A custom resource with a function of its own.

    Attributes: `resource`, on which what uses its effect must depend.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        handler: Path,
        policies: Mapping[str, tuple[str | list[str], str | list[str]]],
        memory_size: int,
        type: str,
        properties: Mapping[str, object],
    ) -> None:
        """Creates the function and the custom resource that calls it.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            handler: Python file with the function `handler`, up to 4,096 characters.
            policies: Actions and resources that the function is allowed, by the name of the policy.
            memory_size: Memory of the function in MiB.
            type: Type of the resource, which starts with `Custom::`.
            properties: Properties that the function receives.
        """
        super().__init__(scope, id, handler=handler, policies=policies, memory_size=memory_size)
        self.resource = cdk.CfnResource(
            self,
            "Resource",
            type=type,
            properties={"ServiceToken": self.service_token, **properties},
        )
