"""The function that creates or adopts the log group of a cluster."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hyperpod_constructs.observability.log_group import HANDLER, RETENTION_DAYS
from tests.aws.runtime import cfnresponse

GROUP = "/aws/sagemaker/Clusters/training/abcdefghijkl"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
LIMIT_OF_INLINE_CODE = 4096
Answers = list[tuple[str, str, str | None]]


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module as Lambda runs it."""
    monkeypatch.setitem(sys.modules, "cfnresponse", cfnresponse)
    module = importlib.import_module("hyperpod_constructs.observability.prepare_log_group")
    monkeypatch.setattr(module, "SECONDS_BETWEEN_ATTEMPTS", 0)
    return module


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given: Answers = []

    def send(
        _event: object, _context: object, status: str, _data: object, name: str, reason: str | None
    ) -> None:
        given.append((status, name, reason))

    monkeypatch.setattr(cfnresponse, "send", send)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "emulator")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "emulator")
    return given


@pytest.fixture
def logs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("logs")


def properties(days: str = "30", key: str = "", name: str = GROUP) -> dict[str, str]:
    return {"LogGroupName": name, "RetentionInDays": days, "KmsKeyArn": key}


def ask(function: Any, kind: str, new: dict[str, str], old: dict[str, str] | None = None) -> None:
    event: dict[str, Any] = {"RequestType": kind, "ResourceProperties": new}
    function.handler(event if old is None else {**event, "OldResourceProperties": old}, None)


def days_of(logs: Any) -> int | None:
    (group,) = logs.describe_log_groups()["logGroups"]
    found: int | None = group.get("retentionInDays")
    return found


def test_creates_the_log_group(function: Any, logs: Any, answers: Answers) -> None:
    ask(function, "Create", properties())

    assert days_of(logs) == 30
    assert answers == [("SUCCESS", GROUP, None)]


def test_adopts_the_one_that_hyperpod_has_created(
    function: Any, logs: Any, answers: Answers
) -> None:
    logs.create_log_group(logGroupName=GROUP)
    ask(function, "Create", properties())

    assert days_of(logs) == 30
    assert answers == [("SUCCESS", GROUP, None)]


def test_changes_the_retention(function: Any, logs: Any) -> None:
    ask(function, "Create", properties())
    ask(function, "Update", properties("0"), properties())

    assert days_of(logs) is None


def test_keeps_the_log_group_on_deletion(function: Any, logs: Any, answers: Answers) -> None:
    ask(function, "Create", properties())
    ask(function, "Delete", properties())

    assert days_of(logs) == 30
    assert [status for status, _, _ in answers] == ["SUCCESS", "SUCCESS"]


class Recorder:
    """A client that fails at first, and records the calls that succeed."""

    def __init__(self, *failures: str) -> None:
        self.calls: list[str] = []
        self.exceptions = boto3.client("logs").exceptions
        self._failures = list(failures)

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> None:
            if self._failures:
                raise ClientError({"Error": {"Code": self._failures.pop(0)}}, name)
            self.calls.append(f"{name} {arguments.get('kmsKeyId', '')}".strip())

        return call


@pytest.mark.parametrize(
    ("new", "old", "call"),
    [
        (properties(key=KEY), None, f"associate_kms_key {KEY}"),
        (properties(key=KEY), properties(), f"associate_kms_key {KEY}"),
        (properties(), properties(key=KEY), "disassociate_kms_key"),
        (properties(), properties(key=KEY, name="/other"), None),
        (properties(), properties(), None),
    ],
)
def test_sets_the_key(
    function: Any,
    monkeypatch: pytest.MonkeyPatch,
    new: dict[str, str],
    old: dict[str, str] | None,
    call: str | None,
) -> None:
    recorder = Recorder()
    monkeypatch.setattr(function.boto3, "client", lambda _: recorder)
    ask(function, "Create" if old is None else "Update", new, old)

    assert [each for each in recorder.calls if "kms" in each] == ([call] if call else [])


def test_waits_for_the_permissions_of_a_new_role(
    function: Any, monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    recorder = Recorder("AccessDeniedException", "AccessDeniedException")
    monkeypatch.setattr(function.boto3, "client", lambda _: recorder)
    ask(function, "Create", properties())

    assert recorder.calls == ["create_log_group", "put_retention_policy"]
    assert answers == [("SUCCESS", GROUP, None)]


@pytest.mark.parametrize(
    "failures", [["AccessDeniedException"] * 12, ["InvalidParameterException"]]
)
def test_says_what_is_wrong(
    function: Any, monkeypatch: pytest.MonkeyPatch, answers: Answers, failures: list[str]
) -> None:
    recorder = Recorder(*failures)
    monkeypatch.setattr(function.boto3, "client", lambda _: recorder)
    ask(function, "Create", properties())

    ((status, name, reason),) = answers
    assert (status, name) == ("FAILED", GROUP)
    assert reason is not None
    assert failures[-1] in reason
    assert recorder.calls == []


def test_fits_inline() -> None:
    assert len(HANDLER.read_text()) <= LIMIT_OF_INLINE_CODE


def test_knows_the_days_of_every_retention() -> None:
    from aws_cdk import aws_logs

    members = {member.name for member in aws_logs.RetentionDays}
    documented = {
        *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557),
        *(2922, 3288, 3653),
    }

    assert members == RETENTION_DAYS.keys()
    assert set(RETENTION_DAYS.values()) == {0, *documented}
