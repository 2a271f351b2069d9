import json
from importlib import import_module
from pathlib import Path

import pytest

from .conftest import FORM, LUSTRE, OPENZFS

lifecycle = import_module("lifecycle")
provisioning_params = import_module("provisioning_params")
LifecycleError = import_module("lifecycle_error").LifecycleError

MOUNT_LUSTRE = ["mount_lustre.sh", "fs-1.fsx.example.com", "abcdefgh"]
MOUNT_OPENZFS = ["mount_openzfs.sh", "fs-2.fsx.example.com"]
CONTROLLERS = ["10.1.0.11", "10.1.0.12"]


@pytest.mark.parametrize(
    ("file_systems", "mounts"),
    [
        ({}, []),
        (LUSTRE, [MOUNT_LUSTRE]),
        (OPENZFS, [MOUNT_OPENZFS]),
        (LUSTRE | OPENZFS, [MOUNT_LUSTRE, MOUNT_OPENZFS]),
    ],
)
@pytest.mark.parametrize(
    ("node_type", "start"),
    [
        ("controller", ["start_slurmctld.sh"]),
        ("login", ["start_slurmd.sh", *CONTROLLERS]),
        ("worker", ["start_slurmd.sh", *CONTROLLERS]),
    ],
)
def test_steps_of_a_node(
    tmp_path: Path,
    file_systems: dict[str, str],
    mounts: list[list[str]],
    node_type: str,
    start: list[str],
) -> None:
    (tmp_path / "provisioning_params.json").write_text(json.dumps(FORM | file_systems))
    form = provisioning_params.ProvisioningParams.read(tmp_path)

    steps = lifecycle.steps(form, provisioning_params.NodeType(node_type), CONTROLLERS)

    assert list(steps) == [*mounts, start]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo begun; echo 'no space left' >&2; exit 3", "ended with status 3: no space left"),
        ("echo begun; echo; exit 1", "ended with status 1: begun"),
        ("exit 1", "ended with status 1: it printed nothing"),
        (
            "printf 'caf\\xe9 closed'; exit 1",
            "ended with status 1: caf\N{REPLACEMENT CHARACTER} closed",
        ),
        ("kill -9 $$", "ended with status -9: it printed nothing"),
    ],
)
def test_last_line_of_a_failed_step_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, message: str
) -> None:
    monkeypatch.setattr(lifecycle, "FOLDER", tmp_path)
    (tmp_path / "step.sh").write_text(script)

    with pytest.raises(LifecycleError) as error:
        lifecycle.run_step("step.sh", [])

    assert str(error.value) == f"step.sh {message}"
