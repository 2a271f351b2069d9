"""A cluster of the emulator on machines: they fetch their scripts from its S3, as their role may."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from tests.aws.emulator import Emulator
from tests.aws.front.identity import key_of
from tests.aws.hyperpod import cluster as records
from tests.aws.hyperpod.lifecycle_objects import below, entry_point, place

from .bucket import files_of_services
from .bundle import Bundle, FileSystem, Group
from .cluster import Cluster
from .hyperpod import Node, folder_of
from .image_configuration import start_slurm

FORM = "provisioning_params.json"
NODE_TYPES = {"Login": "login_group", "Controller": "controller_group"}


def runs_on_machines(emulator: Emulator, cluster: records.Cluster) -> bool:
    """Whether the nodes of a cluster have all that machines need: scripts, and what groups are in Slurm."""
    groups = list(cluster.groups.values())
    scripts = [group for group in groups if "LifeCycleConfig" in group]
    if not scripts:
        return False
    if all("SlurmConfig" in group for group in groups):
        return len(scripts) == len(groups)
    return FORM in below(emulator.cloud, *place(scripts[0]))


def bundle_of(emulator: Emulator, cluster: records.Cluster) -> Bundle:
    """What the nodes of a cluster find in S3, and which groups they are in."""
    groups = list(cluster.groups.values())
    bucket, prefix = place(groups[0])
    files = below(emulator.cloud, bucket, prefix)
    return Bundle(
        cluster_name=cluster.name,
        groups=[
            Group(
                group["InstanceGroupName"],
                records.instance_type(group),
                group["InstanceCount"],
                entry_point(group),
            )
            for group in groups
        ],
        place=f"{bucket}/{prefix.rstrip('/')}",
        files=files,
        file_systems=list(_file_systems(json.loads(files.get(FORM, "{}")))),
        topology=_topology(groups) if "SlurmConfig" in groups[0] else None,
    )


def _topology(groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the groups of a request with API-driven Slurm are."""
    roles = {group["InstanceGroupName"]: group["SlurmConfig"] for group in groups}
    return {
        **{
            NODE_TYPES[each["NodeType"]]: name
            for name, each in roles.items()
            if each["NodeType"] in NODE_TYPES
        },
        "worker_groups": [
            {"instance_group_name": name, "partition_name": partition}
            for name, each in roles.items()
            for partition in each.get("PartitionNames", ())
        ],
    }


def _file_systems(form: dict[str, Any]) -> Iterator[FileSystem]:
    if name := form.get("fsx_dns_name"):
        yield FileSystem("LUSTRE", name, f"{{address}}@tcp:/{form['fsx_mountname']}")
    if name := form.get("fsx_openzfs_dns_name"):
        yield FileSystem("OPENZFS", name, f"{name}:/fsx")


class LiveNode(Node):
    """A node that fetches its scripts itself."""

    def download(self, bundle: Bundle) -> None:
        """Copies the prefix with the AWS CLI, with the credentials of the node."""
        folder = folder_of(bundle)
        self.host.run(
            f"aws s3 cp --recursive --only-show-errors s3://{bundle.place}/ {folder}"
            f" && chmod +x {folder}/{self.group.on_create}"
        )


class LiveCluster(Cluster):
    """The machines of a cluster.

    Its nodes are named by the IDs that the emulator gave them. What their scripts log is in CloudWatch
    Logs when they have ended.
    """

    def __init__(self, emulator: Emulator, cluster: records.Cluster) -> None:
        self._emulator = emulator
        self._record = cluster
        self._has_started = False
        super().__init__(bundle_of(emulator, cluster))

    def start(self, ids: Sequence[str]) -> str:
        """Starts new nodes; returns why scripts fail, or nothing. Failed nodes are gone."""
        self.platform.bundle = bundle_of(self._emulator, self._record)
        new = [
            self._add(group, each) for group, each, _ in self._record.every_node() if each in ids
        ]
        is_first = not self._has_started
        self._has_started = True
        if is_first:
            for server in self.file_servers.values():
                server.start()
        self.boot(new)
        self.start_scripts(*new)
        if is_first:
            self.platform.write_slurm_conf()
        self.wait_for_scripts(new)
        reason = self._ended(new)
        if reason:
            for node in new:
                self.remove(node)
        elif not is_first:
            self.platform.write_slurm_conf()
            self.reconfigure()
        return reason

    def start_scripts(self, *nodes: Node, **environment: str) -> None:
        """Starts scripts; those of API-driven Slurm find it running."""
        if self.platform.bundle.topology is not None:
            start_slurm(self.platform, nodes)
        super().start_scripts(*nodes, **environment)

    def renew(self, ids: Sequence[str]) -> str:
        """Gives nodes new root disks, one after the other."""
        for node in [self.of(each) for each in ids]:
            self.replace(node)
        renewed = [self.of(each) for each in ids]
        self.reconfigure()
        return self._ended(renewed)

    def of(self, instance_id: str) -> LiveNode:
        """The node of an ID."""
        (found,) = (node for node in self.nodes if node.instance_id == instance_id)
        assert isinstance(found, LiveNode)
        return found

    def has(self, instance_id: str) -> bool:
        """Whether there is a node of an ID."""
        return any(node.instance_id == instance_id for node in self.nodes)

    def make_node(
        self, group: Group, number: int, address: str = "", instance_id: str = ""
    ) -> LiveNode:
        node = LiveNode(self.new_host(address), group, number, instance_id=instance_id)
        port = self._emulator.cloud.endpoint.rpartition(":")[2]
        credentials = {
            "AWS_ENDPOINT_URL": f"http://{self.network.gateway}:{port}",
            "AWS_ACCESS_KEY_ID": key_of(self._role(group.name)),
            "AWS_SECRET_ACCESS_KEY": "node",
        }
        node.host.environment.update(credentials)
        for path, content in files_of_services(credentials).items():
            node.host.write(path, content)
        return node

    def download(self, nodes: Iterable[Node]) -> None:
        chosen = list(nodes)
        with ThreadPoolExecutor(len(chosen)) as pool:
            list(pool.map(lambda node: node.download(self.platform.bundle), chosen))

    def _add(self, name: str, instance_id: str) -> LiveNode:
        (group,) = (each for each in self.platform.bundle.groups if each.name == name)
        number = max((node.number for node in self.group(name)), default=0) + 1
        node = self.make_node(group, number, instance_id=instance_id)
        self.nodes.append(node)
        return node

    def _role(self, group: str) -> str:
        return str(self._record.groups[group]["ExecutionRole"])

    def _ended(self, nodes: Iterable[Node]) -> str:
        """Ships the logs of nodes, and returns the last line of one that failed."""
        reason = ""
        for node in nodes:
            lines = node.log().splitlines()
            self._ship(node, lines)
            if node.status != 0:
                reason = f"{node.group.name}/{node.instance_id}: {lines[-1] if lines else 'no log'}"
        return reason

    def _ship(self, node: Node, lines: Sequence[str]) -> None:
        logs = self._emulator.cloud.acting_as(self._role(node.group.name)).client("logs")
        group = f"/aws/sagemaker/Clusters/{self._record.name}/{self._record.arn.rpartition('/')[2]}"
        stream = f"LifecycleConfig/{node.group.name}/{node.instance_id}"
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[
                {"timestamp": int(node.ended * 1000), "message": line} for line in lines if line
            ],
        )
