"""`nodes` and `events`: what is there, and what happened."""

import json
import signal
import time
from typing import IO

import pytest

from .live import NAME, Live


def test_lists_nodes_by_group_and_age(live: Live) -> None:
    done = live.run("nodes", NAME)

    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["NODE", "INSTANCE", "STATE", "TYPE", "LAUNCHED", "IMAGE", "IMAGE", "STATUS"]
    assert [line[0] for line in lines[1:]] == ["controller/0", "gpu/0", "gpu/1", "gpu/2"]
    assert sorted(line[1] for line in lines[2:]) == sorted(live.ids())
    assert done.err == "4 nodes: 4 Running\n"


def test_lists_all_pages(live: Live) -> None:
    live.run("scale", NAME, "gpu", "250")

    assert len(live.run("nodes", NAME, "--json").json["Nodes"]) == 251


def test_accepts_the_arn_and_a_group(live: Live) -> None:
    found = live.run("nodes", live.arn, "--group", "gpu", "--json").json["Nodes"]

    assert [node["Name"] for node in found] == ["gpu/0", "gpu/1", "gpu/2"]
    assert found[0]["InstanceStatus"] == {"Status": "Running"}


def test_lists_failing_nodes_with_the_reason(live: Live) -> None:
    assert live.run("nodes", NAME, "--failing").err == "0 of 4 nodes are failing\n"
    live.emulator.clusters.break_node(NAME, live.ids()[1], "GPU fell off the bus")

    done = live.run("nodes", NAME, "--failing", status=1)

    assert live.ids()[1] in done.out
    assert done.out.rstrip().endswith("GPU fell off the bus")
    assert done.err == "1 of 4 nodes is failing: 1 Failure\n"


def test_reports_changes_until_interrupted(live: Live) -> None:
    process = live.start("nodes", NAME, "--watch", "--interval", "0.2")
    time.sleep(4)
    live.emulator.clusters.break_node(NAME, live.ids()[0], "disk is full")
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert f"{live.ids()[0]}: Running -> Failure (disk is full)" in err
    assert err.endswith("nodes: interrupted\n")


def test_reports_changes_in_json(live: Live) -> None:
    process = live.start("nodes", NAME, "--watch", "--json", "--interval", "0.2")
    assert process.stdout is not None
    assert json.loads(read_object(process.stdout))["Nodes"]
    live.emulator.clusters.break_node(NAME, live.ids()[0], "disk is full")
    change = json.loads(read_object(process.stdout))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert change == {
        "Name": "gpu/0",
        "InstanceId": live.ids()[0],
        "Before": "Running",
        "After": "Failure",
        "Message": "disk is full",
    }


def read_object(lines: IO[str]) -> str:
    """The text of one JSON object of several lines."""
    text = ""
    for line in lines:
        text += line
        if line == "}\n":
            break
    return text


def test_lists_events(live: Live) -> None:
    live.emulator.clusters.break_node(NAME, live.ids()[0], "disk is full")

    done = live.run("events", NAME)
    lines = done.out.splitlines()
    assert done.err == "2 events\n"
    of_node = live.run("events", NAME, "--node", live.ids()[0], "--hours", "1", "--json").json[
        "Events"
    ]
    event = live.run("events", NAME, of_node[0]["EventId"]).json["EventDetails"]

    assert lines[0].split() == ["TIME", "LEVEL", "RESOURCE", "EVENT", "DESCRIPTION"]
    assert [line.split()[2] for line in lines[1:]] == ["Error", "Info"]
    assert [each["Description"] for each in of_node] == ["disk is full"]
    metadata = event["EventDetails"]["EventMetadata"]
    assert metadata == {"Instance": {"FailureMessage": "disk is full"}}


def test_lists_events_of_a_node_that_was_replaced(live: Live) -> None:
    old = live.ids()[0]
    live.run("replace", NAME, old, "--yes")

    (event,) = live.run("events", NAME, "--node", old, "--json").json["Events"]

    assert event["Description"] == f"Instance is replaced by {live.ids()[-1]}"


def test_events_require_continuous_provisioning(at_once: Live) -> None:
    done = at_once.run("events", NAME, status=2)

    assert done.err == (
        "hyperpod-constructs events: ListClusterEvents: ValidationException: Cluster events require "
        "NodeProvisioningMode Continuous (ServiceRefusal)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["nodes", "other"],
            "Cluster with name other not found in us-west-2; aws sagemaker list-clusters --region "
            "us-west-2 lists the clusters (ServiceRefusal)",
        ),
        (["logs", NAME, "gpu/9"], "'gpu/9': the nodes of group 'gpu' are 0 to 2 (NodeUnknown)"),
        (
            ["logs", NAME, "i-0"],
            "--group GROUP reads the log of a node that no longer exists (NodeUnknown)",
        ),
        (
            ["logs", NAME, "gpu"],
            "'gpu': is not an instance ID or a node such as 'group/0'; groups with nodes: "
            "controller, gpu (NodeUnknown)",
        ),
        (
            ["run", NAME, "cpu", "--", "true"],
            "'cpu': is not a group, an instance ID or a node such as 'group/0'; groups with nodes: "
            "controller, gpu (NodeUnknown)",
        ),
        (
            ["run", NAME, "gpu", "true"],
            "specify a command after --, such as -- nvidia-smi (ArgumentInvalid)",
        ),
        (
            ["nodes", NAME, "--group", "cpu"],
            "'cpu': is not a group; groups: controller, gpu (GroupUnknown)",
        ),
        (
            ["events", NAME, "--group", "cpu"],
            "'cpu': is not a group; groups: controller, gpu (GroupUnknown)",
        ),
        (
            ["events", NAME, "--node", "i-0"],
            "'i-0': is not a node of the cluster; nodes CLUSTER lists them (NodeUnknown)",
        ),
        (
            ["events", NAME, "--node", "i-0123456789abcdef0"],
            "'i-0123456789abcdef0': is not a node of the cluster, and has no such events; nodes CLUSTER "
            "lists the nodes (NodeUnknown)",
        ),
        (
            ["events", NAME, "gpu/0"],
            "'gpu/0': is not the ID of an event; --node and --group select events "
            "(ArgumentInvalid)",
        ),
        (
            ["scale", NAME, "cpu", "3"],
            "'cpu': is not a group; groups: controller, gpu (GroupUnknown)",
        ),
        (
            ["nodes", NAME, "--profile", "p"],
            "The config profile (p) could not be found (CredentialsMissing)",
        ),
    ],
)
def test_says_what_is_wrong_in_one_line(live: Live, arguments: list[str], message: str) -> None:
    done = live.run(*arguments, status=2)

    assert done.err.endswith(f"{message}\n")
    assert done.err.count("\n") == 1
