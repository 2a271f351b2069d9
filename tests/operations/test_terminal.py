"""What commands print on terminals of 80 and 140 columns: no word and no link is cut."""

import io
import os
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

import pytest

from hyperpod_constructs.command_line.operate.printing import print_table, say, tell

DIFF = ("EFFECT", "PROPERTY", "CLUSTER", "TEMPLATE")
CHANGES = [
    ("rejected: group must be renamed", "InstanceGroups[gpu].InstanceType", "ml.p4d", "ml.p5"),
    ("new nodes only", "InstanceGroups[controller].InstanceStorageConfigs", "-", "[500]"),
]
NODES = ("NODE", "INSTANCE", "STATE", "TYPE", "LAUNCHED", "MESSAGE")
NODE = ("gpu/0", "i-0123456789abcdef0", "Failure", "ml.p5.48xlarge", "2026-11-27 15:56")
MESSAGE = "Lifecycle scripts did not run successfully. Ensure the scripts exist in provided S3 path"
DRIFT = (
    "If a CloudFormation stack manages the cluster, its template still has the old number of nodes"
)


class Terminal(io.StringIO):
    """Output that a terminal shows."""

    def isatty(self) -> bool:
        return True


def on_terminal(width: int, write: Callable[[], None]) -> list[str]:
    """The lines that a terminal of a width shows."""
    terminal = Terminal()
    with (
        patch.dict(os.environ, COLUMNS=str(width), TERM="xterm"),
        redirect_stdout(terminal),
        redirect_stderr(terminal),
    ):
        write()
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    return [line.rstrip() for line in shown.splitlines()]


@pytest.fixture(params=[80, 140])
def width(request: pytest.FixtureRequest) -> int:
    """The width of a terminal."""
    found: int = request.param
    return found


def test_rows_that_do_not_fit_are_records(width: int) -> None:
    lines = on_terminal(width, lambda: print_table(DIFF, CHANGES))

    if width == 80:
        assert lines == [
            "rejected: group must be renamed",
            "  PROPERTY  InstanceGroups[gpu].InstanceType",
            "  CLUSTER   ml.p4d",
            "  TEMPLATE  ml.p5",
            "new nodes only",
            "  PROPERTY  InstanceGroups[controller].InstanceStorageConfigs",
            "  CLUSTER   -",
            "  TEMPLATE  [500]",
        ]
    else:
        assert [line.split()[0] for line in lines] == ["EFFECT", "rejected:", "new"]


def test_narrow_terminals_omit_columns_and_wrap_the_last_one(width: int) -> None:
    optional = ("TYPE", "LAUNCHED")

    head, *lines = on_terminal(
        width, lambda: print_table(NODES, [(*NODE, MESSAGE)], optional=optional)
    )

    assert ("TYPE" in head) is (width == 140)
    assert all(len(line) <= width for line in lines)
    assert " ".join(line[head.index("MESSAGE") :].strip() for line in lines) == MESSAGE


@pytest.mark.parametrize("write", [say, tell])
def test_sentences_are_wrapped_between_words(width: int, write: Callable[[str], None]) -> None:
    lines = on_terminal(width, lambda: write(DRIFT))

    assert all(len(line) <= width for line in lines)
    assert " ".join(line.strip() for line in lines).endswith(DRIFT)
    assert len(lines) == (2 if width == 80 else 1)


def test_a_pipe_receives_a_sentence_as_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say(DRIFT * 2)

    assert capsys.readouterr().out == f"{DRIFT * 2}\n"
