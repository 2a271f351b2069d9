"""All rules, in the order in which the problems of an argument are reported."""

from . import (
    accelerators,
    api_driven_slurm,
    capacity,
    continuous_provisioning,
    duplicates,
    eks,
    form,
    instance_groups,
    kubernetes,
    life_cycle_config,
    lifecycle_steps,
    placement,
    references,
    restricted_instance_groups,
    script_prefixes,
    scripts,
    slurm,
    software,
    storage,
    tags,
)
from .rule import Rule, rules_of

_MODULES = (
    instance_groups,
    slurm,
    form,
    api_driven_slurm,
    eks,
    kubernetes,
    continuous_provisioning,
    capacity,
    accelerators,
    restricted_instance_groups,
    software,
    storage,
    placement,
    duplicates,
    life_cycle_config,
    script_prefixes,
    scripts,
    lifecycle_steps,
    references,
    tags,
)

RULES: tuple[Rule, ...] = tuple(each for module in _MODULES for each in rules_of(module.__name__))
