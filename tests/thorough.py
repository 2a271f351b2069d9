"""What `make test` leaves to `make thorough`: more of a kind that it tries already."""

import os
from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet

EVERY_FAULT = os.environ.get("FAULTS") == "all"
"""Whether to try everything, which takes minutes, and not some of each kind."""

thorough = pytest.mark.thorough
WITH_CLI_IF_THOROUGH = [thorough] if EVERY_FAULT else []
"""Marks of modules whose stacks the CDK CLI deploys if everything is tried."""


def rows(everything: Iterable[object], *default: object) -> list[ParameterSet]:
    """Rows of a test, of which `make test` tries some.

    Args:
        everything: The rows.
        default: Those that `make test` tries.

    Raises:
        ValueError: A row by default is none of the rows.
    """
    found = list(everything)
    if unknown := [row for row in default if row not in found]:
        message = f"unknown rows: {unknown}"
        raise ValueError(message)
    return [pytest.param(row, marks=() if row in default else thorough) for row in found]
