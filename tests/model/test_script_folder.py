"""Folders of scripts: what nodes could not run, and when the digest changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hyperpod_constructs.model.script_folder import ScriptFolder
from tests.rules.examples.script_folders import (
    link_to_nothing,
    remove_entry_point,
    remove_shebang,
    write_crlf,
)


def codes(folder: ScriptFolder) -> dict[str, str]:
    return {problem.code: str(problem) for problem in folder.problems()}


def write_crlf_shebang(folder: Path) -> None:
    (folder / "helper").write_bytes(b"#!/bin/bash\r\necho hello\r\n")


@pytest.mark.parametrize(
    ("spoil", "code", "text"),
    [
        (remove_entry_point, "EntryPoint", "lifecycle_scripts.on_create: 'on_create.sh' does not"),
        (remove_shebang, "Shebang", "add '#!/bin/bash' as the first line"),
        (write_crlf, "CarriageReturn", "lifecycle_scripts['helper.sh']:"),
        (write_crlf_shebang, "CarriageReturn", "lifecycle_scripts['helper']:"),
        (link_to_nothing, "DanglingLink", "is a broken link"),
    ],
)
def test_fails_on_what_nodes_could_not_run(
    scripts: Path, spoil: Callable[[Path], None], code: str, text: str
) -> None:
    spoil(scripts)

    assert text in codes(ScriptFolder(path=scripts))[code]


def test_fails_without_the_folder(tmp_path: Path) -> None:
    found = codes(ScriptFolder(path=tmp_path / "no", overlay=tmp_path / "neither"))

    assert "neither' is not a directory" in found["ScriptFolder"]


def test_accepts_other_files_as_they_are(scripts: Path) -> None:
    (scripts / "data.bin").write_bytes(b"\r\n\x00")
    (scripts / "notes.txt").write_bytes(b"one\r\n")

    assert codes(ScriptFolder(path=scripts)) == {}


def test_an_overlay_replaces_and_adds(scripts: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    (overlay / "site").mkdir(parents=True)
    (overlay / "on_create.sh").write_text("#!/bin/sh\n")
    (overlay / "site" / "10-users.sh").write_text("#!/bin/sh\n")

    files = ScriptFolder(path=scripts, overlay=overlay).files

    assert files == {
        "on_create.sh": overlay / "on_create.sh",
        "site/10-users.sh": overlay / "site" / "10-users.sh",
    }


def test_an_overlay_is_judged_too(scripts: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "on_create.sh").write_bytes(b"#!/bin/sh\r\n")

    assert "CarriageReturn" in codes(ScriptFolder(path=scripts, overlay=overlay))


def test_links_are_followed(scripts: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "tool.sh").write_text("#!/bin/sh\n")
    (scripts / "linked").symlink_to(elsewhere, target_is_directory=True)

    assert "linked/tool.sh" in ScriptFolder(path=scripts).files


def edit(folder: Path) -> None:
    (folder / "on_create.sh").write_text("#!/bin/bash\nexit 1\n")


def add(folder: Path) -> None:
    (folder / "new").write_text("")


def rename(folder: Path) -> None:
    (folder / "on_create.sh").rename(folder / "other.sh")


@pytest.mark.parametrize("change", [edit, add, rename])
def test_the_digest_changes_with_the_content(scripts: Path, change: Callable[[Path], None]) -> None:
    before = ScriptFolder(path=scripts).digest()

    change(scripts)

    assert ScriptFolder(path=scripts).digest() != before


def test_the_digest_does_not_know_times_places_and_compiled_files(
    scripts: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    (copy / "__pycache__").mkdir(parents=True)
    (copy / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"1")
    (copy / "on_create.sh").write_bytes((scripts / "on_create.sh").read_bytes())
    (copy / ".DS_Store").write_bytes(b"1")
    (copy / ".mypy_cache" / "3.11").mkdir(parents=True)
    (copy / ".mypy_cache" / "3.11" / "on_create.json").write_bytes(b"1")

    assert ScriptFolder(path=scripts).digest() == ScriptFolder(path=copy).digest()
