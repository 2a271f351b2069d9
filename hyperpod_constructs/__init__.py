"""CDK constructs for Amazon SageMaker HyperPod clusters.

The public names are those that `__init__.pyi` imports. Each is loaded when it is first used, so
values and rules need neither CDK nor Node.js.
"""

import re
from importlib import import_module
from importlib.resources import files
from typing import Any

_STATEMENT = re.compile(r"^from (\S+) import \(([^)]*)\)", re.MULTILINE)
_NAME = re.compile(r"as (\w+)")
_MODULES = {
    name: module
    for module, names in _STATEMENT.findall((files(__name__) / "__init__.pyi").read_text("utf-8"))
    for name in _NAME.findall(names)
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
