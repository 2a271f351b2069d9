"""The public names: sorted, documented, and nothing else."""

import inspect
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

import hyperpod_constructs as hp
from tests.synth import ROOT

PATHS = f"import sys; sys.path[:] = {sys.path!r}; "
"""Without `site`, which imports modules for editable packages."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_names_are_sorted_and_each_is_there() -> None:
    assert hp.__all__ == sorted(hp.__all__)
    assert dir(hp) == hp.__all__
    assert all(getattr(hp, name) for name in hp.__all__)


@pytest.mark.parametrize("name", hp.__all__)
def test_every_name_is_documented_with_its_members(name: str) -> None:
    public = getattr(hp, name)

    if isinstance(public, Mapping):
        return
    assert inspect.getdoc(public), name
    for member_name, member in vars(public).items():
        if member_name.startswith("_") or not hasattr(member, "__doc__"):
            continue
        if isinstance(member, property | staticmethod | classmethod) or inspect.isfunction(member):
            assert member.__doc__, f"{name}.{member_name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_name_in_the_documentation_is_there(page: Path) -> None:
    assert set(re.findall(r"\bhp\.(\w+)", page.read_text())) - set(hp.__all__) == set()


def test_the_documentation_names_some() -> None:
    assert "hp.HyperPodCluster" in (ROOT / "README.md").read_text()


def test_fails_on_other_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Cluster'"):
        _ = hp.Cluster  # type: ignore[attr-defined]


def test_the_version_is_that_of_the_installed_package() -> None:
    assert hp.__version__ == version("hyperpod-constructs")
    assert re.fullmatch(r"\d+\.\d+\.\d+", hp.__version__)


@pytest.mark.parametrize("module", ["aws_cdk", "importlib.metadata", "hyperpod_constructs.testing"])
def test_importing_the_package_does_not_import(module: str) -> None:
    program = f"import sys, hyperpod_constructs; sys.exit({module!r} in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-S", "-c", PATHS + program], check=False).returncode == 0
    )


def test_importing_all_names_calls_nothing_of_cdk() -> None:
    """A duration or a size is created where it is used: jsii imports `typeguard` for the first call."""
    program = (
        "import sys, hyperpod_constructs as hp; [getattr(hp, name) for name in hp.__all__]; "
        "sys.exit('typeguard' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("module", ["aws_cdk", "pytest"])
def test_importing_the_assertions_does_not_import(module: str) -> None:
    program = f"import sys, hyperpod_constructs.testing; sys.exit({module!r} in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-S", "-c", PATHS + program], check=False).returncode == 0
    )
