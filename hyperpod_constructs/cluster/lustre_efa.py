"""EFA of FSx for Lustre, as far as an app knows which file systems support it."""

from dataclasses import replace

from hyperpod_constructs.model.groups.storage import LustreMount
from hyperpod_constructs.model.orchestrator import Slurm
from hyperpod_constructs.network.file_systems import FileSystem
from hyperpod_constructs.scripts.lifecycle_scripts import LifecycleScripts


def with_known_efa(
    scripts: LifecycleScripts | None, file_systems: object, orchestrator: object
) -> LifecycleScripts | None:
    """Disables EFA in the steps if no mounted file system can support it."""
    steps = None if scripts is None else scripts.steps
    if scripts is None or steps is None or steps.lustre_efa is not True:
        return scripts
    mounted = file_systems if isinstance(file_systems, tuple | list) else ()
    can_have_efa = isinstance(orchestrator, Slurm) and any(
        isinstance(each, FileSystem)
        and isinstance(each.mount, LustreMount)
        and each.efa is not False
        for each in mounted
    )
    return scripts if can_have_efa else replace(scripts, steps=replace(steps, lustre_efa=False))
