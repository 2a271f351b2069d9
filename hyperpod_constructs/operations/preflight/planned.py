"""What a deployment plans, as far as the account has it already."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.operations.partial_equality import with_pseudo_parameters
from hyperpod_constructs.rules.placement import node_addresses
from hyperpod_constructs.rules.queries import AnyGroup, all_groups, instance_types_of, known_count
from hyperpod_constructs.schema.intrinsics import resolve
from hyperpod_constructs.schema.json_values import items_of, object_of, value_at

_GROUPS = ("InstanceGroups", "RestrictedInstanceGroups")


class Mount(NamedTuple):
    """A file system that nodes mount.

    Attributes:
        dns_name: DNS name of the file system.
        mount_name: Mount name of a Lustre file system. None for OpenZFS.
    """

    dns_name: str
    mount_name: str | None


class Network(NamedTuple):
    """The network of a group.

    Attributes:
        subnets: IDs of subnets that exist.
        security_groups: IDs of security groups that exist.
        is_complete: Whether all of them exist before the deployment.
    """

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    is_complete: bool


@dataclass(frozen=True)
class PlannedGroup:
    """A group.

    Attributes:
        values: Its values.
        properties: Its properties.
        network: Its network. None without a VPC.
    """

    values: AnyGroup
    properties: Mapping[str, Any]
    network: Network | None

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.values.name)

    @property
    def types(self) -> Sequence[str]:
        """Its instance types, if they are known."""
        return [each for each in instance_types_of(self.values) if not is_unresolved(each)]

    @property
    def count(self) -> int:
        """Its number of nodes; 0 if only the deployment knows it."""
        return known_count(self.values)

    @property
    def role(self) -> str | None:
        """ARN of its role, if the role exists."""
        return text(self.properties.get("ExecutionRole"))

    @property
    def training_plan(self) -> str | None:
        """ARN of its training plan."""
        return text(self.properties.get("TrainingPlanArn"))

    @property
    def source(self) -> str | None:
        """URI of its lifecycle scripts, if the bucket exists."""
        return text(value_at(self.properties, "LifeCycleConfig", "SourceS3Uri"))

    @property
    def keys(self) -> Sequence[str]:
        """Keys of its volumes that exist."""
        volumes = items_of(self.properties.get("InstanceStorageConfigs"))
        found = (text(value_at(each, "EbsVolumeConfig", "VolumeKmsKeyId")) for each in volumes)
        return [each for each in found if each is not None]


@dataclass(frozen=True)
class Planned:
    """A cluster that is to be deployed.

    Attributes:
        request: Its request, or its properties in a template.
        model: Its values.
        form: Its provisioning form.
    """

    request: Mapping[str, Any]
    model: ClusterModel
    form: Mapping[str, Any]

    @classmethod
    def of(
        cls, request: Mapping[str, Any], model: ClusterModel, form: str | None, arn: str
    ) -> "Planned":
        """A cluster that is to be deployed to the account and Region of an ARN."""
        values: Mapping[str, Any] = {}
        with suppress(ValueError):
            values = object_of(json.loads(form or "{}"))
        return cls(with_pseudo_parameters(request, arn), model, values)

    @property
    def name(self) -> str | None:
        """Name of the cluster, if it is known."""
        return text(self.request.get("ClusterName"))

    @property
    def eks_cluster(self) -> str | None:
        """ARN of the EKS cluster, if it exists."""
        return text(value_at(self.request, "Orchestrator", "Eks", "ClusterArn"))

    @cached_property
    def groups(self) -> Sequence[PlannedGroup]:
        """The groups."""
        properties = [
            object_of(each) for name in _GROUPS for each in items_of(self.request.get(name))
        ]
        values = [group for _, group in all_groups(self.model)]
        return [
            PlannedGroup(group, each, self._network(each))
            for group, each in zip(values, properties, strict=False)
        ]

    @cached_property
    def networks(self) -> Sequence[Network]:
        """The networks of the groups, each once."""
        return list(dict.fromkeys(each.network for each in self.groups if each.network is not None))

    @property
    def subnets(self) -> Sequence[str]:
        """IDs of all subnets that exist."""
        return list(dict.fromkeys(each for network in self.networks for each in network.subnets))

    @property
    def mounts(self) -> Iterator[Mount]:
        """The file systems that nodes mount, if their names are known."""
        found = [
            (self.form.get("fsx_dns_name"), self.form.get("fsx_mountname")),
            (self.form.get("fsx_openzfs_dns_name"), None),
        ]
        for group in self.groups:
            for each in items_of(group.properties.get("InstanceStorageConfigs")):
                lustre = object_of(value_at(each, "FsxLustreConfig"))
                found.append((text(lustre.get("DnsName")), text(lustre.get("MountName"))))
                found.append((text(value_at(each, "FsxOpenZfsConfig", "DnsName")), None))
        for name, mount in dict.fromkeys(found):
            if isinstance(name, str) and not is_unresolved(name):
                yield Mount(name, mount if isinstance(mount, str) else None)

    def addresses_of_node(self, group: PlannedGroup) -> int:
        """Number of IP addresses of a node of a group."""
        return node_addresses(self.model, group.values)

    @property
    def created_later(self) -> Sequence[str]:
        """What the deployment creates or knows itself, and checks therefore do not see."""
        found: list[str] = []
        if any(not network.is_complete for network in self.networks):
            found.append("the network")
        if any(group.role is None for group in self.groups):
            found.append("roles")
        if any(group.source is None for group in self.groups if _has_scripts(group)):
            found.append("the bucket of the scripts")
        if "Eks" in object_of(self.request.get("Orchestrator")) and self.eks_cluster is None:
            found.append("the EKS cluster")
        return found

    def _network(self, group: Mapping[str, Any]) -> Network | None:
        own = object_of(group.get("OverrideVpcConfig"))
        vpc = own or object_of(self.request.get("VpcConfig"))
        if not vpc:
            return None
        subnets, groups = (
            [text(each) for each in items_of(resolve(vpc.get(name)))]
            for name in ("Subnets", "SecurityGroupIds")
        )
        return Network(
            tuple(each for each in subnets if each is not None),
            tuple(each for each in groups if each is not None),
            is_complete=bool(subnets and groups) and None not in (*subnets, *groups),
        )


def text(value: Any) -> str | None:
    """A text that is known before the deployment."""
    found = resolve(value)
    return found if isinstance(found, str) and not is_unresolved(found) else None


def _has_scripts(group: PlannedGroup) -> bool:
    return value_at(group.properties, "LifeCycleConfig", "SourceS3Uri") is not None
