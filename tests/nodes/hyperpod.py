"""The platform: what HyperPod itself does on a node before and after the lifecycle scripts."""

import io
import json
import re
import secrets
import subprocess
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from .bundle import Bundle, Group
from .command import PATIENCE
from .host import Host
from .root import IMAGE, SLURM

RESOURCE_CONFIG = "/opt/ml/config/resource_config.json"
SLURM_CONF = "/opt/slurm/etc/slurm.conf"
SHIPPING_SECONDS = 1
LOG = "/var/log/provision/provisioning.log"
PARTITION = "MaxTime=INFINITE State=UP OverSubscribe=EXCLUSIVE"

CPUS_AND_GPUS = {
    "ml.m5.xlarge": (4, 0),
    "ml.c5.4xlarge": (16, 0),
    "ml.g5.8xlarge": (32, 1),
    "ml.p5.48xlarge": (192, 8),
}
# Those lines belong to HyperPod, which rewrites them; all others belong to whoever wrote them.
OWNED = re.compile(
    r"(ClusterName|SlurmctldHost|NodeName|PartitionName|TaskPlugin|SchedulerParameters)="
)
# As the image has it, before HyperPod has written a line.
TEMPLATE = (IMAGE / SLURM / "etc/slurm.conf").read_text()


@dataclass
class Node:
    """A node: a host with a role in the cluster."""

    host: Host
    group: Group
    number: int
    started: float = 0
    ended: float = 0
    status: int | None = None
    instance_id: str = ""
    _script: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.instance_id = self.instance_id or f"i-{self.host.address.replace('.', ''):0>17}"

    @property
    def name(self) -> str:
        """Its name in Slurm."""
        return self.host.name

    def log(self) -> str:
        """What the lifecycle scripts logged."""
        return self.host.run(f"cat {LOG}", check=False)

    def last_line(self) -> str:
        """The last line of that."""
        return self.log().splitlines()[-1]

    def download(self, bundle: Bundle) -> None:
        """Downloads the prefix to a fresh folder."""
        folder = folder_of(bundle)
        script = f"rm -rf {folder} && mkdir -p {folder} && tar -x -C {folder}"
        subprocess.run(
            self.host.command(
                "bash", "-c", f"{script} && chmod +x {folder}/{self.group.on_create}"
            ),
            input=_tar(bundle.files),
            check=True,
        )

    def start_scripts(self, bundle: Bundle, environment: dict[str, str]) -> None:
        """Starts the entry point in the folder that was downloaded."""
        folder = folder_of(bundle)
        self.status = None
        self.started = time.time()
        self._script = subprocess.Popen(
            self.host.command(
                *("env", f"SAGEMAKER_RESOURCE_CONFIG_PATH={RESOURCE_CONFIG}"),
                *(f"{key}={value}" for key, value in environment.items()),
                *("setsid", "--wait", "bash", "-c"),
                f"echo $$ > /run/lifecycle.pid; cd {folder} && exec ./{self.group.on_create} > /run/lifecycle.out 2>&1",
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def fail(self) -> str:
        """The last line of the log of scripts that have to fail, and to wait before they do."""
        assert self.wait_for_scripts() != 0, self.log()
        logged = float(self.host.run(f"stat --format %.9Y {LOG}"))
        assert self.ended - logged >= SHIPPING_SECONDS
        return self.last_line()

    def is_running_scripts(self) -> bool:
        """Whether the entry point has not ended."""
        return self._script is not None and self._script.poll() is None

    def printed(self) -> str:
        """What the entry point printed, which HyperPod does not keep."""
        return self.host.run("cat /run/lifecycle.out")

    def kill_scripts(self) -> None:
        """Ends the entry point and all that it runs, at once."""
        self.host.run("kill -KILL -- -$(cat /run/lifecycle.pid)")
        self.wait_for_scripts()

    def wait_for_scripts(self, limit: float = PATIENCE) -> int:
        """The exit status of the entry point."""
        assert self._script is not None
        self.status = self._script.wait(limit)
        self.ended = time.time()
        return self.status


@dataclass
class Platform:
    """HyperPod.

    Attributes:
        bundle: What the cluster was made of.
        nodes: Its nodes.
    """

    bundle: Bundle
    nodes: list[Node] = field(default_factory=list)
    munge_key: str = field(default_factory=lambda: secrets.token_hex(64))

    def controllers(self) -> list[Node]:
        """The nodes of the controller group."""
        return self.of_group(self.bundle.form["controller_group"])

    def of_group(self, group: str) -> list[Node]:
        """The nodes of a group."""
        return [node for node in self.nodes if node.group.name == group]

    def prepare(self, node: Node) -> None:
        """Gives a node its key and its view of the cluster."""
        host = node.host
        host.write("/etc/munge/munge.key", self.munge_key, mode="400", owner="munge")
        host.write(RESOURCE_CONFIG, json.dumps(self.resource_config(), indent=2))
        if self.bundle.topology is None:
            host.write(
                "/opt/ml/config/provisioning_parameters.json",
                self.bundle.files["provisioning_params.json"].decode(),
            )

    def make_devices(self, node: Node) -> None:
        """SHIM: device files without a device; nothing but Slurm looks at them."""
        _, gpus = CPUS_AND_GPUS[node.group.instance_type]
        for gpu in range(gpus):
            node.host.run(f"mknod --mode=666 /dev/nvidia{gpu} c 195 {gpu}")

    def resource_config(self) -> dict[str, Any]:
        """What nodes are told of the cluster."""
        return {
            "ClusterType": "Slurm",
            "ClusterConfig": {
                "ClusterArn": "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdef123456",
                "ClusterName": self.bundle.cluster_name,
            },
            "InstanceGroups": [
                {
                    "Name": group.name,
                    "InstanceType": group.instance_type,
                    "Instances": [
                        {
                            "InstanceName": f"{group.name}-{node.number}",
                            "AgentIpAddress": f"169.254.0.{index + 1}",
                            "CustomerIpAddress": node.host.address,
                            "InstanceId": node.instance_id,
                        }
                        for index, node in enumerate(self.of_group(group.name))
                    ]
                    or None,
                }
                for group in self.bundle.groups
            ],
            "SlurmConfig": {
                "PrimaryControllerIp": self.controllers()[0].host.address,
                "SecondaryControllerIps": [node.host.address for node in self.controllers()[1:]],
            }
            if self.controllers()
            else None,
        }

    def write_slurm_conf(self) -> None:
        """Writes the lines that HyperPod owns, on each controller, and lets Slurm read them."""
        for controller in self.controllers():
            host = controller.host
            self._write(host, SLURM_CONF, host.read(SLURM_CONF), self._slurm_lines())
            self._write(host, "/opt/slurm/etc/gres.conf", "", self._gres_lines())

    def write_slurm_conf_anew(self) -> None:
        """Writes slurm.conf as HyperPod does when it is missing: without lines of others."""
        for controller in self.controllers():
            self._write(controller.host, SLURM_CONF, TEMPLATE, self._slurm_lines())

    def _write(self, host: Host, path: str, before: str, lines: list[str]) -> None:
        kept = [line for line in before.splitlines() if not OWNED.match(line)]
        host.write(path, "\n".join([*kept, *lines, ""]), owner="slurm")

    def _slurm_lines(self) -> list[str]:
        workers = {
            entry["instance_group_name"]: entry["partition_name"]
            for entry in self.bundle.form["worker_groups"]
        }
        partitions: dict[str, list[str]] = {}
        for group, partition in workers.items():
            partitions.setdefault(partition, []).extend(node.name for node in self.of_group(group))
        return [
            f"ClusterName={self.bundle.cluster_name}",
            *(f"SlurmctldHost={node.name}({node.host.address})" for node in self.controllers()),
            "TaskPlugin=task/none",
            "SchedulerParameters=permit_job_expansion",
            *self._node_lines(),
            f"PartitionName=dev Nodes=ALL Default=YES {PARTITION}",
            *(
                f"PartitionName={partition} Nodes={','.join(names)} {PARTITION}"
                for partition, names in partitions.items()
                if names
            ),
        ]

    def _node_lines(self) -> list[str]:
        """Login nodes are nodes of Slurm, too, and in `dev` with all others."""
        lines = []
        for node in self.nodes:
            cpus, gpus = CPUS_AND_GPUS[node.group.instance_type]
            gres = f" Gres=gpu:{gpus}" if gpus else ""
            if node not in self.controllers():
                lines.append(
                    f"NodeName={node.name} NodeHostname={node.name} NodeAddr={node.host.address} "
                    f"CPUs={cpus}{gres} State=CLOUD"
                )
        return lines

    def _gres_lines(self) -> list[str]:
        lines = []
        for node in self.nodes:
            _, gpus = CPUS_AND_GPUS[node.group.instance_type]
            if gpus:
                files = "/dev/nvidia0" if gpus == 1 else f"/dev/nvidia[0-{gpus - 1}]"
                lines.append(f"NodeName={node.name} Name=gpu File={files}")
        return lines


def folder_of(bundle: Bundle) -> PurePosixPath:
    """Where a node has its scripts."""
    return PurePosixPath("/tmp", bundle.place)  # noqa: S108 - that is where HyperPod has it


def _tar(files: dict[str, bytes]) -> bytes:
    """The files without modes, as S3 has them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
