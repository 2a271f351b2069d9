"""A running cluster: hosts, HyperPod, file servers, and what a test asks of them."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from .bundle import Bundle, Group
from .command import PATIENCE
from .file_server import FileServer
from .host import Host
from .hyperpod import SHIPPING_SECONDS, Node, Platform
from .network import CLAIMS, Network

API_PORT = 5000
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
WAIT_OF_SCRIPTS = 240


class Cluster:
    """A cluster of a bundle; a context manager that leaves nothing behind.

    Its hosts have files besides those of the image, and a layer over it.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        disk: str = "2g",
        files: Mapping[str, str] | None = None,
        layer: Path | None = None,
    ) -> None:
        self.network = Network()
        self.platform = Platform(bundle)
        self.environment = {
            "HYPERPOD_LOG_SHIPPING_SECONDS": str(SHIPPING_SECONDS),
            "HYPERPOD_WAIT_SECONDS": str(WAIT_OF_SCRIPTS),
        }
        self.others: list[Host] = []
        self._disk = disk
        self._layer = layer
        self.files = {**(files or {})}
        self._shared = CLAIMS / "shared" / self.network.bridge
        self._shared.mkdir(parents=True)
        self._last = 9
        self.file_servers = {
            system.kind: FileServer(
                self.network, self.network.address(0, 100 + index), system, self._shared
            )
            for index, system in enumerate(bundle.file_systems)
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for host in (*(node.host for node in self.nodes), *self.others):
            host.destroy()
        for server in self.file_servers.values():
            server.close()
        self.network.close()

    @property
    def nodes(self) -> list[Node]:
        """All nodes."""
        return self.platform.nodes

    @property
    def controller(self) -> Host:
        """The first controller."""
        return self.platform.controllers()[0].host

    def group(self, name: str) -> list[Node]:
        """The nodes of a group."""
        return self.platform.of_group(name)

    def bring_up(self) -> None:
        """Does what HyperPod does when a cluster is created, and waits until Slurm has all nodes."""
        for server in self.file_servers.values():
            server.start()
        self.add_all()
        self.boot()
        self.start_scripts(*self.nodes)
        self.platform.write_slurm_conf()
        self.wait_for_scripts(self.nodes)
        self.expect_provisioned()
        self.wait_until_idle()

    def add_all(self) -> list[Node]:
        """Makes the hosts of all groups."""
        return [
            self.add(group) for group in self.platform.bundle.groups for _ in range(group.count)
        ]

    def add(self, group: Group, number: int | None = None) -> Node:
        """Makes the host of one more node, switched off."""
        node = self.make_node(group, number or len(self.group(group.name)) + 1)
        self.nodes.append(node)
        return node

    def make_node(
        self, group: Group, number: int, address: str = "", instance_id: str = ""
    ) -> Node:
        """A node with a host of its own, switched off."""
        return Node(self.new_host(address), group, number, instance_id=instance_id)

    def new_host(self, address: str = "") -> Host:
        """Makes a host, switched off, with an address that is free."""
        if not address:
            self._last += 1
            address = self.network.address(1, self._last)
        host = Host(
            network=self.network,
            name=f"ip-{address.replace('.', '-')}",
            address=address,
            shared=self._shared,
            disk=self._disk,
            layer=self._layer,
            environment={
                "AWS_ENDPOINT_URL": f"http://{self.network.gateway}:{API_PORT}",
                "AWS_ACCESS_KEY_ID": "node",
                "AWS_SECRET_ACCESS_KEY": "node",
                "AWS_DEFAULT_REGION": "us-west-2",
            },
        )
        for path, content in self.files.items():
            host.write(path, content)
        return host

    def join(self, group: str, number: int | None = None) -> Node:
        """Does what HyperPod does when a running cluster gets a node: Slurm hears of it last."""
        (chosen,) = (item for item in self.platform.bundle.groups if item.name == group)
        node = self.add(chosen, number)
        self.boot([node])
        self.provision([node])
        self.expect_provisioned([node])
        self.platform.write_slurm_conf()
        self.reconfigure()
        self.wait_until_idle()
        return node

    def reconfigure(self) -> None:
        """Lets slurmctld read its files; 24.11 sometimes takes longer than scontrol waits."""
        ask = "scontrol reconfigure && echo done"
        wait_until(lambda: self.controller.run(ask, check=False) == "done\n")

    def replace(self, node: Node) -> Node:
        """Does what HyperPod does with a faulty node: a host with a new disk has its name and address."""
        place = self.nodes.index(node)
        self.remove(node)
        new = self.make_node(node.group, node.number, node.host.address, node.instance_id)
        self.nodes.append(new)
        self.nodes.insert(place, self.nodes.pop())
        self.boot([new])
        self.start_scripts(new)
        self.platform.write_slurm_conf()
        self.wait_for_scripts([new])
        self.expect_provisioned([new])
        return new

    def remove(self, node: Node) -> None:
        """Takes a node and its host away."""
        self.nodes.remove(node)
        node.host.destroy()

    def boot(self, nodes: Iterable[Node] | None = None) -> None:
        """Switches hosts on, which know of all that have been made by now."""
        chosen = self.nodes if nodes is None else list(nodes)
        for node in chosen:
            self.platform.prepare(node)
            node.host.start()
        for node in chosen:
            node.host.wait_until_booted()
            self.platform.make_devices(node)

    def reboot(self, nodes: Iterable[Node]) -> None:
        """Shuts hosts down and switches them on, all at the same time."""
        hosts = [node.host for node in nodes]
        with ThreadPoolExecutor(len(hosts)) as pool:
            list(pool.map(Host.shut_down, hosts))
        for host in hosts:
            host.start()
        for node in nodes:
            node.host.wait_until_booted()
            self.platform.make_devices(node)

    def start_scripts(self, *nodes: Node, **environment: str) -> None:
        """Downloads the lifecycle scripts to nodes and starts them."""
        self.download(nodes)
        self.start_downloaded(nodes, **environment)

    def download(self, nodes: Iterable[Node]) -> None:
        """Downloads the lifecycle scripts to nodes."""
        for node in nodes:
            node.download(self.platform.bundle)

    def start_downloaded(self, nodes: Iterable[Node], **environment: str) -> None:
        """Starts the lifecycle scripts that nodes have."""
        for node in nodes:
            node.start_scripts(self.platform.bundle, {**self.environment, **environment})

    def provision(self, nodes: Iterable[Node] | None = None, **environment: str) -> None:
        """Runs the lifecycle scripts on nodes, at the same time on all."""
        chosen = self.nodes if nodes is None else list(nodes)
        self.start_scripts(*chosen, **environment)
        self.wait_for_scripts(chosen)

    def wait_for_scripts(self, nodes: Iterable[Node]) -> None:
        """Waits until the scripts of nodes have ended."""
        for node in nodes:
            node.wait_for_scripts()

    def expect_provisioned(self, nodes: Iterable[Node] | None = None) -> None:
        """Fails with the logs of the nodes whose scripts failed."""
        failed = [node for node in nodes or self.nodes if node.status != 0]
        logs = "\n".join(
            f"--- {node.name}, {node.group.name}: {node.status}\n{node.log()}" for node in failed
        )
        assert not failed, logs

    def states(self) -> dict[str, str]:
        """The state of each node, as the controller sees it."""
        lines = self.controller.run("sinfo --noheader --Node --format '%N %T'", check=False)
        return dict(line.split(maxsplit=1) for line in lines.splitlines() if line.count(" ") == 1)

    def wait_until_idle(self) -> None:
        """Waits until each worker is idle, and no login node takes jobs."""
        controllers = {node.name for node in self.platform.controllers()}
        form = self.platform.bundle.form
        is_reserved = self.platform.bundle.steps.get("reserve_login_nodes")
        kept = form.get("login_group") if is_reserved else None
        wanted = {
            node.name: "reserved" if node.group.name == kept else "idle"
            for node in self.nodes
            if node.name not in controllers
        }
        wait_until(lambda: self.states() == wanted, self.states)


def wait_until(
    holds: Callable[[], bool], seen: Callable[[], object] = lambda: None, limit: float = PATIENCE
) -> None:
    """Waits until something holds; fails with what is seen instead."""
    end = time.monotonic() + limit
    pause = FIRST_PAUSE
    while not holds():
        assert time.monotonic() < end, f"not within {limit} s: {seen()}"
        time.sleep(pause)
        # Each look starts processes on a host, which many of them would slow down.
        pause = min(1.5 * pause, LONGEST_PAUSE)
