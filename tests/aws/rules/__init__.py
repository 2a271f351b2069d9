"""What services refuse beyond what moto refuses: a module a subject, met by every caller."""

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Registers the rules of every module of this folder."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
