"""The EKS cluster of a HyperPod cluster, and what a template adds to it.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hyperpod_constructs.model.kubernetes.eks_prerequisites import (
    CNI,
    DEFAULT_MODE,
    NODE_ENTRY,
    authentication_mode_problems,
    cni_version_problems,
    eks_cluster_twice,
    shared_role,
)
from hyperpod_constructs.model.kubernetes.kubernetes_version import kubernetes_version_problems
from hyperpod_constructs.model.kubernetes.restricted_group_add_ons import restricted_group_problems
from hyperpod_constructs.schema.intrinsics import is_intrinsic
from hyperpod_constructs.schema.json_values import object_of, value_at

from .assembly import CLUSTER_TYPE, flat_text
from .findings import Finding
from .neighbour_inference import inference_findings
from .template_eks_cluster import ACCESS_ENTRY, ADD_ON, EKS_CLUSTER, EksCluster
from .template_resources import Resources, UnfollowedError

_OTHER_ROLES = (("AWS::EKS::Nodegroup", "NodeRole"), (ACCESS_ENTRY, "PrincipalArn"))


def eks_findings(
    resources: Resources, cluster: Mapping[str, Any], roles: Sequence[str]
) -> Iterator[Finding]:
    """Validates the EKS cluster of a HyperPod cluster, with its add-ons, node groups and entries.

    Args:
        resources: Resources of the template.
        cluster: Properties of the HyperPod cluster.
        roles: Logical IDs of the execution roles.
    """
    arn = value_at(cluster, "Orchestrator", "Eks", "ClusterArn")
    if arn is None:
        return
    with suppress(UnfollowedError):
        yield from _twice(resources, cluster, arn)
    eks = EksCluster.of(resources, arn)
    if eks.logical_id is not None:
        yield from _prerequisites(resources, eks.logical_id)
    yield from _add_ons(
        resources, eks, has_restricted=bool(cluster.get("RestrictedInstanceGroups"))
    )
    yield from _shared_roles(resources, eks, roles)


def _twice(resources: Resources, cluster: Mapping[str, Any], arn: Any) -> Iterator[Finding]:
    same = [
        (logical_id, properties)
        for logical_id, properties in resources.of_type(CLUSTER_TYPE)
        if flat_text(value_at(properties, "Orchestrator", "Eks", "ClusterArn")) == flat_text(arn)
        and not resources.has_condition(logical_id)
    ]
    own = [logical_id for logical_id, properties in same if properties is cluster] or [
        logical_id for logical_id, properties in same if properties == cluster
    ]
    if own and own[0] != same[0][0]:
        yield Finding(
            eks_cluster_twice("", flat_text(arn), same[0][0]),
            ("Resources", own[0], "Properties", "Orchestrator", "Eks", "ClusterArn"),
        )


def _prerequisites(resources: Resources, logical_id: str) -> Iterator[Finding]:
    """The version of Kubernetes and the authentication mode."""
    properties = resources.properties(logical_id, EKS_CLUSTER) or {}
    place = ("Resources", logical_id, "Properties")
    version = properties.get("Version")
    if isinstance(version, str):
        for problem in kubernetes_version_problems("", version):
            yield Finding(problem, (*place, "Version"))
    access = object_of(properties.get("AccessConfig"))
    if is_intrinsic(access):
        return
    mode = value_at(access, "AuthenticationMode") or DEFAULT_MODE
    if isinstance(mode, str):
        fix = 'specify "AccessConfig": {"AuthenticationMode": "API"}'
        for problem in authentication_mode_problems("", mode, fix=fix):
            yield Finding(problem, (*place, "AccessConfig"))


def _add_ons(resources: Resources, eks: EksCluster, *, has_restricted: bool) -> Iterator[Finding]:
    for logical_id, properties in eks.resources_of_type(ADD_ON):
        place = ("Resources", logical_id, "Properties")
        name, version = properties.get("AddonName"), properties.get("AddonVersion")
        if name == CNI and isinstance(version, str):
            for problem in cni_version_problems("", version):
                yield Finding(problem, (*place, "AddonVersion"))
        if isinstance(name, str) and has_restricted:
            for problem in restricted_group_problems("", name):
                yield Finding(problem, (*place, "AddonName"))
        yield from inference_findings(resources, logical_id, properties)


def _shared_roles(resources: Resources, eks: EksCluster, roles: Sequence[str]) -> Iterator[Finding]:
    for kind, key in _OTHER_ROLES:
        for logical_id, properties in eks.resources_of_type(kind):
            with suppress(UnfollowedError):
                role = resources.referred(properties.get(key))
                if role in roles and properties.get("Type") != NODE_ENTRY:
                    yield Finding(
                        shared_role("", str(role), logical_id),
                        ("Resources", logical_id, "Properties", key),
                    )
