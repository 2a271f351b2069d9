"""For codes of the EKS cluster that the library creates, and of what runs on it: calls that report them."""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

import hyperpod_constructs as hp
from tests.clusters.requests import ROLE_ARN
from tests.eks.stacks import REPOSITORY, make_control_plane

_Call = Callable[[cdk.Stack], object]


def _control_plane(**settings: Any) -> _Call:
    return lambda stack: make_control_plane(stack, **settings)


def _chart(repository: str = REPOSITORY, **settings: Any) -> _Call:
    chart = hp.HyperPodHelmChart.from_oci(repository, version="0.1.0", **settings)
    return _control_plane(helm_chart=chart)


def _namespaces(stack: cdk.Stack) -> object:
    role = iam.Role.from_role_arn(stack, "Role", ROLE_ARN)
    return make_control_plane(stack).grant_access(
        role, hp.EksAccess.CLUSTER_ADMIN, namespaces=["hyperpod-ns-research"]
    )


CALLS: Mapping[str, _Call] = {
    "KubernetesVersion": _control_plane(kubernetes_version="1.29"),
    "PublicAccess": _control_plane(public_access_cidrs=["office"]),
    "ControlPlaneNetwork": _control_plane(node_subnets=ec2.SubnetSelection(one_per_az=True)),
    "ControlPlaneSubnets": _control_plane(control_plane_availability_zones=["us-west-2a"]),
    "AddOnVersion": _control_plane(add_on_versions={"vpc-cni": "v1.18.1-eksbuild.1"}),
    "AccessNamespaces": _namespaces,
    "ChartFolder": _control_plane(helm_chart=hp.HyperPodHelmChart.from_asset("charts/HyperPod")),
    "ChartValue": _chart(values={"mpi-operator": {"enable": False}}),
    "ChartComponent": _chart(values={"deep-health-check": {"enabled": False}}),
    "ChartRepository": _chart("https://example.com/charts"),
    "ChartImages": _control_plane(isolated=True),
    "ImageMirror": _chart(images=hp.ImageMirror("https://registry.example.com")),
}
