"""Errors of commands have stable codes: a command for each of them."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.command_line.explain.command import RULES
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.operations.preflight.checks import CHECKS

from . import error_page
from .live import NAME, NOTHING, Live

GROUP = {"InstanceGroupName": "gpu", "InstanceType": "ml.m5.xlarge", "InstanceCount": 1}
ALONE: Mapping[str, tuple[str, ...]] = {
    "ArgumentInvalid": ("capacity",),
    "ClusterInvalid": ("cost", "wrong.json", "--region", "us-west-2", "--url", "PRICES"),
    "CodeUnknown": ("explain", "Nothing"),
    "ExtraMissing": ("nodes", NAME),
    "FileContent": ("check", "other.json"),
    "FileUnreadable": ("describe", "none.json"),
    "FileUnwritable": ("check", "right.json", "--output", "none/report"),
    "PricesMissing": ("prices", "--region", "us-west-2", "--url", "http://example.com"),
}
"""Commands that require no account."""
LIVE: Mapping[str, tuple[str, ...]] = {
    "AccessDenied": ("nodes", NAME),
    "ConfirmationMissing": ("replace", NAME, "gpu/0"),
    "ConnectionFailed": ("nodes", NAME),
    "CredentialsMissing": ("nodes", NAME, "--profile", "none"),
    "GroupUnknown": ("scale", NAME, "cpu", "1"),
    "LogMissing": ("logs", NAME, "gpu/0"),
    "NodeUnknown": ("logs", NAME, "gpu/9"),
    "PluginMissing": ("connect", NAME, "gpu/0"),
    "RegionMissing": ("nodes", NAME),
    "ServiceRefusal": ("nodes", "other"),
    "WaitTimeout": ("replace", NAME, "gpu/0", "--yes", "--wait", "--timeout", "0"),
}
"""Commands for a cluster."""
BEFORE: Mapping[str, Callable[[Live], object]] = {
    "AccessDenied": lambda live: live.as_role("nobody", [NOTHING]),
    "ConnectionFailed": lambda live: live.more.update(AWS_ENDPOINT_URL="http://localhost:1"),
    "PluginMissing": lambda live: (live.folder / "bin" / "session-manager-plugin").unlink(),
    "RegionMissing": lambda live: live.more.update(AWS_REGION="", AWS_DEFAULT_REGION=""),
}
"""What is done first."""
PARSED = {
    "no command": (),
    "an unknown command": ("node",),
    "a missing argument": ("nodes",),
    "a wrong number": ("scale", NAME, "gpu", "many"),
    "no nodes at a time": ("update-software", NAME, "--batch-size", "0"),
    "no time between requests": ("nodes", NAME, "--watch", "--interval", "0"),
    "a negative time": ("replace", NAME, "gpu/0", "--timeout=-1"),
    "no time": ("events", NAME, "--hours", "soon"),
    "endless time": ("run", NAME, "gpu", "--timeout", "inf", "--", "true"),
    "a wrong choice": ("logs", NAME, "gpu/0", "--stream", "none"),
    "a wrong date": ("capacity", "--type", "ml.p5.48xlarge", "--after", "soon"),
    "a wrong rate": ("cost", "cdk.out", "--rate", "NAT=1"),
    "a wrong tag": ("policies", "viewer", "--tag", "team"),
    "options that exclude one another": ("policies", "viewer", "--eks-cluster", "x"),
}


def test_each_code_has_a_command() -> None:
    assert {*ALONE, *LIVE} == {*map(str, ErrorCode)}


def test_codes_are_not_those_of_rules_or_checks() -> None:
    others = {*json.loads(RULES.read_text()), *(each.code for each in CHECKS)}

    assert not others & {*map(str, ErrorCode)}


def test_the_page_of_errors_is_up_to_date() -> None:
    assert error_page.PAGE.read_text() == error_page.text()


@pytest.mark.parametrize("code", ALONE)
def test_a_command_without_an_account_fails_with_the_code(
    code: str,
    price_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if code == "ExtraMissing":
        monkeypatch.setitem(sys.modules, "boto3", None)
    (tmp_path / "right.json").write_text(json.dumps({"InstanceGroups": [GROUP]}))
    (tmp_path / "wrong.json").write_text(json.dumps({"ClusterName": "x", "InstanceGroups": "none"}))
    (tmp_path / "other.json").write_text("{}")

    status = main([price_url if each == "PRICES" else each for each in ALONE[code]])

    assert status == 2
    assert ends_with(code, capsys.readouterr().err)


@pytest.mark.parametrize("code", LIVE)
def test_a_command_for_a_cluster_fails_with_the_code(live: Live, code: str) -> None:
    if code in BEFORE:
        BEFORE[code](live)

    done = live.run(*LIVE[code], status=2)

    assert ends_with(code, done.err)


@pytest.mark.parametrize("case", PARSED)
def test_wrong_arguments_have_a_code(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status: object = main(list(PARSED[case]))
    except SystemExit as stop:
        status = stop.code

    assert status == 2
    assert re.search(r" \([A-Z][A-Za-z]+\)\n\Z", capsys.readouterr().err)


def ends_with(code: str, text: str) -> bool:
    """Whether the last line ends with a code."""
    return text.endswith(f" ({code})\n")
