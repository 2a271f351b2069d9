"""A cluster of an account, and its nodes.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeCluster.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListClusterNodes.html
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hyperpod_constructs.model.command_error import ErrorCode

from .account import Account
from .errors import OperationError, one_line_errors
from .in_flight import sending

RUNNING = "Running"
FAILURE = "Failure"
GONE = "gone"
_OF_CLUSTERS = ("describe_cluster", "list_cluster_events", "list_cluster_nodes")
"""Operations that do not find a cluster, if they do not find something."""
_PAGE = 100
_INSTANCE_ID = re.compile(r"i-[0-9a-f]+")
_INDEXED = re.compile(r"(.+)/(\d+)")


@dataclass(frozen=True)
class Node:
    """A node.

    Attributes:
        index: Number of the node in its group, from the oldest to the newest.
        summary: The node, as ListClusterNodes answers.
    """

    index: int
    summary: Mapping[str, Any]

    @property
    def group(self) -> str:
        """Name of its group."""
        return str(self.summary["InstanceGroupName"])

    @property
    def instance_id(self) -> str:
        """ID of its instance; empty until the node has one."""
        return str(self.summary.get("InstanceId", ""))

    @property
    def name(self) -> str:
        """Group and number, such as `gpu/0`."""
        return f"{self.group}/{self.index}"

    @property
    def status(self) -> str:
        """Its state."""
        return str(self.summary["InstanceStatus"]["Status"])

    @property
    def message(self) -> str:
        """Why it is in its state, if the service says so."""
        return str(self.summary["InstanceStatus"].get("Message", ""))


@dataclass(frozen=True)
class LiveCluster:
    """A cluster.

    Attributes:
        account: Its account and Region.
        name_or_arn: Its name or its ARN.
    """

    account: Account
    name_or_arn: str

    def call(self, operation: str, **arguments: Any) -> Any:
        """Calls an operation of HyperPod for the cluster.

        Raises:
            OperationError: If the operation fails.
        """
        try:
            with one_line_errors(), sending(operation):
                return getattr(self.sagemaker, operation)(ClusterName=self.name_or_arn, **arguments)
        except OperationError as error:
            if error.service_code == "ResourceNotFound" and operation in _OF_CLUSTERS:
                raise self._unknown(error) from error
            raise

    @cached_property
    def sagemaker(self) -> Any:
        """The client."""
        return self.account.client("sagemaker")

    @cached_property
    def description(self) -> Mapping[str, Any]:
        """The cluster, as DescribeCluster answers at the first use."""
        found: Mapping[str, Any] = self.call("describe_cluster")
        return found

    @property
    def name(self) -> str:
        """Name of the cluster."""
        return str(self.description["ClusterName"])

    @property
    def cluster_id(self) -> str:
        """The ID in the ARN of the cluster."""
        return str(self.description["ClusterArn"]).rpartition("/")[2]

    def group_names(self) -> Sequence[str]:
        """Names of its groups, with those without nodes.

        Raises:
            OperationError: If the cluster cannot be described.
        """
        return [
            str(group["InstanceGroupName"])
            for key in ("InstanceGroups", "RestrictedInstanceGroups")
            for group in self.description.get(key, ())
        ]

    def unknown_group(self, name: str) -> OperationError:
        """The error of a group that does not exist."""
        names = ", ".join(self.group_names())
        return OperationError(ErrorCode.GROUP_UNKNOWN, f"{name!r}: is not a group; groups: {names}")

    def _unknown(self, error: OperationError) -> OperationError:
        """The error of a cluster that does not exist, with the Region and how to find clusters."""
        region = self.sagemaker.meta.region_name
        return OperationError(
            error.code,
            f"{str(error).rstrip('.')} in {region}; aws sagemaker list-clusters --region {region} lists "
            "the clusters",
            service_code=error.service_code,
        )

    def nodes(self) -> Sequence[Node]:
        """All nodes, by group and age.

        Raises:
            OperationError: If the nodes cannot be listed.
        """
        summaries = self.pages("list_cluster_nodes", "ClusterNodeSummaries")
        numbers: Counter[str] = Counter()
        nodes = []
        for summary in sorted(summaries, key=_order):
            group = summary["InstanceGroupName"]
            nodes.append(Node(numbers[group], summary))
            numbers[group] += 1
        return nodes

    def pages(self, operation: str, member: str, **arguments: Any) -> Iterable[Mapping[str, Any]]:
        """The entries of all pages of an answer."""
        more: Mapping[str, str] = {}
        while True:
            page = self.call(operation, MaxResults=_PAGE, **arguments, **more)
            yield from page.get(member, ())
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}


def is_instance_id(text: str) -> bool:
    """Whether a text is the ID of an instance."""
    return _INSTANCE_ID.fullmatch(text) is not None


def gone_node(group: str, instance_id: str) -> Node:
    """A node that no longer exists."""
    summary = {
        "InstanceGroupName": group,
        "InstanceId": instance_id,
        "InstanceStatus": {"Status": GONE},
    }
    return Node(0, summary)


def select(nodes: Sequence[Node], *texts: str, groups: bool = False) -> Sequence[Node]:
    """The nodes that texts name, each once.

    Args:
        nodes: All nodes of the cluster.
        texts: Instance IDs, or groups and numbers such as `gpu/0`.
        groups: Whether the name of a group is all of its nodes.

    Raises:
        OperationError: If there is no such node.
    """
    found = (node for text in texts for node in _named(nodes, text, groups=groups))
    return list({node.name: node for node in found}.values())


def _named(nodes: Sequence[Node], text: str, *, groups: bool) -> Sequence[Node]:
    of_group = [node for node in nodes if node.group == text]
    if groups and of_group:
        return of_group
    found = [node for node in nodes if text in (node.instance_id, node.name)]
    if found:
        return found
    sizes = Counter(node.group for node in nodes)
    indexed = _INDEXED.fullmatch(text)
    if indexed and indexed[1] in sizes:
        last = sizes[indexed[1]] - 1
        raise OperationError(
            ErrorCode.NODE_UNKNOWN, f"{text!r}: the nodes of group {indexed[1]!r} are 0 to {last}"
        )
    if is_instance_id(text):
        raise OperationError(
            ErrorCode.NODE_UNKNOWN,
            f"{text!r}: is not a node of the cluster; nodes CLUSTER lists them",
        )
    kinds = "a group, an instance ID" if groups else "an instance ID"
    raise OperationError(
        ErrorCode.NODE_UNKNOWN,
        f"{text!r}: is not {kinds} or a node such as 'group/0'; groups with nodes: "
        f"{', '.join(sizes) or 'none'}",
    )


def _order(summary: Mapping[str, Any]) -> tuple[str, Any, str]:
    return summary["InstanceGroupName"], summary["LaunchTime"], summary.get("InstanceId", "")
