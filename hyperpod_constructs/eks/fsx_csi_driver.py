"""FSx for Lustre file systems as volumes of pods.

Sources: https://docs.aws.amazon.com/eks/latest/userguide/fsx-csi.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-setup-storage.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.annotations import warn
from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import environment_of, node_of, stack_of
from hyperpod_constructs.cdk.file_system_interface import IFileSystem
from hyperpod_constructs.cdk.lazy import PreparationHook
from hyperpod_constructs.cdk.object_checks import Interface, each, required
from hyperpod_constructs.model.groups.storage import FileSystemMount, LustreMount
from hyperpod_constructs.model.kubernetes.namespace import namespace_problems
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .add_on import EksAddOn
from .manifest import add_manifest, manifest_problems
from .nodes import NodesOnEks, eks_cluster_problems
from .pod_policy import allow

FSX_CSI_DRIVER = "aws-fsx-csi-driver"
_FILE_SYSTEM = Interface("mount", "a FileSystem, such as hp.FileSystem.lustre(...)")
_DRIVER = "fsx.csi.aws.com"
_SIZE = "1200Gi"
"""Kubernetes requires a size, which the driver does not use for file systems that exist."""


class FsxCsiDriverAddOn(EksAddOn):
    """The FSx for Lustre CSI driver, with file systems as volumes and claims.

    Each file system gets a volume and a claim in each namespace. The claim has the name of the mount
    path, such as `fsx` for `/fsx`. The nodes are allowed to connect to the file systems.

    Attributes: `add_on`, `claims` by namespace.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        file_systems: Sequence[IFileSystem] = (),
        namespaces: Sequence[str] = ("default",),
        dynamic_volumes: bool = False,
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        """Creates the add-on, and the volumes and claims.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS. Add its instance groups before.
            file_systems: File systems of FSx for Lustre, such as `hp.FileSystem.lustre(scratch)`.
                None by default.
            namespaces: Namespaces with a claim for each file system, such as `team.namespace`. Those of
                a `TaskGovernance` of the same cluster are created before; others must exist. Defaults
                to `default`.
            dynamic_volumes: Whether the driver can create file systems for claims. Defaults to False:
                it has no permissions.
            version: Version of the add-on. Defaults to the default version of EKS.
            configuration: Values of the add-on. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`,
                `KubernetesNamespace`, `VolumeFileSystem`, `ClaimTwice`, `ManifestCluster`,
                `UnknownSecurityGroups`.
        """
        super().__init__(
            scope,
            id,
            name=FSX_CSI_DRIVER,
            cluster=cluster,
            version=version,
            problems=_problems(cluster, file_systems, namespaces, dynamic_volumes=dynamic_volumes),
        )
        role = self._driver_role() if dynamic_volumes else None
        self._create(
            configuration=configuration,
            pod_identities=None if role is None else {"fsx-csi-controller-sa": role},
        )
        self.claims = {
            namespace: [_claim_name(file_system.mount) for file_system in file_systems]
            for namespace in namespaces
        }
        self._connect(file_systems)
        if file_systems:
            objects = [
                each
                for namespace in namespaces
                for file_system in file_systems
                for each in _volume_and_claim(file_system.mount, namespace)
            ]
            manifest = add_manifest(self, "Volumes", self._nodes, objects)
            node_of(manifest).add_dependency(self.add_on)
            order = PreparationHook(lambda: self._order(manifest, file_systems, namespaces))
            cdk.Aspects.of(self.add_on).add(order)

    def _connect(self, file_systems: Sequence[IFileSystem]) -> None:
        """Allows the nodes to connect to the file systems, by rules in the stack of the nodes."""
        for file_system in file_systems:
            groups = file_system.resolve_security_groups(self)
            nodes = self._nodes.cluster.connections.security_groups if groups else []
            for group, node_group, port in product(groups, nodes, file_system.ports):
                group.add_ingress_rule(node_group, port, "HyperPod nodes", True)

    def _order(
        self,
        manifest: Construct,
        file_systems: Sequence[IFileSystem],
        namespaces: Sequence[str],
    ) -> None:
        self._order_after_namespaces(manifest, namespaces)
        for index, file_system in enumerate(file_systems):
            file_system.order_after_rules(self)
            for problem in file_system.efa_problems(f"file_systems[{index}]"):
                warn(self, problem)

    def _driver_role(self) -> iam.Role:
        environment = environment_of(stack_of(self))
        actions = ("CreateFileSystem", "DeleteFileSystem", "TagResource", "UpdateFileSystem")
        statements = [
            allow(
                [f"fsx:{action}" for action in actions],
                [environment.arn("fsx", "file-system/*")],
            ),
            allow(["fsx:DescribeFileSystems"], ["*"]),
        ]
        return self._pod_role("Role", "Creates FSx for Lustre file systems for claims", statements)


