"""Draws what commands print on a terminal of 80 columns: `python -m tests.operations.pictures`.

It writes the pictures of docs/guides, as root, with the emulator.
"""

import os
import pty
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.aws.emulator import Emulator, emulator
from tests.cost.server import price_server
from tests.synth import ROOT

from .damage import close_ports, delete_route
from .live import ENTRY_POINT, NAME, make_cluster
from .prepared import prepare

_IMAGES = ROOT / "docs" / "images"
_WIDTH = 80
_LINE = 24.4
_MARGIN = 20
_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -8 1000 HEIGHT">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px;
line-height: {line_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
<rect x="-12" y="-8" width="100%" height="100%" rx="8" fill="#1e2329"/>
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g>
</svg>
"""


def _on_terminal(arguments: list[str], environment: dict[str, str], folder: Path) -> str:
    """What a command writes to a terminal."""
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [str(ENTRY_POINT), *arguments],
        env={**environment, "COLUMNS": str(_WIDTH), "TERM": "xterm-256color"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    ):
        os.close(terminal)
        written = b""
        while True:
            try:
                part = os.read(controller, 4096)
            except OSError:
                break
            if not part:
                break
            written += part
    return written.decode().replace("\r\n", "\n")


def _draw(name: str, arguments: list[str], written: str) -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=_WIDTH, file=nowhere, force_terminal=True)
        console.print(f"$ hyperpod-constructs {' '.join(arguments)}", highlight=False)
        console.print(Text.from_ansi(written.rstrip()))
        picture = console.export_svg(title="", code_format=_PICTURE, unique_id=name)
    height = _LINE * (picture.count("<clipPath") + 1) + _MARGIN
    lines = (line.rstrip() for line in picture.replace("HEIGHT", f"{height:g}").splitlines())
    (_IMAGES / f"{name}.svg").write_text("\n".join(lines) + "\n")


def _nodes(running: Emulator, folder: Path) -> None:
    running.forget()
    make_cluster(running)
    cluster = running.clusters.find(NAME)
    assert cluster is not None
    running.clusters.break_node(NAME, list(cluster.nodes["gpu"])[1], "NVLink error of GPU 3")
    arguments = ["nodes", NAME]
    _draw("nodes", arguments, _on_terminal(arguments, running.environment, folder))


def _preflight(running: Emulator, folder: Path) -> None:
    prepared = prepare(running, folder)
    delete_route(prepared)
    close_ports(prepared)
    prepared.write()
    arguments = ["preflight", "request.json"]
    _draw("preflight", arguments, _on_terminal(arguments, running.environment, folder))


def _cost(running: Emulator, folder: Path) -> None:
    prepared = prepare(running, folder)
    prepared.request["InstanceGroups"][1] |= {"InstanceType": "ml.g5.8xlarge"}
    del prepared.request["InstanceGroups"][1]["TrainingPlanArn"]
    prepared.write()
    arguments = ["cost", "request.json", "--region", "us-west-2"]
    with price_server() as server:
        environment = {**running.environment, "XDG_CACHE_HOME": str(folder)}
        written = _on_terminal([*arguments, "--url", server.url], environment, folder)
    _draw("cost", arguments, written)


def main() -> None:
    """Draws the pictures."""
    with emulator() as running, tempfile.TemporaryDirectory() as folder:
        for draw in (_nodes, _preflight, _cost):
            draw(running, Path(folder))


if __name__ == "__main__":
    main()
