"""The sdist and the wheel that is built from it: contents, metadata, and the workflow that publishes."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
import yaml

from tests.synth import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAME = f"hyperpod_constructs-{PROJECT['version']}"
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
AT_THE_TOP = {
    *("CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore"),
    *("hyperpod_constructs", "lifecycle_scripts"),
}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> set[str]:
    """Names of the files in the wheel."""
    return set(zipfile.ZipFile(next(dist.glob("*.whl"))).namelist())


@pytest.fixture(scope="module")
def sdist(dist: Path) -> set[str]:
    """Names of the files in the sdist, without the folder around them."""
    with tarfile.open(dist / f"{NAME}.tar.gz") as archive:
        names = [each.name for each in archive.getmembers() if each.isfile()]
    assert all(name.startswith(f"{NAME}/") for name in names)
    return {name.removeprefix(f"{NAME}/") for name in names}


def tracked(folder: str) -> set[str]:
    """Files of a folder in the repository, without what tools leave there."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", ".mypy_cache"} & {*path.parts}
    }


def metadata(dist: Path) -> Message:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as archive:
        return message_from_bytes(archive.read(f"{NAME}.dist-info/METADATA"))


def test_the_sdist_holds_package_and_scripts(sdist: set[str]) -> None:
    assert {name.partition("/")[0] for name in sdist} == AT_THE_TOP
    packed = {name for name in sdist if "/" in name}
    assert packed == tracked("hyperpod_constructs") | tracked("lifecycle_scripts")


def test_the_wheel_of_the_sdist_holds_the_same(wheel: set[str]) -> None:
    scripts = {
        name.replace("lifecycle_scripts/", "hyperpod_constructs/_lifecycle_scripts/", 1)
        for name in tracked("lifecycle_scripts")
    }
    packed = {name for name in wheel if ".dist-info/" not in name}

    assert packed == tracked("hyperpod_constructs") | scripts


def test_twine_accepts_both(dist: Path) -> None:
    files = sorted(map(str, dist.iterdir()))
    command = [sys.executable, "-m", "twine", "check", "--strict", *files]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    assert len(re.findall("PASSED", result.stdout)) == len(files) == 2


def test_the_metadata(dist: Path) -> None:
    found = metadata(dist)
    classifiers = found.get_all("Classifier") or []

    assert found["Version"] == PROJECT["version"]
    assert found["License-Expression"] == "Apache-2.0"
    assert found["Description-Content-Type"] == "text/markdown"
    assert found["Requires-Python"] == f">={VERSIONS[0]}"
    assert [
        each.rpartition(" ")[2] for each in classifiers if re.search(r":: Python :: 3\.", each)
    ] == VERSIONS


def test_the_changelog_has_the_version_below_what_is_unreleased() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[:2] == ["Unreleased", PROJECT["version"]]


def workflow(name: str) -> dict[str, dict[str, object]]:
    jobs: dict[str, dict[str, object]] = yaml.safe_load(
        (ROOT / ".github" / "workflows" / name).read_text()
    )["jobs"]
    return jobs


def test_the_workflow_tests_every_version_of_the_metadata() -> None:
    strategy = workflow("ci.yml")["synthesize"]["strategy"]

    assert strategy == {"matrix": {"python": VERSIONS}}


def test_only_the_publishing_job_has_an_identity() -> None:
    jobs = workflow("release.yml")

    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"] == "pypi"


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name
)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    used = re.findall(r"uses: (.+)", path.read_text())

    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d[\w.]*", each) for each in used), used
