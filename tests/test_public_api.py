"""The public names: sorted, documented, and nothing else."""

import ast
import inspect
import subprocess
import sys

import pytest

import hyperpod_constructs as hp

from .synth import ROOT

PACKAGE = ROOT / "hyperpod_constructs"


def test_names_are_sorted_and_each_is_there() -> None:
    assert hp.__all__ == sorted(hp.__all__)
    assert dir(hp) == hp.__all__
    assert all(getattr(hp, name) for name in hp.__all__)


@pytest.mark.parametrize("name", hp.__all__)
def test_every_name_is_documented_with_its_members(name: str) -> None:
    public = getattr(hp, name)

    assert inspect.getdoc(public), name
    for member_name, member in vars(public).items():
        if member_name.startswith("_") or not hasattr(member, "__doc__"):
            continue
        if isinstance(member, property | staticmethod | classmethod) or inspect.isfunction(member):
            assert member.__doc__, f"{name}.{member_name}"


def test_fails_on_other_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Cluster'"):
        _ = hp.Cluster


def test_importing_the_package_imports_no_cdk() -> None:
    program = "import sys, hyperpod_constructs; sys.exit('aws_cdk' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def imports(path: str) -> set[str]:
    tree = ast.parse((PACKAGE / path).read_text())
    guarded = {
        node
        for statement in ast.walk(tree)
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"
        for node in ast.walk(statement)
    }
    return {
        name
        for node in ast.walk(tree)
        if node not in guarded
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }


@pytest.mark.parametrize(
    "path", sorted(str(path.relative_to(PACKAGE)) for path in (PACKAGE / "model").rglob("*.py"))
)
def test_the_model_imports_no_cdk(path: str) -> None:
    assert not [
        name for name in imports(path) if name.startswith(("aws_cdk", "constructs", "jsii"))
    ]
