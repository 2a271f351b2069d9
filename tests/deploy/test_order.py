"""Apps come up and go down in every order that their templates allow; `SEEDS=20` tries 20 orders of each."""

import os
from collections.abc import Callable, Iterator
from functools import cache

import aws_cdk as cdk
import pytest

from sample_app.training_stack import TrainingStack
from tests.aws.cloudformation.order import HASTY_TYPES, Order, ancestors
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.clusters.layouts import LAYOUTS
from tests.thorough import thorough

from .dependencies import SEEDS, stacks
from .tools import abandon, create, delete, empty, failures, prepare, publish, synthesize

NAMES = (
    *("two_stacks", "three_stacks", "shared_by_two_clusters", "shared_with_own_groups"),
    *("two_clusters_in_one_stack", "nested_stack"),
)
TRIED = int(os.environ.get("SEEDS", "1"))
"""How many seeds to try with each app; with one, it is another for each app."""
BY_DEFAULT = ("sample",)
CASES = [
    pytest.param(
        name, (index + number) % SEEDS, marks=() if name in BY_DEFAULT and number == 0 else thorough
    )
    for number in range(TRIED)
    for index, name in enumerate(("sample", *NAMES))
]


@pytest.fixture(scope="module")
def stacks_of(
    cloud: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], list[tuple[str, Json]]]:
    """The stacks of an app, in the order in which they need one another; its assets are there."""
    prepare(cloud)

    @cache
    def write(name: str) -> list[tuple[str, Json]]:
        def fill(app: cdk.App) -> None:
            stage = cdk.Stage(app, name.replace("_", "-"))
            if name in LAYOUTS:
                LAYOUTS[name](stage, cdk.Stack)
            else:
                TrainingStack(stage, "HyperPodSample")

        assembly = synthesize(tmp_path_factory.mktemp(name) / "cdk.out", fill)
        publish(cloud, assembly)
        return stacks(assembly / f"assembly-{name.replace('_', '-')}")

    return write


@pytest.fixture(autouse=True)
def clean(cloud: Emulator) -> Iterator[None]:
    yield
    abandon(cloud)
    cloud.cloudformation.order = Order()


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_app_comes_and_goes(
    cloud: Emulator, stacks_of: Callable[[str], list[tuple[str, Json]]], name: str, seed: int
) -> None:
    cloud.cloudformation.order = Order(seed)
    created = []
    for stack_name, template in stacks_of(name):
        stack = create(cloud, stack_name, template)
        assert stack.status == "CREATE_COMPLETE", failures(stack)
        created.append(stack)
    for stack in reversed(created):
        assert delete(cloud, stack).status == "DELETE_COMPLETE", failures(stack)
    empty(cloud)


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
        order = Order(seed, HASTY_TYPES)
        before = order.creation(edges, types).index("cluster")
        assert set(order.creation(edges, types)[:before]) == ancestors(edges, "cluster")
        after = order.deletion(edges, types).index("cluster")
        assert set(order.deletion(edges, types)[:after]) == {"c", "d", "e"}


def test_seeds_choose_orders_that_obey_the_edges() -> None:
    edges: dict[str, set[str]] = {"a": set(), "b": {"a"}, "c": {"a"}, "d": {"b", "c"}, "e": set()}
    types = dict.fromkeys(edges, "AWS::SNS::Topic")
    orders = [tuple(Order(seed).creation(edges, types)) for seed in range(SEEDS)]
    assert orders == [tuple(Order(seed).creation(edges, types)) for seed in range(SEEDS)]
    assert len(set(orders)) > SEEDS // 4
    for order in orders:
        for name, needed in edges.items():
            assert all(order.index(each) < order.index(name) for each in needed)
