"""FSx for OpenZFS file systems of the app whose exports deny root of the nodes write access.

Source: https://docs.aws.amazon.com/fsx/latest/APIReference/API_OpenZFSClientConfiguration.html
"""

import json
from collections.abc import Iterator

from hyperpod_constructs.cdk.construct_tree import path_of, stack_of
from hyperpod_constructs.model.groups.storage import OpenZfsMount
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.network.file_systems import FileSystem
from hyperpod_constructs.network.resource_identity import referenced

from .arguments import ClusterArguments

_OPTION = "no_root_squash"


def root_squash_problems(arguments: ClusterArguments) -> Iterator[Problem]:
    """The default scripts create home directories as root, which OpenZFS denies by default."""
    scripts = arguments.scripts
    if scripts is None or scripts.steps is None:
        return
    for index, file_system in enumerate(arguments.file_systems):
        if not isinstance(file_system, FileSystem) or not isinstance(
            file_system.mount, OpenZfsMount
        ):
            continue
        resource = referenced(file_system.mount.dns_name)
        if resource is None or not hasattr(resource, "open_zfs_configuration"):
            continue
        rendered = stack_of(resource).resolve(resource.open_zfs_configuration)
        if _OPTION not in json.dumps(rendered):
            yield Problem(
                code="OpenZfsRootSquash",
                path=f"file_systems[{index}]",
                value=path_of(resource),
                message=f"has no NFS export with the option {_OPTION!r}, so root of the nodes cannot "
                "write to it, and the lifecycle scripts fail when they mount it",
                fix="add it to nfs_exports of the root_volume_configuration, such as "
                "ClientConfigurationsProperty(clients='*', options=['rw', 'crossmnt', "
                f"{_OPTION!r}])",
                severity=Severity.WARNING,
            )
