"""The sample app comes up and goes down in every order that its template allows."""

import os

import pytest

from tests.aws.cloudformation.order import Order, ancestors
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator

from .tools import create, delete, empty, failures

HASTY = (
    ("AWS::SageMaker::Cluster", "Custom::CDKBucketDeployment"),
    ("Custom::CDKBucketDeployment", "AWS::Lambda::Function"),
    ("AWS::EC2::NatGateway", "AWS::EC2::Route", "AWS::SageMaker::Cluster"),
    (),
)


SEEDS = int(os.environ.get("SEEDS", len(HASTY)))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_sample_comes_and_goes(account: Emulator, sample: Json, seed: int) -> None:
    account.cloudformation.order = Order(seed, HASTY[seed % len(HASTY)])
    stack = create(account, "HyperPodSample", sample)
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    assert delete(account, stack).status == "DELETE_COMPLETE", failures(stack)
    empty(account)


def test_cluster_starts_with_nothing_but_what_it_needs() -> None:
    edges: dict[str, set[str]] = {
        "a": set(),
        "b": {"a"},
        "cluster": {"b"},
        "c": set(),
        "d": {"c"},
        "e": set(),
    }
    types = dict.fromkeys(edges, "AWS::SNS::Topic") | {"cluster": "AWS::SageMaker::Cluster"}
    for seed in range(5):
        order = Order(seed)
        before = order.creation(edges, types).index("cluster")
        assert set(order.creation(edges, types)[:before]) == ancestors(edges, "cluster")
        after = order.deletion(edges, types).index("cluster")
        assert set(order.deletion(edges, types)[:after]) == {"c", "d", "e"}
    assert len({tuple(Order(seed).creation(edges, types)) for seed in range(9)}) > 1
