"""Python functions that CDK calls while it synthesizes a template."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import IConstruct, IValidation


def lazy_list(produce: Callable[[], list[Any]]) -> cdk.IResolvable:
    """A list that is produced once, when it is first resolved; omitted when it is empty."""
    return cdk.Lazy.any(_AnyProducer(produce), omit_empty_array=True)


def lazy_text(produce: Callable[[], str]) -> str:
    """A text that is produced once, when it is first resolved."""
    return cdk.Lazy.string(_StableStringProducer(produce))


def lazy_texts(produce: Callable[[], list[str]]) -> list[str]:
    """A list of texts that is produced once, when it is first resolved."""
    return cdk.Lazy.list(_StableListProducer(produce))


class LateText:
    """A text that can be passed on before the construct that produces it exists.

    It is produced once, when it is first resolved.
    """

    def __init__(self) -> None:
        self._produce: Callable[[], str] = str

    @cached_property
    def text(self) -> str:
        """The text, as a token."""
        return lazy_text(self._produced)

    def produce_with(self, produce: Callable[[], str]) -> None:
        """Sets the function that produces the text."""
        self._produce = produce

    def _produced(self) -> str:
        return self._produce()


@jsii.implements(cdk.IAspect)
class PreparationHook:
    """Calls a function once all constructs exist, while the tree can still be changed.

    Add it as an aspect of a construct without children.
    """

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002
        self._call()


@jsii.implements(IValidation)
class SynthesisHook:
    """Calls a function once the app is complete, before templates are written."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call

    def validate(self) -> list[str]:
        self._call()
        return []


@jsii.implements(cdk.IStableAnyProducer)
class _AnyProducer:
    def __init__(self, produce: Callable[[], list[Any]]) -> None:
        self._produce = produce

    def produce(self) -> list[Any]:
        return self._produce()


@jsii.implements(cdk.IStableStringProducer)
class _StableStringProducer:
    def __init__(self, produce: Callable[[], str]) -> None:
        self._produce = produce

    def produce(self) -> str:
        return self._produce()


@jsii.implements(cdk.IStableListProducer)
class _StableListProducer:
    def __init__(self, produce: Callable[[], list[str]]) -> None:
        self._produce = produce

    def produce(self) -> list[str]:
        return self._produce()
