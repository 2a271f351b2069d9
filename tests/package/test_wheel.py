"""The built package, installed where nothing else is, used from another folder."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.synth import CONTEXT, ROOT

PROGRAM = """
import json
import aws_cdk as cdk
import hyperpod_constructs as hp

app = cdk.App(context=json.loads({context!r}))
stack = cdk.Stack(app, "Stack")
hp.HyperPodCluster(
    stack, "Cluster",
    instance_groups=[
        hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
        hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", count=4, partition="gpu"),
    ],
)
app.synth()
print(hp.__file__)
"""


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    result = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder),
        cwd=ROOT,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_package_types_and_scripts(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert "hyperpod_constructs/py.typed" in names
    assert "hyperpod_constructs/scripts/eks/on_create.sh" in names
    assert "hyperpod_constructs/__init__.pyi" in names
    for path in (ROOT / "lifecycle_scripts").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            relative = path.relative_to(ROOT / "lifecycle_scripts").as_posix()
            assert f"hyperpod_constructs/_lifecycle_scripts/{relative}" in names
    assert not [name for name in names if name.startswith(("tests/", "sample_app/"))]


def test_the_wheel_needs_three_packages(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    metadata = next(name for name in archive.namelist() if name.endswith("METADATA"))
    needed = [
        line.removeprefix("Requires-Dist: ")
        for line in archive.read(metadata).decode().splitlines()
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    ]

    assert [name.partition("<")[0].partition(">")[0] for name in needed] == [
        "aws-cdk-lib",
        "constructs",
        "jsii",
    ]


def test_the_first_program_runs_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    run(
        *(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt"),
        wheel,
        cwd=tmp_path,
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "app.py").write_text(PROGRAM.format(context=json.dumps(CONTEXT)))

    out = run(python, "app.py", cwd=elsewhere, CDK_OUTDIR=str(elsewhere / "cdk.out"))

    assert str(home) in out
    template: Any = json.loads((elsewhere / "cdk.out" / "Stack.template.json").read_text())
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    assert kinds.count("AWS::SageMaker::Cluster") == 1
    assets = {path.name for path in (elsewhere / "cdk.out").glob("asset.*/*")}
    assert "on_create.sh" in assets
