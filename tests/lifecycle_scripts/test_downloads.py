"""Downloads that are pinned by SHA-256, and what fetch.sh refuses."""

import hashlib
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from .conftest import PretendNode

ADDRESS = "https://example.com/a"
RIGHT = hashlib.sha256(f"{ADDRESS}\n".encode()).hexdigest()
IMAGE = "nvcr.io/nvidia/k8s/dcgm-exporter:4.1.1-4.0.4-ubuntu22.04"


def pins(node: PretendNode, *lines: str) -> None:
    (node.scripts / "SHA256SUMS").write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("digest", [None, RIGHT])
def test_content_that_is_known(node: PretendNode, digest: str | None) -> None:
    if digest:
        pins(node, f"{'0' * 64}  https://example.com/b", f"{digest}  {ADDRESS}")

    assert node.run("fetch.sh", ADDRESS, str(node.root / "a")).returncode == 0

    assert (node.root / "a").exists()
    (call,) = node.calls("curl")
    assert " --proto =https --proto-redir =https --tlsv1.2 " in call


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{'0' * 64}  {ADDRESS}", f"{ADDRESS} does not have the SHA-256 {'0' * 64}\n"),
        (f"{RIGHT}  https://example.com/b", "is not in SHA256SUMS: add a line with its SHA-256"),
        (f"{RIGHT}  {ADDRESS} or another", "is not in SHA256SUMS"),
        (f"{RIGHT[:40]}  {ADDRESS}", "is not in SHA256SUMS"),
        ("", "is not in SHA256SUMS"),
    ],
)
def test_content_that_is_not_known(node: PretendNode, line: str, message: str) -> None:
    pins(node, line)

    result = node.run("fetch.sh", ADDRESS, str(node.root / "a"))

    assert result.returncode == 1
    assert message in result.stdout
    assert not list(node.root.glob("a*"))


@pytest.mark.parametrize("is_pinned", [False, True])
def test_image_by_digest(node: PretendNode, is_pinned: bool) -> None:
    node.file("/dev/nvidia0").touch()
    if is_pinned:
        pins(node, f"{RIGHT}  {IMAGE}")

    assert node.run("install_dcgm_exporter.sh").returncode == 0

    unit = (node.root / "etc/systemd/system/dcgm-exporter.service").read_text()
    wanted = f"{IMAGE.rpartition(':')[0]}@sha256:{RIGHT}" if is_pinned else IMAGE
    assert f" {wanted}\n" in unit


class Answers(BaseHTTPRequestHandler):
    """Sends `/moved` to an address without TLS, and answers others."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/a")  # type: ignore[attr-defined]
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"content\n")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def https(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of a server of this machine, and its certificate."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost"
    subprocess.run(
        [
            *command.split(),
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("localhost", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, certificate
        server.shutdown()


@pytest.mark.skipif(
    not shutil.which("curl") or not shutil.which("openssl"), reason="needs curl and openssl"
)
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://localhost:{}/a", None),
        ("https://localhost:{}/moved", "rotocol"),
        ("http://localhost:{}/a", "rotocol"),
        ("https://127.0.0.1:{}/a", "127.0.0.1"),
    ],
)
def test_addresses_of_a_server(
    node: PretendNode, https: tuple[int, Path], address: str, message: str | None
) -> None:
    port, certificate = https
    node.replace("curl", f'exec {shutil.which("curl")} --cacert {certificate} "$@"')

    result = node.run(
        "fetch.sh", address.format(port), str(node.root / "a"), HYPERPOD_WAIT_SECONDS="0"
    )

    assert (result.returncode == 0) == (message is None)
    assert (message or "") in result.stdout
    assert (node.root / "a").exists() == (message is None)
