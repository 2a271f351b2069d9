"""The picture of the Slurm dashboard is current."""

import json

import pytest

from .grafana_picture import BOARD, COMMAND, PICTURE, RECORDING, picture
from .panels import panels


def test_is_current() -> None:
    if PICTURE.read_text(encoding="utf-8") != picture():
        pytest.fail(f"docs/images/grafana-slurm.svg is not what was recorded: run {COMMAND}")


def test_each_panel_was_recorded() -> None:
    recorded = json.loads(RECORDING.read_text(encoding="utf-8"))
    assert all(recorded[panel["title"]] for panel in panels(BOARD))
