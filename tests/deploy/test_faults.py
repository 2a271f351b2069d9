"""Whatever goes wrong in the emulator ends a deployment, says so, and fails the test."""

from collections.abc import Iterator

import pytest

from tests.aws.cloudformation.template import Json, Made
from tests.aws.emulator import Emulator
from tests.aws.faults import TITLE
from tests.aws.types.handler import Handler, Request

from .tools import create, delete, update

KIND = "AWS::SNS::Topic"
OTHER = {"Type": "AWS::SQS::Queue"}
FAULTY = {"Type": KIND, "Properties": {"DisplayName": "x"}, "DependsOn": "Other"}


class Faulty(Handler):
    """A topic of which one step goes wrong."""

    def __init__(self, step: str) -> None:
        self._step = step

    def _maybe(self, step: str) -> None:
        if step == self._step:
            raise ZeroDivisionError(step)

    def create(self, request: Request) -> Made:  # noqa: ARG002
        self._maybe("create")
        return Made("topic")

    def settle(self, request: Request, made: Made) -> Made:  # noqa: ARG002
        self._maybe("settle")
        return made

    def replaces(self, old: Json, new: Json) -> bool:  # noqa: ARG002
        self._maybe("replaces")
        return False

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        self._maybe("update")
        return made

    def before_deletion(self, request: Request, made: Made) -> None:  # noqa: ARG002
        self._maybe("before_deletion")

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        self._maybe("delete")


def of(name: str) -> Json:
    return {
        "Resources": {"Other": OTHER, "F": {**FAULTY, "Properties": {"DisplayName": name}}},
        "Outputs": {"O": {"Value": {"Ref": "F"}}},
    }


@pytest.fixture(autouse=True)
def clean(cloud: Emulator) -> Iterator[None]:
    known = dict(cloud.cloudformation.handlers)
    yield
    dict.update(cloud.cloudformation.handlers, known)
    cloud.forget()


STEPS = {
    "create": "ROLLBACK_COMPLETE",
    "settle": "ROLLBACK_COMPLETE",
    "update": "UPDATE_ROLLBACK_COMPLETE",
    "before_deletion": "DELETE_FAILED",
    "delete": "DELETE_FAILED",
}


@pytest.mark.parametrize("step", STEPS)
def test_fault_ends_the_operation(cloud: Emulator, step: str) -> None:
    cloud.cloudformation.handlers[KIND] = Faulty(step)
    stack = create(cloud, "S", of("one"))
    if step == "update":
        stack = update(cloud, "S", of("two"))
    if step in {"before_deletion", "delete"}:
        stack = delete(cloud, stack)
    assert stack.status == STEPS[step]
    (fault,) = cloud.faults.take()
    assert fault.startswith(TITLE)
    assert f"ZeroDivisionError: {step}" in fault
    told = [event["ResourceStatusReason"] for event in stack.events]
    assert fault in told


def test_fault_before_the_operation_is_an_answer(cloud: Emulator) -> None:
    cloud.cloudformation.handlers[KIND] = Faulty("replaces")
    create(cloud, "S", of("one"))
    with pytest.raises(Exception, match="InternalFailure"):
        update(cloud, "S", of("two"))
    assert "ZeroDivisionError: replaces" in cloud.faults.take()[0]


def test_fault_of_a_service_is_noted(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.sns.models import SNSBackend

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SNSBackend, "list_topics", broken)
    with pytest.raises(Exception, match="InternalFailure"):
        cloud.cloud.client("sns").list_topics()
    assert "ZeroDivisionError" in cloud.faults.take()[0]


def test_answer_of_aws_is_no_fault(cloud: Emulator) -> None:
    beyond = {"Fn::Select": [1, [{"Ref": "Other"}]]}
    stack = create(cloud, "S", of("one") | {"Outputs": {"O": {"Value": beyond}}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "nonexistent value at index 1" in str(
        [event["ResourceStatusReason"] for event in stack.events]
    )
    assert cloud.faults.take() == []
