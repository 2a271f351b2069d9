"""How often the library calls Node.js, which is most of what it adds to a synthesis."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aws_cdk as cdk
import pytest
from jsii._kernel.providers import process

from tests.eks.charts import make_chart
from tests.thorough import thorough

from . import by_hand, by_hand_eks, with_library, with_library_eks
from .shared import synthesize

# Each call takes as long as the synthesis of a group.
AT_MOST_MORE_CALLS = 62
AT_MOST_MORE_CALLS_ON_EKS = 137


@pytest.mark.parametrize("number", [3, 20])
def test_few_calls_more_than_by_hand_whatever_the_number_of_groups(number: int) -> None:
    hand = calls(lambda app: by_hand.make_stack(app, number))
    library = calls(lambda app: with_library.make_stack(app, number))

    assert library - hand <= AT_MOST_MORE_CALLS


@thorough
def test_few_calls_more_than_by_hand_with_all_add_ons_on_eks(tmp_path: Path) -> None:
    chart = make_chart(tmp_path)
    hand = calls(lambda app: by_hand_eks.make_stack(app, chart))
    library = calls(lambda app: with_library_eks.make_stack(app, chart))

    assert library - hand <= AT_MOST_MORE_CALLS_ON_EKS


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
