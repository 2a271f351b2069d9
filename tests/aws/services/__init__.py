"""Operations of services that moto does not have."""

from importlib import import_module

for _name in ("add_ons", "quotas", "simulation"):
    import_module(f"{__name__}.{_name}")
