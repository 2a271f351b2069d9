"""The network of a cluster: a bridge, an address for each host, names."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

from .command import run

CLAIMS = Path("/run/hyperpod-nodes")
_A = b"\x00\x01"


class Network:
    """A bridge whose own address, `gateway`, serves what AWS would serve: names, AWS's API."""

    def __init__(self) -> None:
        self._number = _claim()
        self.bridge = f"nodes{self._number}"
        self.gateway = self.address(0, 1)
        _ip("link", "add", self.bridge, "address", _hardware(self.gateway), "type", "bridge")
        _ip("address", "add", f"{self.gateway}/16", "dev", self.bridge)
        _ip("link", "set", self.bridge, "up")
        self.names = Names(self.gateway)

    def address(self, third: int, fourth: int) -> str:
        """An address of this network."""
        return f"10.{self._number}.{third}.{fourth}"

    def plug(self, address: str) -> Path:
        """Makes a network namespace that has this address alone."""
        namespace = address.replace(".", "-")
        _ip("netns", "add", namespace)
        inside = ("name", "eth0", "address", _hardware(address), "netns", namespace)
        _ip("link", "add", namespace, "type", "veth", "peer", *inside)
        _ip("link", "set", namespace, "master", self.bridge, "up")
        _ip("-netns", namespace, "link", "set", "lo", "up")
        _ip("-netns", namespace, "address", "add", f"{address}/16", "dev", "eth0")
        _ip("-netns", namespace, "link", "set", "eth0", "up")
        _ip("-netns", namespace, "route", "add", "10.0.0.0/8", "via", self.gateway)
        return Path("/run/netns", namespace)

    def unplug(self, address: str) -> None:
        """Removes the namespace of an address."""
        namespace = address.replace(".", "-")
        _ip("link", "delete", namespace)
        _ip("netns", "delete", namespace)

    def serve(self, address: str) -> None:
        """Adds an address to the bridge, for a server that is no host."""
        _ip("address", "add", f"{address}/16", "dev", self.bridge)

    def close(self) -> None:
        """Removes the bridge; the number stays taken."""
        self.names.close()
        _ip("link", "delete", self.bridge)


class Names:
    """A name server: answers with the addresses it holds, with NXDOMAIN, or, muted, not at all."""

    def __init__(self, address: str) -> None:
        self.addresses: dict[str, str] = {}
        self.muted = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stops answering, for good."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                question, asker = self._socket.recvfrom(512)
                if not question:
                    return
                if not self.muted:
                    self._socket.sendto(self._answer(question), asker)
            except OSError:
                return

    def _answer(self, query: bytes) -> bytes:
        labels, place = [], 12
        while length := query[place]:
            labels.append(query[place + 1 : place + 1 + length].decode())
            place += 1 + length
        kind, end = query[place + 1 : place + 3], place + 5
        address = self.addresses.get(".".join(labels).lower())
        header = query[:2] + (b"\x81\x80" if address else b"\x81\x83") + b"\x00\x01"
        if address is None or kind != _A:
            return header + bytes(6) + query[12:end]
        record = b"\xc0\x0c" + _A + b"\x00\x01" + bytes(4) + b"\x00\x04" + socket.inet_aton(address)
        return header + b"\x00\x01" + bytes(4) + query[12:end] + record


def _hardware(address: str) -> str:
    """The hardware address: hosts that know one also find who has the same address later."""
    return "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def _claim() -> int:
    """A number that no other process of this run has."""
    for number in range(1, 255):
        try:
            (CLAIMS / str(number)).mkdir()
        except FileExistsError:
            continue
        return number
    raise RuntimeError("all networks are taken")


def _ip(*arguments: str) -> None:
    run("ip", *arguments)
