"""A registry that mirrors the images of the HyperPod Helm chart, for closed networks.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.value_checks import text_problems
from hyperpod_constructs.model.value_class import value_class


@value_class(frozen=True, slots=True)
class ImageMirror:
    """A registry with the images that the chart otherwise pulls from registries outside of AWS.

    `images()` lists the images to copy.

    Attributes:
        registry: Host of the registry, such as `111122223333.dkr.ecr.us-west-2.amazonaws.com`,
            optionally followed by a prefix such as `/mirror`.
    """

    registry: str

    def images(self) -> Mapping[str, str]:
        """The images by the address from which they are copied, and the address in the registry."""
        return {f"{source}:{tag}": f"{self._copy_of(source)}:{tag}" for _, source, tag in _IMAGES}

    def values(self, region: str) -> dict[str, Any]:
        """Values of the chart that name the images in the registry. The tags are those of the chart.

        The image of the EFA device plugin is that of EKS in the Region, since the chart has it from
        us-west-2.

        Args:
            region: Region of the cluster.
        """
        account = _EKS_ACCOUNTS.get(region, _EKS_ACCOUNT)
        efa = f"{account}.dkr.ecr.{region}.amazonaws.com/eks/aws-efa-k8s-device-plugin"
        found: dict[str, Any] = {"aws-efa-k8s-device-plugin": {"image": {"repository": efa}}}
        for keys, source, _ in _IMAGES:
            found = merged(found, _nested(keys, {"repository": self._copy_of(source)}))
        return found

    def problems(self, path: str) -> Iterator[Problem]:
        """A registry is a host name, without a protocol."""
        yield from text_problems(
            path,
            self.registry,
            code="ImageMirror",
            pattern=r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/[a-z0-9._-]+)*",
            message="is not the host of a registry, with an optional prefix",
            example="111122223333.dkr.ecr.us-west-2.amazonaws.com",
        )

    def _copy_of(self, source: str) -> str:
        return f"{self.registry}/{source.partition('/')[2]}"


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Two mappings, whose inner mappings are merged too; the second overrides the first."""
    found = dict(base)
    for key, value in more.items():
        inner = found.get(key)
        found[key] = (
            merged(inner, value)
            if isinstance(inner, Mapping) and isinstance(value, Mapping)
            else value
        )
    return found


def _nested(keys: tuple[str, ...], value: dict[str, Any]) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    return value


_EKS_ACCOUNT = "602401143452"
_EKS_ACCOUNTS = {
    "ap-southeast-3": "296578399912",
    "ap-southeast-4": "491585149902",
    "eu-south-2": "455263428931",
}
"""Accounts of the images of EKS.

Source: https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html
"""
_IMAGES = (
    (
        ("nvidia-device-plugin", "image"),
        "nvcr.io/nvidia/k8s-device-plugin",
        "v0.16.1",
    ),
    (("mpi-operator", "mpiOperator", "image"), "docker.io/mpioperator/mpi-operator", "0.5"),
    (
        ("training-operators", "image"),
        "docker.io/kubeflow/training-operator",
        "v1-855e096",
    ),
    *(
        (("cert-manager", *keys, "image"), f"quay.io/jetstack/cert-manager-{name}", "v1.18.2")
        for keys, name in (
            ((), "controller"),
            (("webhook",), "webhook"),
            (("cainjector",), "cainjector"),
            (("acmesolver",), "acmesolver"),
            (("startupapicheck",), "startupapicheck"),
        )
    ),
)
"""Images of the chart from registries outside of AWS: keys of the value, address and tag."""
