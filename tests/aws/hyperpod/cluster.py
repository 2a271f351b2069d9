"""A cluster, its nodes and its events, as the service keeps them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from .group_rules import Group

Json = dict[str, Any]
OLD_IMAGE, NEW_IMAGE = "1.0.0", "1.1.0"
RUNNING = "Running"


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass
class Node:
    """A node.

    Attributes:
        interface: ID of its network interface, empty without a VPC.
        states: Its states, the current one first. Each look at the nodes takes it to the next.
        message: Why it failed.
        image: Release of its AMI.
        updated: When its AMI was updated.
        scripts: The lifecycle scripts that configured it, as its group had them.
    """

    interface: str
    states: list[str] = field(default_factory=lambda: [RUNNING])
    message: str = ""
    image: str = OLD_IMAGE
    launched: datetime = field(default_factory=now)
    updated: datetime | None = None
    scripts: Json = field(default_factory=dict)
    logical_id: str = field(default_factory=lambda: f"node-{uuid4().hex[:12]}")

    def summary(self, group: Group, instance_id: str) -> Json:
        """The node, as ListClusterNodes answers."""
        return {
            "InstanceGroupName": group["InstanceGroupName"],
            "InstanceId": instance_id,
            "NodeLogicalId": self.logical_id,
            "InstanceType": instance_type(group),
            "LaunchTime": self.launched,
            "InstanceStatus": {
                "Status": self.states[0],
                **({"Message": self.message} if self.message else {}),
            },
            "CurrentImageReleaseVersion": self.image,
            "ImageVersionStatus": "UpdateAvailable" if self.image == OLD_IMAGE else "UpToDate",
            **({} if self.updated is None else {"LastSoftwareUpdateTime": self.updated}),
        }


@dataclass
class Cluster:
    """A cluster.

    Attributes:
        name: Its name.
        arn: Its ARN.
        request: What it is to be like, without its groups.
        groups: Its groups, by name.
        nodes: The nodes of each group, by ID.
        restricted: Names of its restricted groups.
        network: Ways out of its subnets when its nodes started.
        tags: Its tags.
        status: Its status.
        events: Its events, the newest last.
    """

    name: str
    arn: str
    request: Json
    groups: dict[str, Group]
    nodes: dict[str, dict[str, Node]] = field(default_factory=dict)
    restricted: frozenset[str] = frozenset()
    network: dict[str, frozenset[str]] = field(default_factory=dict)
    tags: list[Json] = field(default_factory=list)
    status: str = "Creating"
    created: datetime = field(default_factory=now)
    events: list[Json] = field(default_factory=list)

    @property
    def is_continuous(self) -> bool:
        """Whether it provisions its nodes continuously."""
        return self.request.get("NodeProvisioningMode") == "Continuous"

    def note(self, description: str, node: tuple[str, str] | None = None, **more: str) -> None:
        """Adds an event of the cluster, or of the node with a group and an ID."""
        of_node = {} if node is None else {"InstanceGroupName": node[0], "InstanceId": node[1]}
        self.events.append(
            {
                "EventId": str(uuid4()),
                "ClusterArn": self.arn,
                "ClusterName": self.name,
                "ResourceType": "Cluster" if node is None else "Instance",
                "EventTime": now(),
                "EventLevel": "Info",
                "Description": description,
                **of_node,
                **more,
            }
        )

    def every_node(self) -> Iterator[tuple[str, str, Node]]:
        """Group, ID and node."""
        for name in self.groups:
            yield from ((name, each, node) for each, node in self.nodes[name].items())

    def look(self) -> None:
        """Takes every node to its next state."""
        for _, _, node in self.every_node():
            if len(node.states) > 1:
                node.states.pop(0)


def instance_type(group: Group) -> str:
    """The type of the nodes of a group: the one it has, or the first it prefers."""
    types: Sequence[str] = group.get("InstanceRequirements", {}).get("InstanceTypes", [])
    return str(group.get("InstanceType") or types[0])