def create_fsx_csi_driver(
    scope: Construct, id: str, cluster: IHyperPodCluster
) -> FsxCsiDriverAddOn:
    """Creates the driver for an add-on that requires it."""
    return FsxCsiDriverAddOn(scope, id, cluster=cluster)


def _problems(
    cluster: IHyperPodCluster,
    file_systems: object,
    namespaces: object,
    *,
    dynamic_volumes: object,
) -> Iterator[Problem]:
    """Volumes are file systems of FSx for Lustre, each with a claim of its own."""
    yield from required("dynamic_volumes", dynamic_volumes, bool)
    yield from each("namespaces", namespaces, str)
    yield from namespace_problems("namespaces", namespaces)
    wrong = list(each("file_systems", file_systems, _FILE_SYSTEM))
    yield from wrong
    if wrong or not isinstance(file_systems, list | tuple):
        return
    names: list[str] = []
    for index, file_system in enumerate(file_systems):
        path = f"file_systems[{index}]"
        if not isinstance(file_system.mount, LustreMount):
            yield Problem(
                code="VolumeFileSystem",
                path=path,
                value=file_system.mount.dns_name,
                message="is not a file system of FSx for Lustre",
                fix="pass hp.FileSystem.lustre(...)",
            )
            continue
        name = _claim_name(file_system.mount)
        if name in names:
            yield Problem(
                code="ClaimTwice",
                path=path,
                value=name,
                message=f"is also the claim of file_systems[{names.index(name)}]",
                fix="specify another mount_path, which names the claim",
            )
        names.append(name)
    if file_systems and not list(eks_cluster_problems(cluster)):
        yield from manifest_problems(NodesOnEks(cluster))


def _claim_name(mount: FileSystemMount) -> str:
    return re.sub(r"[^a-z0-9]+", "-", mount.mount_path.lower()).strip("-") or "fsx"


def _file_system_id(mount: FileSystemMount) -> str:
    """The ID of a file system, with which its DNS name starts."""
    name = mount.dns_name
    return cdk.Fn.select(0, cdk.Fn.split(".", name)) if is_unresolved(name) else name.split(".")[0]


def _mount_name(mount: FileSystemMount) -> str:
    return mount.mount_name if isinstance(mount, LustreMount) else ""


def _volume_and_claim(mount: FileSystemMount, namespace: str) -> Iterator[dict[str, Any]]:
    claim = _claim_name(mount)
    volume = f"{namespace}-{claim}"
    yield {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": volume},
        "spec": {
            "capacity": {"storage": _SIZE},
            "volumeMode": "Filesystem",
            "accessModes": ["ReadWriteMany"],
            "mountOptions": ["flock"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
            "claimRef": {"namespace": namespace, "name": claim},
            "csi": {
                "driver": _DRIVER,
                "volumeHandle": _file_system_id(mount),
                "volumeAttributes": {"dnsname": mount.dns_name, "mountname": _mount_name(mount)},
            },
        },
    }
    yield {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": claim, "namespace": namespace},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "storageClassName": "",
            "volumeName": volume,
            "resources": {"requests": {"storage": _SIZE}},
        },
    }
