"""What AWS does, as far as it is known: scenarios that the emulator has to agree with."""

from importlib import import_module
from pkgutil import iter_modules

from .scenario import Scenario


def scenarios() -> list[Scenario]:
    """The scenarios of every module of this folder that has some."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return [each for module in modules for each in getattr(module, "SCENARIOS", ())]
