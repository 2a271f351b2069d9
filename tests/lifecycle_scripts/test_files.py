import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PRETENDED, SCRIPTS

BASH = sorted([*SCRIPTS.glob("*.sh"), *Path(__file__).parent.glob("*.sh")])
FILES = sorted(path for path in SCRIPTS.rglob("*") if path.is_file() and path.suffix != ".pyc")

every_bash_script = pytest.mark.parametrize("path", BASH, ids=lambda path: path.name)


def test_there_are_scripts() -> None:
    assert {path.name for path in BASH} > {"on_create.sh", "start_slurmd.sh"}


@every_bash_script
def test_bash_script_can_be_run(path: Path) -> None:
    assert path.read_bytes().startswith(b"#!/bin/bash\n")
    assert os.access(path, os.X_OK)
    bash = shutil.which("bash")
    assert bash is not None
    subprocess.run([bash, "-n", path], check=True)


def test_shellcheck() -> None:
    beside_python = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    shellcheck = shutil.which("shellcheck", path=beside_python)
    if shellcheck is None:
        pytest.skip("shellcheck is not installed here")

    result = subprocess.run([shellcheck, *BASH], capture_output=True, text=True, check=False)

    assert result.stdout == ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_has_no_carriage_return(path: Path) -> None:
    assert b"\r" not in path.read_bytes()


def test_every_pretended_command_is_a_command_of_the_scripts() -> None:
    text = "".join(path.read_text() for path in FILES if path.suffix in {".py", ".sh"})

    assert [command for command in PRETENDED if command not in text] == []
