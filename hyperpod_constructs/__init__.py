"""CDK constructs for Amazon SageMaker HyperPod clusters.

The public names are those imported by `__init__.pyi`. Each is loaded at first use, so that
the model and the rules require neither CDK nor Node.js.
"""

import ast
from importlib import import_module
from importlib.resources import files
from typing import Any

_MODULES = {
    alias.name: f".{statement.module}"
    for statement in ast.parse((files(__name__) / "__init__.pyi").read_text("utf-8")).body
    if isinstance(statement, ast.ImportFrom)
    for alias in statement.names
}

__all__ = sorted(_MODULES)  # noqa: PLE0605 - a list of strings


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
