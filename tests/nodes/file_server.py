"""A server of a shared file system, as far as nodes see it: a name, a port, files."""

import socketserver
import threading
from pathlib import Path

from .bundle import FileSystem
from .command import run
from .network import Network

PORTS = {"LUSTRE": 988, "OPENZFS": 2049}


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class FileServer:
    """SHIM: the port is real; the files lie in memory, and `mount` on a host only binds them."""

    def __init__(self, network: Network, address: str, system: FileSystem, shared: Path) -> None:
        self.address = address
        self.source = system.source.format(address=address)
        self.files = shared / address
        self.files.mkdir()
        run("mount", "-t", "tmpfs", self.source, str(self.files))
        self._port = PORTS[system.kind]
        self._server: _Server | None = None
        network.serve(address)
        network.names.addresses[system.dns_name] = address

    def start(self) -> None:
        """Listens."""
        self._server = _Server((self.address, self._port), socketserver.BaseRequestHandler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Refuses connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def close(self) -> None:
        """Stops, and forgets the files."""
        self.stop()
        run("umount", "--lazy", str(self.files))
