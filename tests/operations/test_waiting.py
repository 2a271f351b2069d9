"""What is missing before a change of nodes is complete."""

from typing import Any

import pytest

from hyperpod_constructs.operations.live_cluster import Node
from hyperpod_constructs.operations.waiting import Goal


def node(instance_id: str, status: str = "Running", **more: Any) -> Node:
    summary = {
        "InstanceGroupName": "gpu",
        "InstanceId": instance_id,
        "InstanceStatus": {"Status": status},
        **more,
    }
    return Node(int(instance_id[2:]), summary)


@pytest.mark.parametrize(
    ("goal", "nodes", "seen", "missing"),
    [
        (Goal({"gpu": 1}), [node("i-0")], (), []),
        (Goal({"gpu": 1}), [node("i-0", "Pending")], (), ["gpu/0 is Pending"]),
        (Goal({"gpu": 2}), [node("i-0")], (), ["group gpu has 1 of 2 nodes"]),
        (Goal({"gpu": 0}), [node("i-0")], (), ["group gpu has 1 of 0 nodes"]),
        (Goal({"gpu": 1}, gone=["i-0"]), [node("i-0")], (), ["gpu/0 is not replaced yet"]),
        (Goal({"gpu": 1}, gone=["i-0"]), [node("i-1")], (), []),
        (
            Goal({"gpu": 1}, restarted=["i-0"]),
            [node("i-0")],
            (),
            ["gpu/0 was not seen to leave Running"],
        ),
        (Goal({"gpu": 1}, restarted=["i-0"]), [node("i-0")], ["i-0"], []),
        (Goal({"gpu": 1}, updated={"i-0": None}), [node("i-0")], (), ["gpu/0 is not updated yet"]),
        (
            Goal({"gpu": 1}, updated={"i-0": 1}),
            [node("i-0", LastSoftwareUpdateTime=1)],
            (),
            ["gpu/0 is not updated yet"],
        ),
        (Goal({"gpu": 1}, updated={"i-0": 1}), [node("i-0", LastSoftwareUpdateTime=2)], (), []),
    ],
)
def test_says_what_is_missing(
    goal: Goal, nodes: list[Node], seen: tuple[str, ...], missing: list[str]
) -> None:
    assert goal.missing(nodes, seen) == missing
