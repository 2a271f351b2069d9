"""The operations of HyperPod on nodes, software and events.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from tests.aws.front.errors import ServiceError

from .cluster import NEW_IMAGE, RUNNING, Cluster, Json, Node, now
from .group_rules import Group, refuse
from .machines import Machines

_PENDING = ["Pending", "Pending", RUNNING]
_REBOOTING = ["Pending", "Pending", RUNNING]
_UPDATING = ["SystemUpdating", "SystemUpdating", RUNNING]
_MOST_NODES_IN_DELETION = 99


class NodeOperations(ABC):
    """Operations on the nodes of clusters. States of nodes move with each look at them."""

    machines: Machines

    @abstractmethod
    def _cluster(self, identifier: str) -> Cluster: ...

    @abstractmethod
    def _add_nodes(self, cluster: Cluster, group: Group, states: Sequence[str]) -> list[str]: ...

    @abstractmethod
    def _remove_node(self, cluster: Cluster, group: str, node: str) -> None: ...

    def break_node(self, cluster: str, node: str, message: str) -> None:
        """Has a node fail."""
        found = self._cluster(cluster)
        for name, instance_id, each in found.every_node():
            if instance_id == node:
                each.states, each.message = ["Failure"], message
                found.note(message, (name, node), EventLevel="Error")

    def _do_ListClusterNodes(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ClusterName"])
        part = request.get("InstanceGroupNameContains", "")
        if "NextToken" not in request:
            cluster.look()
        found = [
            node.summary(cluster.groups[name], instance_id)
            for name, instance_id, node in cluster.every_node()
            if part in name
        ]
        if not request.get("IncludeNodeLogicalIds"):
            for each in found:
                del each["NodeLogicalId"]
        return _page("ClusterNodeSummaries", found, request)

    def _do_DescribeClusterNode(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ClusterName"])
        for name, instance_id, node in cluster.every_node():
            if instance_id == request.get("NodeId"):
                details = node.summary(cluster.groups[name], instance_id)
                if node.scripts:
                    details["LifeCycleConfig"] = node.scripts
                return {"NodeDetails": details}
        raise ServiceError("ResourceNotFound", f"Node {request.get('NodeId')} not found.")

    def _do_BatchRebootClusterNodes(self, request: Json) -> Json:  # noqa: N802
        cluster = self._in_service(request)
        found, failed = _chosen(cluster, request["NodeIds"], RUNNING)
        for name, instance_id, node in found:
            node.states = list(_REBOOTING)
            cluster.note("Instance is rebooting", (name, instance_id))
        rebooted = [each for _, each, _ in found]
        self.machines.reboot_later(cluster, rebooted)
        return _done(rebooted, failed)

    def _do_BatchReplaceClusterNodes(self, request: Json) -> Json:  # noqa: N802
        cluster = self._in_service(request)
        found, failed = _chosen(cluster, request["NodeIds"], RUNNING, "Failure")
        replaced, added = [], []
        for name, instance_id, _ in found:
            if _is_controller(cluster.groups[name]):
                message = "Controller nodes cannot be replaced."
                failed.append(_failure(instance_id, "InvalidInstanceStatus", message))
                continue
            self._remove_node(cluster, name, instance_id)
            (new,) = self._add_nodes(cluster, cluster.groups[name], _PENDING)
            cluster.note(f"Instance is replaced by {new}", (name, instance_id))
            replaced.append(instance_id)
            added.append(new)
        self.machines.start_later(cluster, added)
        return _done(replaced, failed)

    def _do_BatchAddClusterNodes(self, request: Json) -> Json:  # noqa: N802
        cluster = self._in_service(request, continuous="BatchAddClusterNodes")
        added, failed, ids = [], [], []
        for each in request["NodesToAdd"]:
            name, count = each["InstanceGroupName"], each["IncrementTargetCountBy"]
            group = cluster.groups.get(name)
            if group is None:
                failed.append(
                    {
                        "InstanceGroupName": name,
                        "ErrorCode": "InstanceGroupNotFound",
                        "FailedCount": count,
                        "Message": f"Instance group {name} not found.",
                    }
                )
                continue
            total = group["InstanceCount"] + count
            cluster.groups[name] = {**group, "InstanceCount": total}
            for node in self._add_nodes(cluster, cluster.groups[name], _PENDING):
                logical_id = cluster.nodes[name][node].logical_id
                added.append(
                    {
                        "NodeLogicalId": logical_id,
                        "InstanceGroupName": name,
                        "Status": "Pending",
                    }
                )
                cluster.note("Instance is provisioned", (name, node))
                ids.append(node)
        self.machines.start_later(cluster, ids)
        return {"Successful": added, "Failed": failed}

    def _do_BatchDeleteClusterNodes(self, request: Json) -> Json:  # noqa: N802
        cluster = self._in_service(request)
        if len(request["NodeIds"]) > _MOST_NODES_IN_DELETION:
            raise refuse("At most 99 nodes can be deleted at once")
        deleted, failed = [], []
        known = {each: name for name, each, _ in cluster.every_node()}
        for node in request["NodeIds"]:
            name = known.get(node)
            if name is None:
                failed.append(_failure(node, "NodeIdNotFound", "Node not found.", "Code"))
            elif _is_controller(cluster.groups[name]):
                message = "Controller nodes cannot be deleted."
                failed.append(_failure(node, "InvalidNodeStatus", message, "Code"))
            else:
                self._remove_node(cluster, name, node)
                group = cluster.groups[name]
                count = group["InstanceCount"] - 1
                cluster.groups[name] = {**group, "InstanceCount": count}
                cluster.note("Instance is deleted", (name, node))
                deleted.append(node)
        return _done(deleted, failed)

    def _do_UpdateClusterSoftware(self, request: Json) -> Json:  # noqa: N802
        cluster = self._in_service(request)
        groups = {
            each["InstanceGroupName"]: each.get("ImageReleaseVersion", NEW_IMAGE)
            for each in request.get("InstanceGroups", [])
        }
        for name in groups.keys() - cluster.groups.keys():
            raise refuse(f"Instance group {name} not found in cluster {cluster.name}")
        renewed = []
        for name, instance_id, node in cluster.every_node():
            if not groups or name in groups:
                renewed.append(instance_id)
                node.states, node.image = list(_UPDATING), groups.get(name, NEW_IMAGE)
                node.updated = now()
                node.scripts = cluster.groups[name].get("LifeCycleConfig", {})
                cluster.note("Root volume is replaced for a software update", (name, instance_id))
        self.machines.renew_later(cluster, renewed)
        return {"ClusterArn": cluster.arn}

    def _do_ListClusterEvents(self, request: Json) -> Json:  # noqa: N802
        cluster = self._cluster(request["ClusterName"])
        if not cluster.is_continuous:
            raise refuse("Cluster events require NodeProvisioningMode Continuous")
        after = datetime.fromtimestamp(request.get("EventTimeAfter", 0), UTC)
        filters = {"InstanceGroupName": "InstanceGroupName", "NodeId": "InstanceId"}
        found = [
            event
            for event in cluster.events
            if event["EventTime"] > after
            and all(
                event.get(member) == request[name]
                for name, member in filters.items()
                if name in request
            )
        ]
        if request.get("SortOrder") != "Ascending":
            found.reverse()
        return _page("Events", found, request)

    def _do_DescribeClusterEvent(self, request: Json) -> Json:  # noqa: N802
        for event in self._cluster(request["ClusterName"]).events:
            if event["EventId"] == request["EventId"]:
                failed = event["EventLevel"] == "Error"
                message = {"FailureMessage": event["Description"]} if failed else {}
                metadata = {event["ResourceType"]: message}
                details = {"EventDetails": {"EventMetadata": metadata}}
                return {"EventDetails": {**event, **details}}
        raise ServiceError("ResourceNotFound", f"Event {request['EventId']} not found.")

    def _in_service(self, request: Json, *, continuous: str = "") -> Cluster:
        cluster = self._cluster(request["ClusterName"])
        if cluster.status != "InService":
            raise ServiceError("ConflictException", f"Cluster {cluster.name} is {cluster.status}.")
        if continuous and not cluster.is_continuous:
            raise refuse(f"{continuous} requires NodeProvisioningMode Continuous")
        return cluster


def _page(member: str, found: Sequence[Json], request: Json) -> Json:
    first = int(request.get("NextToken", 0))
    last = first + request.get("MaxResults", 100)
    rest = {"NextToken": str(last)} if last < len(found) else {}
    return {member: found[first:last], **rest}


def _chosen(
    cluster: Cluster, ids: Iterable[str], *states: str
) -> tuple[list[tuple[str, str, Node]], list[Json]]:
    """Nodes in one of some states, and why others are not among them."""
    known = {instance_id: (name, node) for name, instance_id, node in cluster.every_node()}
    found, failed = [], []
    for each in ids:
        if each not in known:
            failed.append(_failure(each, "InstanceIdNotFound", "Instance not found."))
        elif known[each][1].states[0] not in states:
            message = f"Instance is {known[each][1].states[0]}."
            failed.append(_failure(each, "InvalidInstanceStatus", message))
        else:
            found.append((known[each][0], each, known[each][1]))
    return found, failed


def _failure(node: str, code: str, message: str, member: str = "ErrorCode") -> Json:
    return {"NodeId": node, member: code, "Message": message}


def _done(ids: Sequence[str], failed: Sequence[Json]) -> Json:
    """An answer; empty lists are omitted."""
    found = {"Successful": list(ids), "Failed": list(failed)}
    return {name: each for name, each in found.items() if each}


def _is_controller(group: Group) -> bool:
    return bool(group.get("SlurmConfig", {}).get("NodeType") == "Controller")
