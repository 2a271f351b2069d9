"""CDK constructs for Amazon SageMaker HyperPod clusters.

The public names are those imported by `__init__.pyi`. Each is loaded at first use, so that
the model and the rules require neither CDK nor Node.js.
"""

import re
from importlib import import_module
from pkgutil import get_data
from typing import Any

_STATEMENT = re.compile(r"^from (\S+) import \(([^)]*)\)", re.MULTILINE)
_NAME = re.compile(r"as (\w+)")
_MODULES = {
    name: module
    for module, names in _STATEMENT.findall((get_data(__name__, "__init__.pyi") or b"").decode())
    for name in _NAME.findall(names)
}

__all__ = sorted(_MODULES)  # noqa: PLE0605 - a list of strings


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from .checks.package_version import package_version  # noqa: PLC0415 - few need it

        return package_version()
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from .model.call_problems import explain_calls  # noqa: PLC0415 - the command line needs no names

    value = getattr(import_module(_MODULES[name], __name__), name)
    explain_calls(value)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
