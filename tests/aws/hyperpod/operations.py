"""The HyperPod operations of SageMaker."""

import secrets
import string
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from tests.aws.cloud import Cloud
from tests.aws.front.errors import ServiceError
from tests.aws.front.request_validation import validate, validate_answer

from .account_checks import check_logs, check_mounts, check_network, check_roles, network_of
from .cluster import RUNNING, Cluster, Json, Node
from .dependencies import check_outside
from .description import description
from .governance import Governance
from .group_rules import Group, check_groups, refuse
from .health_checks import HealthChecks
from .kubernetes import check_kubernetes, join, leave
from .lifecycle_objects import check_access, check_forms, check_objects, run_scripts, scripts_failed
from .machines import Machines
from .mode_rules import check_modes
from .node_operations import NodeOperations
from .slurm_ports import check_slurm_ports
from .training_plans import TrainingPlans
from .update_rules import check_update

GROUP_LISTS = ("InstanceGroups", "RestrictedInstanceGroups")
_LETTERS = string.ascii_lowercase + string.digits


@dataclass
class ClusterApi(NodeOperations, HealthChecks, TrainingPlans, Governance):
    """The clusters of an account and region.

    Attributes:
        cloud: The account and region.
        machines: What runs the nodes.
    """

    cloud: Cloud
    machines: Machines = field(default_factory=Machines)
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
            answer = method(request)
        validate_answer("sagemaker", operation, answer)
        return answer

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
        check_kubernetes(self.cloud, cluster, self._clusters.values())
        run_scripts(self.cloud, groups.values())
        cluster.network = network_of(self.cloud, cluster.request.get("VpcConfig", {}))
        added = [node for group in groups.values() for node in self._scale(cluster, group)]
        self._start_nodes(cluster, added)
        join(self.cloud, cluster)
        self._clusters[name] = cluster
        cluster.note("Cluster is created")
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
        self.plans.clear()
        self.offerings.clear()
        self.governed.clear()

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
                    if key not in {*GROUP_LISTS, "ClusterName", "InstanceGroupsToDelete"}
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
        before = cluster.groups, cluster.request, cluster.restricted
        for name in removed:
            self._remove_nodes(cluster, name, 0)
            cluster.nodes.pop(name, None)
        cluster.groups, cluster.request = groups, changed.request
        cluster.restricted = changed.restricted
        added = [node for group in groups.values() for node in self._scale(cluster, group)]
        try:
            self._start_nodes(cluster, added)
        except ServiceError:
            cluster.groups, cluster.request, cluster.restricted = before
            raise
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
        leave(cluster)
        del self._clusters[cluster.name]
        return {"ClusterArn": cluster.arn}

    def _do_DescribeCluster(self, request: Json) -> Json:  # noqa: N802
        return description(self._cluster(request["ClusterName"]))

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

    def _scale(self, cluster: Cluster, group: Group) -> list[str]:
        """Removes and adds nodes, and returns the IDs of those that are new."""
        cluster.nodes.setdefault(group["InstanceGroupName"], {})
        self._remove_nodes(cluster, group["InstanceGroupName"], group["InstanceCount"])
        return self._add_nodes(cluster, group, [RUNNING])

    def _start_nodes(self, cluster: Cluster, nodes: Sequence[str]) -> None:
        try:
            self.machines.start(cluster, nodes)
        except ServiceError:
            for name, node, _ in list(cluster.every_node()):
                if node in nodes:
                    self._remove_node(cluster, name, node)
            raise

    def _add_nodes(self, cluster: Cluster, group: Group, states: Sequence[str]) -> list[str]:
        """Adds the nodes that a group lacks, and returns their IDs."""
        nodes, added = cluster.nodes[group["InstanceGroupName"]], []
        vpc_config = group.get("OverrideVpcConfig") or cluster.request.get("VpcConfig")
        while len(nodes) < group["InstanceCount"]:
            interface = ""
            if vpc_config is not None:
                interface = self.cloud.client("ec2").create_network_interface(
                    SubnetId=vpc_config["Subnets"][0],
                    Groups=vpc_config["SecurityGroupIds"],
                    Description=f"SageMaker HyperPod {cluster.arn}",
                )["NetworkInterface"]["NetworkInterfaceId"]
            added.append(f"i-{secrets.token_hex(9)[:17]}")
            nodes[added[-1]] = Node(
                interface, list(states), scripts=group.get("LifeCycleConfig", {})
            )
        return added

    def _remove_nodes(self, cluster: Cluster, name: str, count: int) -> None:
        for node in list(cluster.nodes.get(name, {}))[count:]:
            self._remove_node(cluster, name, node)

    def _remove_node(self, cluster: Cluster, group: str, node: str) -> None:
        self.machines.stop(cluster, node)
        interface = cluster.nodes[group].pop(node).interface
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


def _groups(request: Json) -> dict[str, Group]:
    return {
        group["InstanceGroupName"]: group for kind in GROUP_LISTS for group in request.get(kind, [])
    }


def _names(groups: Sequence[Group]) -> frozenset[str]:
    return frozenset(group["InstanceGroupName"] for group in groups)


def _identifier(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
