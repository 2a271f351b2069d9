"""What a refused call reports."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp

from .stacks import make_cluster


def said(make: Callable[[], object]) -> list[str]:
    """The problems, a line each."""
    with pytest.raises(hp.ValidationError) as caught:
        make()
    return str(caught.value).splitlines()


def said_of(stack: cdk.Stack, **arguments: Any) -> list[str]:
    """The problems of a cluster."""
    return said(lambda: make_cluster(stack, **arguments))
