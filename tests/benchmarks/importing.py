"""Commands that import the library, and the modules of CDK it uses."""

import ast
from collections.abc import Iterator

from .measure import ROOT

LIBRARY = (
    "-c",
    "import hyperpod_constructs as hp\nfor name in hp.__all__: getattr(hp, name)",
)


def cdk_modules() -> list[str]:
    """The modules of CDK that the sources of the library import when they are loaded."""
    sources = (ROOT / "hyperpod_constructs").rglob("*.py")
    return sorted({name for path in sources for name in _cdk_imports(path.read_text())})


def modules_alone() -> tuple[str, str]:
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
        yield from (name for name in imported if name.split(".")[0] in _PACKAGES)


_PACKAGES = ("aws_cdk", "constructs", "jsii")
