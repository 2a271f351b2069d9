"""Folders of scripts: what nodes could not run, and when the digest changes."""

import errno
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.model.script_folder import ScriptFolder
from tests.rules.examples.script_folders import (
    link_to_nothing,
    remove_entry_point,
    remove_shebang,
    write_crlf,
)
from tests.synth import ROOT


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


def loop(folder: Path) -> None:
    (folder / "first").symlink_to(folder, target_is_directory=True)
    (folder / "second").symlink_to(folder, target_is_directory=True)


def device(folder: Path) -> None:
    (folder / "zero.sh").symlink_to("/dev/zero")


def socket_file(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))


def odd_name(folder: Path) -> None:
    (folder / os.fsdecode(b"a\xff.sh")).write_text("")


def unreadable(folder: Path) -> None:
    (folder / "memory").symlink_to("/proc/self/mem")


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (loop, "lifecycle_scripts['first']: '{}/first' is a link to a folder that contains it;"),
        (loop, "lifecycle_scripts['second']: '{}/second' is a link to a folder that contains it;"),
        (device, "lifecycle_scripts['zero.sh']: '{}/zero.sh' is a device, pipe or socket,"),
        (socket_file, "lifecycle_scripts['s']: '{}/s' is a device, pipe or socket,"),
        (odd_name, r"lifecycle_scripts['a\udcff.sh']: '{}/a\udcff.sh' is a name that is not valid"),
        (unreadable, "lifecycle_scripts['memory']: '{}/memory' cannot be read: Input/output error"),
    ],
)
def test_fails_on_what_cannot_be_uploaded(
    tmp_path: Path, spoil: Callable[[Path], None], text: str
) -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp")) if spoil is socket_file else tmp_path
    (folder / "on_create.sh").write_text("#!/bin/bash\n")
    spoil(folder)

    problems = [str(problem) for problem in ScriptFolder(path=folder).problems()]

    assert any(each.startswith(text.replace("{}", folder.as_posix())) for each in problems)


@pytest.mark.parametrize("name", ["", "inner", "inner/file"])
def test_fails_on_what_it_may_not_read(
    scripts: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (scripts / "inner").mkdir()
    (scripts / "inner" / "file").write_text("")
    original = {each: getattr(Path, each) for each in ("iterdir", "open")}

    def refuse(method: str) -> Callable[..., Any]:
        def call(path: Path, *args: Any) -> Any:
            if path == scripts / name:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return original[method](path, *args)

        return call

    for method in original:
        monkeypatch.setattr(Path, method, refuse(method))

    assert (
        "cannot be read: Permission denied" in codes(ScriptFolder(path=scripts))["ScriptUnreadable"]
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".env", "PASSWORD=x"),
        (".env.production", "PASSWORD=x"),
        ("keys/id_ed25519", "x"),
        (".aws/config", "x"),
        ("key.pem", "-----BEGIN RSA PRIVATE KEY-----"),
        ("site/10.sh", "#!/bin/bash\nexport AWS_SECRET_ACCESS_KEY=abc\n"),
    ],
)
def test_warns_of_secrets(scripts: Path, name: str, content: str) -> None:
    (scripts / name).parent.mkdir(exist_ok=True)
    (scripts / name).write_text(content)

    (problem,) = ScriptFolder(path=scripts).problems()

    assert (problem.code, problem.severity) == ("SecretInScripts", hp.Severity.WARNING)
    assert problem.path == f"lifecycle_scripts[{name!r}]"
    assert content not in str(problem)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".env.example", "PASSWORD="),
        ("ca.pem", "-----BEGIN CERTIFICATE-----"),
        ("id_rsa.pub", "ssh-rsa AAAA"),
        ("environment.sh", "aws_secret_access_key=\n"),
        (".git/config", "x"),
    ],
)
def test_does_not_warn_of_what_is_public(scripts: Path, name: str, content: str) -> None:
    (scripts / name).parent.mkdir(exist_ok=True)
    (scripts / name).write_text(content)

    assert codes(ScriptFolder(path=scripts)) == {}


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (
            ["sites/a.sh"],
            "/sites' looks like site, and nodes would not run the scripts in it; rena",
        ),
        (["Site/a.sh"], "/Site' looks like site"),
        (["prologs.d/a.sh"], "/prologs.d' looks like prolog.d"),
        (["epilog/a.sh"], "/epilog' looks like epilog.d"),
        (["site/a.py", "site/inner/b.sh"], "/site' has no file of the form site/*.sh"),
    ],
)
def test_warns_of_scripts_of_an_overlay_that_do_not_run(
    tmp_path: Path, files: list[str], text: str
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("#!/bin/bash\n")

    (problem,) = ScriptFolder(path=ROOT / "lifecycle_scripts", overlay=tmp_path).problems()

    assert f"lifecycle_scripts.overlay: '{tmp_path}{text}" in str(problem)
    assert problem.severity is hp.Severity.WARNING


def test_warns_of_the_inner_folder_in_place_of_the_overlay(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "10-a.sh").write_text("#!/bin/bash\n")

    (problem,) = ScriptFolder(path=ROOT / "lifecycle_scripts", overlay=tmp_path / "site").problems()

    assert problem.fix == "pass the folder around it"


@pytest.mark.parametrize("name", ["site/a.sh", "prolog.d/a", "data/a.sh", "on_create.sh"])
def test_does_not_warn_of_other_overlays(scripts: Path, tmp_path: Path, name: str) -> None:
    overlay = tmp_path / "overlay"
    (overlay / name).parent.mkdir(parents=True)
    (overlay / name).write_text("#!/bin/bash\n")

    assert codes(ScriptFolder(path=ROOT / "lifecycle_scripts", overlay=overlay)) == {}
    assert codes(ScriptFolder(path=scripts, overlay=overlay)) == {}
