"""Codes at the command line: `python -m hyperpod_constructs explain`."""

import subprocess
import sys

import pytest

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.command_line.explain import command


def test_prints_the_rule_of_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "(homenotshared)", "ClusterName"]) == 0

    home, name = capsys.readouterr().out.split("\n\n")
    assert home.splitlines()[:3] == [
        "HomeNotShared (warning)",
        "A specified home directory should be on a file system that the nodes share.",
        "Basis: this library",
    ]
    assert name.splitlines()[3].startswith("Source: https://docs.aws.amazon.com/")
    assert name.splitlines()[4].startswith("Example: cluster_name: ")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("HomeNotShard", "HomeNotShard: is not a code; did you mean HomeNotShared?"),
        ("7", "7: is not a code"),
    ],
)
def test_fails_on_an_unknown_code(capsys: pytest.CaptureFixture[str], code: str, text: str) -> None:
    assert main(["explain", code]) == 2
    assert capsys.readouterr().err == f"hyperpod-constructs: {text} (CodeUnknown)\n"


def test_prints_a_check_of_the_command_preflight(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "S3Reachable"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "S3Reachable (preflight check)"
    assert lines[1].startswith("Nodes must reach Amazon S3,")
    assert lines[3].startswith("Source: https://docs.aws.amazon.com/")
    assert len(lines) == 4


def test_prints_the_meaning_of_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "(nodeunknown)"]) == 0
    assert capsys.readouterr().out == (
        "NodeUnknown (error of a command)\n"
        "The cluster has no such node. nodes lists them.\n"
        "Basis: command line\n"
    )


def test_an_interrupt_ends_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_text", interrupt)

    assert main(["explain", "ClusterName"]) == 130
    assert capsys.readouterr().err == "\nhyperpod-constructs: interrupted\n"


def test_a_closed_pipe_ends_without_a_traceback() -> None:
    program = [sys.executable, "-m", "hyperpod_constructs", "explain", *["ClusterName"] * 2000]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()

    assert (process.returncode, err) == (141, b"")
