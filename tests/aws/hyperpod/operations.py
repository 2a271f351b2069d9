"""The HyperPod operations of SageMaker."""

import secrets
import string
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloud import Cloud
from tests.aws.front.errors import ServiceError
from tests.aws.front.request_validation import validate

from .account_checks import check_logs, check_mounts, check_network, check_roles, network_of
from .dependencies import check_outside
from .group_rules import Group, check_groups, refuse
from .lifecycle_objects import check_access, check_forms, check_objects, run_scripts, scripts_failed
from .mode_rules import check_modes
from .slurm_ports import check_slurm_ports
from .update_rules import check_update

Json = dict[str, Any]
GROUP_LISTS = ("InstanceGroups", "RestrictedInstanceGroups")
_LETTERS = string.ascii_lowercase + string.digits


@dataclass
class Cluster:
    """A cluster.

    Attributes:
        name: Its name.
        arn: Its ARN.
        request: What it is to be like, without its groups.
        groups: Its groups, by name.
        nodes: Ids of the nodes of each group, with their network interfaces.
        restricted: Names of its restricted groups.
        network: Ways out of its subnets when its nodes started.
        tags: Its tags.
        status: Its status.
    """

    name: str
    arn: str
    request: Json
    groups: dict[str, Group]
    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    restricted: frozenset[str] = frozenset()
    network: dict[str, frozenset[str]] = field(default_factory=dict)
    tags: list[Json] = field(default_factory=list)
    status: str = "Creating"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class ClusterApi:
    """The clusters of an account and region.

    Attributes:
        cloud: The account and region.
    """

    cloud: Cloud
    _clusters: dict[str, Cluster] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def knows(self, operation: str) -> bool:
        """Whether an operation is one of these."""
        return hasattr(self, f"_do_{operation}")

    def call(self, operation: str, request: Json) -> Json:
        """Does what a request asks.

        Raises:
            ServiceError: With the answer, if it is not success.
        """
        validate("sagemaker", operation, request)
        method: Callable[[Json], Json] = getattr(self, f"_do_{operation}")
        with self._lock:
            return method(request)

    def start(self, request: Json) -> Cluster:
        """Starts to make a cluster.

        Raises:
            ServiceError: If the service refuses, or its nodes do not start.
        """
        validate("sagemaker", "CreateCluster", request)
        name = request["ClusterName"]
        if name in self._clusters:
            raise ServiceError("ResourceInUse", f"Cluster with name {name} already exists.")
        groups = _groups(request)
        cluster = Cluster(
            name=name,
            arn=f"arn:aws:sagemaker:{self.cloud.region}:{self.cloud.account}:cluster/{_identifier(12)}",
            request={key: value for key, value in request.items() if key not in GROUP_LISTS},
            restricted=_names(request.get("RestrictedInstanceGroups", [])),
            groups=groups,
            tags=request.get("Tags", []),
        )
        self._check(cluster, [group for kind in GROUP_LISTS for group in request.get(kind, [])])
        run_scripts(self.cloud, groups.values())
        cluster.network = network_of(self.cloud, cluster.request.get("VpcConfig", {}))
        for group in groups.values():
            self._scale(cluster, group)
        self._clusters[name] = cluster
        return cluster

    def finish(self, name: str) -> None:
        """Waits until the nodes of a cluster have started.

        Raises:
            ServiceError: If the network changed meanwhile, which ends connections to S3.
        """
        cluster = self._cluster(name)
        vpc_config = cluster.request.get("VpcConfig", {})
        if network_of(self.cloud, vpc_config) != cluster.network:
            cluster.status = "Failed"
            raise scripts_failed("Connection to S3 was closed: routes changed while nodes started")
        cluster.status = "InService"

    def watch(self, name: str) -> None:
        """Notes the network of a cluster, which must outlive it from now on."""
        cluster = self._clusters.get(name)
        if cluster is not None:
            cluster.network = network_of(self.cloud, cluster.request.get("VpcConfig", {}))

    def abandon(self) -> None:
        """Forgets every cluster, whatever its state."""
        self._clusters.clear()

    def find(self, identifier: str) -> Cluster | None:
        """A cluster by its name or its ARN."""
        for cluster in self._clusters.values():
            if identifier in {cluster.name, cluster.arn}:
                return cluster
        return None

    def _do_CreateCluster(self, request: Json) -> Json:  # noqa: N802
        cluster = self.start(request)
        self.finish(cluster.name)
        return {"ClusterArn": cluster.arn}

    def _do_UpdateCluster(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ClusterName"])
        if cluster.status != "InService":
            raise ServiceError("ConflictException", f"Cluster {cluster.name} is {cluster.status}.")
        removed = set(request.get("InstanceGroupsToDelete", []))
        wanted = _groups(request)
        for name in removed:
            if name not in cluster.groups or name in wanted:
                raise refuse(f"Instance group {name} can not be deleted")
        for name in wanted.keys() & cluster.groups.keys():
            check_update(cluster.groups[name], wanted[name])
        kept = {name: group for name, group in cluster.groups.items() if name not in removed}
        groups = {**kept, **wanted}
        changed = Cluster(
            name=cluster.name,
            arn=cluster.arn,
            request={
                **cluster.request,
                **{
                    key: value
                    for key, value in request.items()
                    if key not in {*GROUP_LISTS, "InstanceGroupsToDelete"}
                },
            },
            groups=groups,
            restricted=cluster.restricted | _names(request.get("RestrictedInstanceGroups", [])),
        )
        self._check(changed, list(groups.values()))
        grown = [
            group
            for name, group in wanted.items()
            if group["InstanceCount"] > len(cluster.nodes.get(name, {}))
        ]
        run_scripts(self.cloud, grown)
        cluster.groups, cluster.request = groups, changed.request
        cluster.restricted = changed.restricted
        for name in removed:
            self._remove_nodes(cluster, name, 0)
            cluster.nodes.pop(name, None)
        for group in groups.values():
            self._scale(cluster, group)
        return {"ClusterArn": cluster.arn}

    def _do_DeleteCluster(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ClusterName"])
        cluster.status = "Deleting"
        vpc_config = cluster.request.get("VpcConfig")
        check_roles(self.cloud, cluster.groups.values(), vpc_config)
        if vpc_config is not None:
            check_network(self.cloud, vpc_config)
            for subnet, ways in network_of(self.cloud, vpc_config).items():
                gone = cluster.network[subnet] - ways
                if gone:
                    raise refuse(
                        f"Cluster {cluster.name} can not be deleted: its nodes in {subnet} lost "
                        f"{', '.join(sorted(gone))}"
                    )
        for name in cluster.groups:
            self._remove_nodes(cluster, name, 0)
        del self._clusters[cluster.name]
        return {"ClusterArn": cluster.arn}

    def _do_DescribeCluster(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ClusterName"])
        return {
            **{key: value for key, value in cluster.request.items() if key != "Tags"},
            "ClusterArn": cluster.arn,
            "ClusterStatus": cluster.status,
            "CreationTime": cluster.created,
            **{
                kind: [
                    {
                        **{key: value for key, value in group.items() if key != "InstanceCount"},
                        "CurrentCount": len(cluster.nodes[name]),
                        "TargetCount": group["InstanceCount"],
                        "Status": cluster.status,
                    }
                    for name, group in cluster.groups.items()
                    if (name in cluster.restricted) is (kind != "InstanceGroups")
                ]
                for kind in GROUP_LISTS
            },
        }

    def _do_ListClusters(self, request: Json) -> Json:  # noqa: N802, ARG002
        return {
            "ClusterSummaries": [
                {
                    "ClusterArn": cluster.arn,
                    "ClusterName": cluster.name,
                    "CreationTime": cluster.created,
                    "ClusterStatus": cluster.status,
                }
                for cluster in self._clusters.values()
            ]
        }

    def _do_ListClusterNodes(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ClusterName"])
        part = request.get("InstanceGroupNameContains", "")
        return {
            "ClusterNodeSummaries": [
                node for node in _nodes(cluster) if part in node["InstanceGroupName"]
            ]
        }

    def _do_DescribeClusterNode(self, request: Json) -> Json:  # noqa: N802
        for node in _nodes(self._cluster(request["ClusterName"])):
            if node["InstanceId"] == request.get("NodeId"):
                return {"NodeDetails": node}
        raise ServiceError("ResourceNotFound", f"Node {request.get('NodeId')} not found.")

    def _do_ListTags(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ResourceArn"])
        return {"Tags": cluster.tags}

    def _check(self, cluster: Cluster, groups: Sequence[Group]) -> None:
        plain = [group for group in groups if group["InstanceGroupName"] not in cluster.restricted]
        check_groups(groups, cluster.request, restricted=cluster.restricted)
        vpc_config = cluster.request.get("VpcConfig")
        overridden = [group.get("OverrideVpcConfig") for group in groups]
        for config in (vpc_config, *overridden):
            if config is not None:
                check_network(self.cloud, config)
        check_roles(self.cloud, groups, vpc_config)
        for role in {group["ExecutionRole"] for group in groups}:
            check_logs(self.cloud, role, cluster.name)
        for group in groups:
            check_access(self.cloud, group)
            check_objects(self.cloud, group)
        check_forms(self.cloud, plain, cluster.request)
        restricted: Json = {"RestrictedInstanceGroups": []} if cluster.restricted else {}
        check_modes(plain, {**cluster.request, **restricted})
        check_outside(self.cloud, plain, cluster.request)
        if vpc_config is not None:
            own = [group["OverrideVpcConfig"] for group in plain if "OverrideVpcConfig" in group]
            for config in (vpc_config, *own):
                check_mounts(self.cloud, plain, config)
            on_eks = "Eks" in cluster.request.get("Orchestrator", {})
            check_slurm_ports(self.cloud, plain, vpc_config, on_eks=on_eks)

    def _scale(self, cluster: Cluster, group: Group) -> None:
        name = group["InstanceGroupName"]
        nodes = cluster.nodes.setdefault(name, {})
        self._remove_nodes(cluster, name, group["InstanceCount"])
        vpc_config = group.get("OverrideVpcConfig") or cluster.request.get("VpcConfig")
        while len(nodes) < group["InstanceCount"]:
            interface = ""
            if vpc_config is not None:
                interface = self.cloud.client("ec2").create_network_interface(
                    SubnetId=vpc_config["Subnets"][0],
                    Groups=vpc_config["SecurityGroupIds"],
                    Description=f"SageMaker HyperPod {cluster.arn}",
                )["NetworkInterface"]["NetworkInterfaceId"]
            nodes[f"i-{secrets.token_hex(9)[:17]}"] = interface

    def _remove_nodes(self, cluster: Cluster, name: str, count: int) -> None:
        nodes = cluster.nodes.get(name, {})
        for node in list(nodes)[count:]:
            interface = nodes.pop(node)
            if interface:
                try:
                    self.cloud.client("ec2").delete_network_interface(NetworkInterfaceId=interface)
                except ClientError as error:
                    raise refuse(error.response["Error"]["Message"]) from error

    def _cluster(self, identifier: str) -> Cluster:
        cluster = self.find(identifier)
        if cluster is None:
            raise ServiceError("ResourceNotFound", f"Cluster with name {identifier} not found.")
        return cluster


def _nodes(cluster: Cluster) -> Iterator[Mapping[str, Any]]:
    for name, group in cluster.groups.items():
        for node in cluster.nodes[name]:
            yield {
                "InstanceGroupName": name,
                "InstanceId": node,
                "InstanceType": instance_type(group),
                "LaunchTime": cluster.created,
                "InstanceStatus": {"Status": "Running"},
            }


def instance_type(group: Group) -> str:
    """The type of the nodes of a group: the one it has, or the first it prefers."""
    types: Sequence[str] = group.get("InstanceRequirements", {}).get("InstanceTypes", [])
    return str(group.get("InstanceType") or types[0])


def _groups(request: Json) -> dict[str, Group]:
    return {
        group["InstanceGroupName"]: group for kind in GROUP_LISTS for group in request.get(kind, [])
    }


def _names(groups: Sequence[Group]) -> frozenset[str]:
    return frozenset(group["InstanceGroupName"] for group in groups)


def _identifier(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
