"""The picture of the dashboard is current."""

import pytest

from .dashboard_picture import COMMAND, PICTURE, picture


def test_is_current() -> None:
    if PICTURE.read_text(encoding="utf-8") != picture():
        pytest.fail(f"docs/images/dashboard.svg is not what the dashboard is: run {COMMAND}")
