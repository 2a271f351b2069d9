"""The built package, installed where nothing else is, used from another folder."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.synth import CONTEXT, ROOT
from tests.thorough import thorough

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
        env={**os.environ, "PYTHONPATH": "", "CDK_VALIDATION": "false", **variables},
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


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment in which the wheel is installed, and what it needs.

    What it needs is linked from the environment of the tests, for installing copies of it takes half
    a minute. That pip asks no index shows that the wheel needs nothing else, and no other versions.
    """
    home = tmp_path_factory.mktemp("environment")
    venv.create(home)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    for name in needs(["aws-cdk-lib", "constructs", "jsii"]):
        files = distribution(name).files or ()
        for top in {file.parts[0] for file in files if not file.parts[0].startswith(".")}:
            link = packages / top
            if not link.exists():
                link.symlink_to(Path(str(distribution(name).locate_file(top))))
    python = home / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--quiet", "--python", python, "install"),
        *("--no-index", "--no-compile", wheel),
        cwd=home,
    )
    return python


def needs(names: Iterable[str]) -> set[str]:
    """Distributions and all that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needed = map(Requirement, distribution(name).requires or ())
            waiting += [
                each.name for each in needed if each.marker is None or each.marker.evaluate()
            ]
    return found


@thorough
def test_the_first_program_runs_from_another_folder(python: Path, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM.format(context=json.dumps(CONTEXT)))

    out = run(python, "app.py", cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "cdk.out"))

    assert str(python.parents[1]) in out
    template: Any = json.loads((tmp_path / "cdk.out" / "Stack.template.json").read_text())
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    assert kinds.count("AWS::SageMaker::Cluster") == 1
    assets = {path.name for path in (tmp_path / "cdk.out").glob("asset.*/*")}
    assert "on_create.sh" in assets


@pytest.mark.parametrize(
    ("module", "is_there"),
    [("aws_cdk", True), ("constructs", True), ("jsii", True), ("yaml", False), ("boto3", False)],
)
def test_nothing_else_is_there(python: Path, tmp_path: Path, module: str, is_there: bool) -> None:
    program = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]) is not None)"

    assert run(python, "-c", program, module, cwd=tmp_path).strip() == str(is_there)


def test_another_version_would_not_do(wheel: Path, python: Path, tmp_path: Path) -> None:
    """The wheel is installed where no index is asked, so what it needs is what is there."""
    changed = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(b"constructs<11,>=10.5.1", b"constructs>=11"))
    refused = subprocess.run(
        [*(sys.executable, "-m", "pip", "--python", python, "install", "--no-index"), changed],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "constructs>=11" in refused.stderr
