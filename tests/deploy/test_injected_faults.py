"""A deployment that fails at any one of its resources settles, leaves nothing, and can be repeated."""

from collections.abc import Iterator

import pytest

from tests.aws.cloudformation.order import Order
from tests.aws.cloudformation.template import Json, Made
from tests.aws.emulator import Emulator
from tests.aws.front.errors import ResourceFailure
from tests.aws.types.handler import Handler, Request
from tests.thorough import rows, thorough

from .inventory import inventory
from .tools import create, delete, empty, failures, logical_ids

TYPES = (
    *("AWS::SageMaker::Cluster", "AWS::FSx::FileSystem", "Custom::CDKBucketDeployment"),
    *("AWS::EC2::NatGateway", "AWS::S3::BucketPolicy", "AWS::EC2::SecurityGroupIngress"),
)
DEPLOYED_AGAIN = 10
"""After one in so many faults the stack is created again."""


class Failing(Handler):
    """A type of which one resource cannot be created, or does not become stable."""

    def __init__(self, inner: Handler, name: str, *, late: bool) -> None:
        self._inner, self._name, self._late = inner, name, late

    def create(self, request: Request) -> Made:
        if request.logical_id == self._name and not self._late:
            raise ResourceFailure("injected")
        return self._inner.create(request)

    def settle(self, request: Request, made: Made) -> Made:
        made = self._inner.settle(request, made)
        if request.logical_id == self._name and self._late:
            raise ResourceFailure("injected")
        return made

    def before_deletion(self, request: Request, made: Made) -> None:
        self._inner.before_deletion(request, made)

    def delete(self, request: Request, made: Made) -> None:
        self._inner.delete(request, made)


@pytest.fixture(autouse=True)
def restored(account: Emulator) -> Iterator[None]:
    known = dict(account.cloudformation.handlers)
    yield
    dict.update(account.cloudformation.handlers, known)
    account.cloudformation.order = Order()


def fail_at(account: Emulator, template: Json, name: str, number: int) -> None:
    """Fails a creation at a resource, and deletes the stack."""
    before, handlers = inventory(account), account.cloudformation.handlers
    kind = template["Resources"][name]["Type"]
    inner = handlers[kind]
    account.cloudformation.order = Order(number)
    handlers[kind] = Failing(inner, name, late=number % 2 == 1)
    stack = create(account, "HyperPodSample", template)
    assert stack.status == "ROLLBACK_COMPLETE", (name, failures(stack))
    assert failures(stack)[0] == f"{name}: injected"
    assert delete(account, stack).status == "DELETE_COMPLETE", name
    assert inventory(account) == before, name
    handlers[kind] = inner


@pytest.mark.parametrize("kind", rows(TYPES, "AWS::SageMaker::Cluster", "AWS::EC2::NatGateway"))
def test_fault_leaves_nothing(account: Emulator, sample: Json, kind: str) -> None:
    name = logical_ids(sample, kind)[-1]
    fail_at(account, sample, name, TYPES.index(kind))


@thorough
def test_every_fault_leaves_nothing(account: Emulator, sample: Json) -> None:
    for number, name in enumerate(sample["Resources"]):
        fail_at(account, sample, name, number)
        if number % DEPLOYED_AGAIN == 0:
            deploy_again(account, sample)


def deploy_again(account: Emulator, template: Json) -> None:
    """Creates the stack that failed, and deletes it."""
    stack = create(account, "HyperPodSample", template)
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    assert delete(account, stack).status == "DELETE_COMPLETE", failures(stack)
    empty(account)
