"""The function of AWS CDK that calls kubectl and Helm, run from the assembly with its layers at `/opt`."""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.aws.front.identity import key_of

_RUN = """\
import json, sys
sys.path.insert(0, sys.argv[1])
import index
print("RESULT", json.dumps(index.handler(json.load(sys.stdin), None)))
"""
_APART = 'mount -t overlay overlay -o lowerdir="$1" /opt; shift; exec "$@"'
_OF_LAMBDA = b"#!/var/lang/bin/python"
_RESULT = "RESULT "


class FunctionFailed(Exception):  # noqa: N818
    """What the function wrote before it failed."""


@dataclass
class KubectlFunction:
    """The function.

    Attributes:
        emulator: Its AWS.
        assembly: The assembly with its code and its layers.
        code: Folder of its code, in the assembly.
        layers: Archives of its layers, in the assembly.
        role: ARN of its role.
    """

    emulator: Emulator
    assembly: Path
    code: str
    layers: list[str]
    role: str

    def run(self, kind: str, properties: Json, *, request_type: str = "Create") -> Json:
        """Runs it, and returns its answer.

        Args:
            kind: Type of the custom resource.
            properties: Properties of the custom resource.
            request_type: What happens to it.

        Raises:
            FunctionFailed: If it fails.
        """
        event = {
            "RequestType": request_type,
            "ResourceType": kind,
            "ResourceProperties": properties,
            "ResponseURL": "",
        }
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(
                [
                    *("unshare", "--mount", "sh", "-ec", _APART, "sh", self._opt),
                    *(sys.executable, "-c", _RUN, str(self.assembly / self.code)),
                ],
                env=self._environment(scratch),
                input=json.dumps(event),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        if done.returncode:
            raise FunctionFailed(done.stdout)
        (answer,) = (line for line in done.stdout.splitlines() if line.startswith(_RESULT))
        found: Any = json.loads(answer.removeprefix(_RESULT))
        return found or {}

    def _environment(self, scratch: str) -> dict[str, str]:
        cloud = self.emulator.cloud
        return {
            "AWS_ACCESS_KEY_ID": key_of(self.role),
            "AWS_SECRET_ACCESS_KEY": "emulator",
            "AWS_DEFAULT_REGION": cloud.region,
            "AWS_REGION": cloud.region,
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": scratch,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "TEST_OUTDIR": scratch,
        }

    @property
    def helm(self) -> Path:
        """The Helm of the layers."""
        (found,) = (each / "helm" / "helm" for each in self._folders if (each / "helm").is_dir())
        return found

    @property
    def _opt(self) -> str:
        """The layers, one over the other."""
        return ":".join(map(str, self._folders))

    @cached_property
    def _folders(self) -> list[Path]:
        """The layers, unpacked."""
        folders: list[Path] = []
        for layer in self.layers:
            folder = self.assembly.parent / f"layer-{len(folders)}"
            with zipfile.ZipFile(self.assembly / layer) as archive:
                archive.extractall(folder)
                for item in archive.infolist():
                    mode = item.external_attr >> 16
                    if mode and not item.is_dir():
                        (folder / item.filename).chmod(mode | 0o400)
            folders.append(folder)
        for script in (each / "awscli" / "aws" for each in folders):
            if script.exists():
                text = script.read_bytes().replace(_OF_LAMBDA, f"#!{sys.executable}".encode(), 1)
                script.write_bytes(text)
                script.chmod(0o755)
        return folders
