"""Operations of services that moto does not have."""

from importlib import import_module

for _name in ("access_entries", "add_ons", "pod_identities", "quotas", "simulation"):
    import_module(f"{__name__}.{_name}")
