"""Commands that import the library, and the modules of CDK it uses."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from .measure import ROOT, printed

Command = tuple[str, str]

LIBRARY = (
    "-c",
    "import hyperpod_constructs as hp\nfor name in hp.__all__: getattr(hp, name)",
)


def names_of(program: Path) -> Command:
    """The command that imports the public names that a program uses."""
    names = {
        node.attr
        for node in ast.walk(ast.parse(program.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "hp"
    }
    return "-c", f"from hyperpod_constructs import {', '.join(sorted(names))}"


def modules_loaded_by(command: Command) -> Command:
    """The command that imports the modules of CDK that a command loads, and nothing else."""
    option, program = command
    loaded = json.loads(
        printed((option, f"{program}\nimport json, sys\nprint(json.dumps([*sys.modules]))"))
    )
    return "-c", f"import {', '.join(sorted(filter(_is_cdk, loaded)))}"


def cdk_modules() -> list[str]:
    """The modules of CDK that the sources of the library import when they are loaded."""
    sources = (ROOT / "hyperpod_constructs").rglob("*.py")
    return sorted({name for path in sources for name in _cdk_imports(path.read_text())})


def modules_alone() -> Command:
    """The command that imports those modules and nothing else."""
    return "-c", f"import {', '.join(cdk_modules())}"


def _cdk_imports(source: str) -> Iterator[str]:
    for statement in ast.parse(source).body:
        match statement:
            case ast.Import(names=names):
                imported = [alias.name for alias in names]
            case ast.ImportFrom(module="aws_cdk", names=names):
                imported = [f"aws_cdk.{alias.name}" for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                imported = [module]
            case _:
                imported = []
        yield from filter(_is_cdk, imported)


def _is_cdk(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in _PACKAGES


_PACKAGES = ("aws_cdk", "constructs", "jsii")
