"""Python functions in the shapes that CDK calls back while it writes a template."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import IValidation


def lazy_list(produce: Callable[[], list[Any]]) -> cdk.IResolvable:
    """A list that is asked for once, when it is first resolved; left out when it is empty."""
    return cdk.Lazy.any(_AnyProducer(produce), omit_empty_array=True)


def lazy_text(produce: Callable[[], str]) -> str:
    """A text that is asked for whenever the template needs it."""
    return cdk.Lazy.uncached_string(_StringProducer(produce))


@jsii.implements(IValidation)
class AtSynthesis:
    """Does something once the app is complete, before templates are written."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def validate(self) -> list[str]:
        self._act()
        return []


@jsii.implements(cdk.IStableAnyProducer)
class _AnyProducer:
    def __init__(self, produce: Callable[[], list[Any]]) -> None:
        self._produce = produce

    def produce(self) -> list[Any]:
        return self._produce()


@jsii.implements(cdk.IStringProducer)
class _StringProducer:
    def __init__(self, produce: Callable[[], str]) -> None:
        self._produce = produce

    def produce(self, context: cdk.IResolveContext) -> str:  # noqa: ARG002
        return self._produce()
