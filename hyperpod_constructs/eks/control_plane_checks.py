"""Validation of the arguments of an EKS cluster for HyperPod. All problems are reported together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from hyperpod_constructs.cdk.address_block import address_block_problems
from hyperpod_constructs.cdk.availability_zone import zone_problems
from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import (
    IP_ADDRESSES,
    KEY,
    LAYER,
    VPC,
    each,
    optional,
    physical_name_problems,
    required,
    scope_problems,
)
from hyperpod_constructs.model.kubernetes.eks_prerequisites import CNI, cni_version_problems
from hyperpod_constructs.model.kubernetes.health_monitoring_agent import agent_region_problems
from hyperpod_constructs.model.kubernetes.helm_chart import HyperPodHelmChart
from hyperpod_constructs.model.kubernetes.image_mirror import ImageMirror
from hyperpod_constructs.model.kubernetes.kubernetes_version import kubernetes_version_problems
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import texts_by_name

BASE_ADD_ONS = (CNI, "kube-proxy", "coredns", "eks-pod-identity-agent")
_ECR_REGION = r"\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com"
_ZONES = 2
_OF_CREATED_VPC = (
    "availability_zone",
    "control_plane_availability_zones",
    "ip_addresses",
    "isolated",
)
_OF_GIVEN_VPC = ("control_plane_subnets", "node_subnets")


@dataclass(frozen=True, kw_only=True)
class ControlPlaneArguments:
    """The arguments of `EksControlPlane`, which documents them."""

    kubernetes_version: str
    kubectl_layer: lambda_.ILayerVersion
    helm_chart: HyperPodHelmChart
    cluster_name: str | None
    availability_zone: str | None
    control_plane_availability_zones: Sequence[str]
    ip_addresses: ec2.IIpAddresses | None
    isolated: bool
    vpc: ec2.IVpc | None
    control_plane_subnets: ec2.SubnetSelection | None
    node_subnets: ec2.SubnetSelection | None
    public_access_cidrs: Sequence[str]
    secrets_key: kms.IKey | None
    add_on_versions: Mapping[str, str]
    dns_before_nodes: bool

    def selected_control_plane_subnets(self) -> Sequence[ec2.ISubnet]:
        """Subnets of the control plane in the specified VPC."""
        return self._selected(self.control_plane_subnets)

    def selected_node_subnets(self) -> Sequence[ec2.ISubnet]:
        """Subnets of the nodes in the specified VPC."""
        selected = self._selected(self.node_subnets)
        return selected if self.node_subnets is not None else selected[:1]

    def _selected(self, selection: ec2.SubnetSelection | None) -> Sequence[ec2.ISubnet]:
        vpc = self.vpc
        if vpc is None:
            return []
        if selection is None:
            return vpc.private_subnets or vpc.isolated_subnets
        if selection.subnets is not None:
            return selection.subnets
        try:
            return vpc.select_subnets(
                availability_zones=selection.availability_zones,
                one_per_az=selection.one_per_az,
                subnet_filters=selection.subnet_filters,
                subnet_group_name=selection.subnet_group_name,
                subnet_type=selection.subnet_type,
            ).subnets
        except RuntimeError:  # CDK has no subnet of that name or type
            return []


def control_plane_problems(
    scope: Construct, id: str, arguments: ControlPlaneArguments
) -> Iterator[Problem]:
    """The problems of all arguments."""
    of_scope = list(scope_problems(scope, id))
    yield from of_scope
    yield from kubernetes_version_problems("kubernetes_version", arguments.kubernetes_version)
    yield from required("kubectl_layer", arguments.kubectl_layer, LAYER)
    yield from physical_name_problems("cluster_name", arguments.cluster_name)
    yield from required("isolated", arguments.isolated, bool)
    yield from required("dns_before_nodes", arguments.dns_before_nodes, bool)
    yield from optional("secrets_key", arguments.secrets_key, KEY)
    yield from _network_problems(arguments)
    if not of_scope:
        yield from _zone_problems(scope, arguments)
    yield from _public_access_problems(arguments)
    yield from _version_problems(arguments.add_on_versions)
    chart = arguments.helm_chart
    if isinstance(chart, HyperPodHelmChart):
        yield from chart.problems()
        yield from _image_problems(arguments)
        if not of_scope and not chart.is_installed:
            region = environment_of(stack_of(scope)).region
            yield from agent_region_problems(region)
            if arguments.isolated is True:
                yield from _registry_problems(chart, region)
    else:
        yield from required("helm_chart", chart, HyperPodHelmChart)


def _network_problems(arguments: ControlPlaneArguments) -> Iterator[Problem]:
    """Arguments of a created VPC and of a specified one cannot be combined."""
    given = list(optional("vpc", arguments.vpc, VPC))
    addresses = list(optional("ip_addresses", arguments.ip_addresses, IP_ADDRESSES))
    yield from (*given, *addresses)
    if not addresses:
        yield from address_block_problems("ip_addresses", arguments.ip_addresses)
    others = _OF_GIVEN_VPC if arguments.vpc is None else _OF_CREATED_VPC
    for name in others:
        value = getattr(arguments, name)
        if value:
            yield Problem(
                code="ControlPlaneNetwork",
                path=name,
                value=value if isinstance(value, str | bool) else None,
                message="is for a specified VPC, and vpc is not specified"
                if arguments.vpc is None
                else "is for a created VPC, and vpc is specified",
                fix="specify vpc" if arguments.vpc is None else f"omit {name}",
            )
    if arguments.vpc is not None and not given:
        yield from _subnet_problems(arguments)


def _subnet_problems(arguments: ControlPlaneArguments) -> Iterator[Problem]:
    """The control plane requires subnets in two Availability Zones, and the nodes private subnets."""
    subnets = arguments.selected_control_plane_subnets()
    zones = {_zone_of(subnet) for subnet in subnets}
    are_known = None not in zones and not any(map(is_unresolved, zones))
    if len(zones) < _ZONES and (are_known or len(subnets) < _ZONES):
        yield Problem(
            code="ControlPlaneSubnets",
            path="control_plane_subnets",
            value=sorted(filter(None, zones)),
            message="are the Availability Zones of the subnets, and EKS requires two",
            fix="select private subnets in two zones",
        )
    if not arguments.selected_node_subnets():
        yield Problem(
            code="ControlPlaneSubnets",
            path="node_subnets",
            value=None,
            message="selects no subnet of the VPC",
            fix="select private subnets of the VPC",
        )


def _zone_of(subnet: ec2.ISubnet) -> str | None:
    try:
        return subnet.availability_zone
    except RuntimeError:  # a subnet that was imported without it
        return None


def _zone_problems(scope: Construct, arguments: ControlPlaneArguments) -> Iterator[Problem]:
    """The control plane requires two Availability Zones."""
    zone, zones = arguments.availability_zone, arguments.control_plane_availability_zones
    wrong = [
        *optional("availability_zone", zone, str),
        *each("control_plane_availability_zones", zones, str),
    ]
    yield from wrong
    if wrong:
        return
    yield from zone_problems("availability_zone", scope, zone)
    for index, name in enumerate(zones):
        yield from zone_problems(f"control_plane_availability_zones[{index}]", scope, name)
    if zones and len(set(zones)) != _ZONES:
        yield Problem(
            code="ControlPlaneSubnets",
            path="control_plane_availability_zones",
            value=list(zones),
            message="must be two Availability Zones",
            fix="use zones such as ['us-west-2a', 'us-west-2b']",
        )


def _public_access_problems(arguments: ControlPlaneArguments) -> Iterator[Problem]:
    """Public access requires blocks of IP addresses, of which 0.0.0.0/0 is the whole internet."""
    blocks = arguments.public_access_cidrs
    yield from each("public_access_cidrs", blocks, str)
    for index, block in enumerate(blocks if isinstance(blocks, list | tuple) else ()):
        path = f"public_access_cidrs[{index}]"
        if not isinstance(block, str) or is_unresolved(block):
            continue
        try:
            prefix = ip_network(block).prefixlen
        except ValueError:
            yield _public_access(path, block, "is not a block of IP addresses")
            continue
        if prefix == 0:
            yield _public_access(
                path, block, "allows the whole internet to reach the endpoint", Severity.WARNING
            )


def _public_access(
    path: str, value: str, message: str, severity: Severity = Severity.ERROR
) -> Problem:
    """Public access requires blocks of IP addresses, of which 0.0.0.0/0 is the whole internet."""
    return Problem(
        code="PublicAccess",
        path=path,
        value=value,
        message=message,
        fix="use the addresses of your organization, such as '203.0.113.0/24'",
        severity=severity,
    )


def _version_problems(versions: object) -> Iterator[Problem]:
    """Versions are of the base add-ons."""
    wrong = list(texts_by_name("add_on_versions", versions))
    yield from wrong
    if wrong or not isinstance(versions, Mapping):
        return
    for name, version in versions.items():
        path = f"add_on_versions[{name!r}]"
        if name not in BASE_ADD_ONS:
            yield Problem(
                code="AddOnVersion",
                path=path,
                value=version,
                message=f"is a version of {name!r}, which is not a base add-on",
                fix=f"use one of {', '.join(BASE_ADD_ONS)}",
            )
        if name == CNI:
            yield from cni_version_problems(path, version)


def _image_problems(arguments: ControlPlaneArguments) -> Iterator[Problem]:
    """Nodes without internet access cannot pull the images that are not in Amazon ECR."""
    chart = arguments.helm_chart
    if arguments.isolated is True and not chart.is_installed and chart.images is None:
        yield Problem(
            code="ChartImages",
            path="helm_chart.images",
            value=None,
            message="is required with isolated=True, since nodes cannot reach the registries of "
            "NVIDIA, Docker and Quay",
            fix="copy the images of ImageMirror(registry).images(), and pass the ImageMirror",
        )


def _registry_problems(chart: HyperPodHelmChart, region: str) -> Iterator[Problem]:
    """The endpoints of a network without internet access reach Amazon ECR in its Region only.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    images = chart.images.registry if isinstance(chart.images, ImageMirror) else None
    registries = {
        "repository": ("ChartRepository", chart.repository),
        "images": ("ImageMirror", images),
    }
    for name, (code, registry) in registries.items():
        found = re.search(_ECR_REGION, registry) if isinstance(registry, str) else None
        if found is not None and found[1] != region and not is_unresolved(region):
            yield Problem(
                code=code,
                path=f"helm_chart.{name}",
                value=registry,
                message=f"is a registry in {found[1]}, which a network with isolated=True in {region} "
                "cannot reach",
                fix=f"copy it to Amazon ECR in {region}",
            )
