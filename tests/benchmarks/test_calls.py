"""How often the library calls Node.js, which is most of what it adds to a synthesis."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import aws_cdk as cdk
import pytest
from jsii._kernel.providers import process

from . import by_hand, with_library
from .shared import synthesize

# Each call takes as long as the synthesis of a group.
AT_MOST_MORE_CALLS = 62


@pytest.mark.parametrize("number", [3, 20])
def test_few_calls_more_than_by_hand_whatever_the_number_of_groups(number: int) -> None:
    hand = calls(lambda app: by_hand.make_stack(app, number))
    library = calls(lambda app: with_library.make_stack(app, number))

    assert library - hand <= AT_MOST_MORE_CALLS


def calls(make_stack: Callable[[cdk.App], cdk.Stack]) -> int:
    with counted() as count:
        synthesize(make_stack)
    return len(count)


@contextmanager
def counted() -> Iterator[list[str]]:
    sent: list[str] = []
    send: Any = process._NodeProcess.send

    def count(self: object, request: object, kind: type) -> object:
        sent.append(type(request).__name__)
        return send(self, request, kind)

    with patch.object(process._NodeProcess, "send", count):
        yield sent
