"""What the platform says of the cluster: its instance groups and their addresses."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import patterns
from json_object import JsonObject
from lifecycle_error import LifecycleError

PATH_VARIABLE = "SAGEMAKER_RESOURCE_CONFIG_PATH"
DEFAULT_PATH = "/opt/ml/config/resource_config.json"


@dataclass(frozen=True)
class ResourceConfig:
    """The addresses of the cluster's instances, by the name of their group.

    The first of the controllers, the primary one, is the instance `<group>-1`.
    """

    path: Path
    cluster_name: str
    addresses: dict[str, list[str]]
    instance_types: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> ResourceConfig:
        """Reads the file that the platform names; instances may be null or absent."""
        path = Path(os.environ.get(PATH_VARIABLE) or DEFAULT_PATH)
        fields = JsonObject.read(path)
        cluster = fields.optional_object("ClusterConfig")
        addresses, instance_types = {}, {}
        for group in fields.objects("InstanceGroups"):
            name = group.text("Name", patterns.CLUSTER_NAME)
            first = f"{name}-1"
            # A group of several instance types has none.
            if instance_type := group.optional_text("InstanceType", patterns.INSTANCE_TYPE):
                instance_types[name] = instance_type
            instances = group.optional_objects("Instances")
            instances.sort(
                key=lambda instance: (
                    instance.optional_text("InstanceName", patterns.INSTANCE_NAME) != first
                )
            )
            addresses[name] = [
                instance.text("CustomerIpAddress", patterns.ADDRESS) for instance in instances
            ]
        return cls(
            path,
            (cluster and cluster.optional_text("ClusterName", patterns.CLUSTER_NAME)) or "",
            addresses,
            instance_types,
        )

    def group_of(self, own_addresses: list[str]) -> str:
        """The group of the instance that has one of these addresses."""
        for group, addresses in self.addresses.items():
            if not set(addresses).isdisjoint(own_addresses):
                return group
        raise LifecycleError(
            f"{self.path}: no instance has an address of this node ({', '.join(own_addresses)})"
        )

    def controller_addresses(self, controller_group: str) -> list[str]:
        """The addresses of all controllers."""
        if controller_group not in self.addresses:
            raise LifecycleError(
                f"{self.path}: there is no group '{controller_group}', "
                "which the form names as controller_group"
            )
        if not self.addresses[controller_group]:
            raise LifecycleError(
                f"{self.path}: the controller group '{controller_group}' has no instances"
            )
        return self.addresses[controller_group]
