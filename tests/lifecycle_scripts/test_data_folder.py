"""Folders of root on disks that users can write."""

import sys
from importlib import import_module
from pathlib import Path

import pytest


@pytest.mark.parametrize("root", ["", "x"])
def test_data_folder_of_a_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    """Nodes have no folder that stands in for their root."""
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", root and str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["make_data_folder.py", f"{tmp_path}/docker", "0711"])

    import_module("make_data_folder").main()

    assert (tmp_path / "docker").stat().st_mode & 0o7777 == 0o711
