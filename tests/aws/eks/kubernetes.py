"""The objects of a Kubernetes cluster, as kubectl creates and deletes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.aws.front.errors import ResourceFailure

Manifest = Mapping[str, Any]
Key = tuple[str, str, str]
"""Kind, namespace and name of an object."""

BUILT_IN = {
    *("Namespace", "PersistentVolume", "PersistentVolumeClaim", "StorageClass", "ConfigMap"),
    *("ServiceAccount", "Service", "Secret", "Pod", "Deployment", "DaemonSet", "Job"),
    *("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"),
}
_OF_CLUSTER = {
    *("Namespace", "PersistentVolume", "StorageClass", "ClusterRole", "ClusterRoleBinding"),
    *("CustomResourceDefinition", "HyperpodNodeClass", "NodePool"),
}
_FILE = "/tmp/manifest.yaml"  # noqa: S108


@dataclass
class Kubernetes:
    """The objects of a cluster, the kinds of its custom resources, and its Helm releases."""

    objects: dict[Key, Manifest] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    releases: dict[str, Manifest] = field(default_factory=dict)
    namespaces: set[str] = field(
        default_factory=lambda: {"default", "kube-system", "kube-public", "kube-node-lease"}
    )

    def apply(self, manifests: Iterable[Manifest]) -> None:
        """Creates or changes objects.

        Raises:
            ResourceFailure: With the message of kubectl.
        """
        for manifest in manifests:
            kind, namespace, name = key = key_of(manifest)
            if kind not in BUILT_IN | self.kinds:
                raise ResourceFailure(
                    f'error: resource mapping not found for name: "{name}" namespace: '
                    f'"{namespace}" from "{_FILE}": no matches for kind "{kind}" in version '
                    f'"{manifest["apiVersion"]}"\nensure CRDs are installed first'
                )
            if namespace and namespace not in self.namespaces:
                raise ResourceFailure(
                    f'Error from server (NotFound): error when creating "{_FILE}": namespaces '
                    f'"{namespace}" not found'
                )
            if kind == "Namespace":
                self.namespaces.add(name)
            if kind == "CustomResourceDefinition":
                self.kinds.add(manifest["spec"]["names"]["kind"])
            self.objects[key] = manifest

    def delete(self, manifests: Iterable[Manifest]) -> None:
        """Deletes objects; those that are gone are ignored."""
        for manifest in manifests:
            self.objects.pop(key_of(manifest), None)
            if manifest["kind"] == "Namespace":
                self.namespaces.discard(manifest["metadata"]["name"])

    def is_bound(self, namespace: str, name: str) -> bool:
        """Whether a claim has its volume."""
        claim = self.objects["PersistentVolumeClaim", namespace, name]
        volume = self.objects.get(("PersistentVolume", "", claim["spec"].get("volumeName", "")))
        wanted = {"namespace": namespace, "name": name}
        return (
            volume is not None and volume["spec"].get("claimRef", wanted).items() >= wanted.items()
        )


def key_of(manifest: Manifest) -> Key:
    """Kind, namespace and name of an object."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    namespace = "" if kind in _OF_CLUSTER else metadata.get("namespace", "default")
    return kind, namespace, metadata["name"]
