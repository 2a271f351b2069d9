"""Resources of a template around a cluster: security groups, roles, subnets, EKS cluster, quotas.

Values known only at deployment, and resources of other templates, are not validated.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.subnet import KnownSubnets, Subnet

from .findings import Finding
from .neighbour_eks import eks_findings
from .neighbour_quotas import quota_findings
from .neighbour_roles import is_assumed_by_sagemaker, missing_vpc_actions
from .neighbour_traffic import (
    EGRESS,
    INGRESS,
    allows_all,
    allows_port,
    security_groups,
)
from .role_policies import ROLE
from .template_resources import Resources, UnfollowedError

_LUSTRE_PORT = 988
_SUBNET = "AWS::EC2::Subnet"
_FILE_SYSTEM = "AWS::FSx::FileSystem"


def neighbour_findings(
    template: Mapping[str, Any], cluster: Mapping[str, Any]
) -> Iterator[Finding]:
    """Validates the resources of a template that a cluster depends on.

    Args:
        template: Content of the template.
        cluster: Properties of the cluster.

    Returns:
        Findings, with paths in the template.
    """
    resources = Resources(template)
    vpc = cluster.get("VpcConfig")
    groups = _groups(cluster)
    networks = [vpc, *(group.get("OverrideVpcConfig") for group in groups)]
    seen: set[frozenset[str]] = set()
    for network in networks:
        with suppress(UnfollowedError):
            nodes = security_groups(resources, _get(network, "SecurityGroupIds"))
            if nodes not in seen:
                seen.add(nodes)
                yield from _traffic(resources, nodes, has_efa=_has_efa(groups))
                yield from _file_system_traffic(resources, nodes, groups)
    roles: list[str] = []
    for group in groups:
        with suppress(UnfollowedError):
            role = resources.referred(group.get("ExecutionRole"))
            if role is not None and role not in roles:
                roles.append(role)
                yield from _role(resources, role, in_vpc=vpc is not None)
    yield from eks_findings(resources, cluster, roles)
    yield from quota_findings(resources, cluster)


def known_subnets(template: Mapping[str, Any], cluster: Any) -> KnownSubnets:
    """What a template defines of the subnets of a cluster.

    Args:
        template: Content of the template.
        cluster: Properties of the cluster.
    """
    resources = Resources(template)
    if not isinstance(cluster, Mapping):
        return KnownSubnets()

    def facts(network: object) -> Sequence[Subnet]:
        ids = _get(network, "Subnets")
        return tuple(_subnet(resources, each) for each in (ids if isinstance(ids, list) else ()))

    groups = _objects(cluster, "InstanceGroups")
    return KnownSubnets(
        facts(cluster.get("VpcConfig")),
        tuple(facts(group.get("OverrideVpcConfig")) for group in groups),
    )


def _traffic(resources: Resources, nodes: frozenset[str], *, has_efa: bool) -> Iterator[Finding]:
    """Nodes require all traffic among themselves; EFA requires rules with a security group."""
    missing = [
        direction
        for direction in (INGRESS, EGRESS)
        if not allows_all(resources, direction, nodes, nodes, by_address=not has_efa)
    ]
    if missing:
        names = sorted(nodes)
        yield Finding(
            Problem(
                code="SecurityGroupTraffic",
                path="",
                value=names[0] if len(names) == 1 else names,
                message=f"does not allow all traffic {_directions(missing)} itself, which nodes "
                "require",
                fix=" and ".join(f"add an AWS::EC2::SecurityGroup{each}" for each in missing)
                + ' with "IpProtocol": "-1" and the security group itself',
                severity=Severity.WARNING,
            ),
            ("Resources", names[0], "Properties"),
        )


def _directions(directions: Sequence[str]) -> str:
    return " and ".join({INGRESS: "from", EGRESS: "to"}[each] for each in directions)


def _file_system_traffic(
    resources: Resources, nodes: frozenset[str], groups: Sequence[Mapping[str, Any]]
) -> Iterator[Finding]:
    """FSx for Lustre requires TCP port 988 from the nodes.

    Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
    """
    found: set[str] = set()
    for storage in (each for group in groups for each in _objects(group, "InstanceStorageConfigs")):
        with suppress(UnfollowedError):
            name = _get(storage.get("FsxLustreConfig"), "DnsName")
            file_system = None if name is None else resources.referred(name)
            properties = resources.properties(file_system, _FILE_SYSTEM)
            if file_system is None or properties is None or file_system in found:
                continue
            found.add(file_system)
            own = security_groups(resources, properties.get("SecurityGroupIds"))
            if not allows_port(resources, own, nodes, _LUSTRE_PORT):
                yield Finding(
                    Problem(
                        code="FileSystemTraffic",
                        path="",
                        value=file_system,
                        message=f"does not allow TCP port {_LUSTRE_PORT} from the security groups "
                        "of the nodes, which mount it",
                        fix="add an AWS::EC2::SecurityGroupIngress to its security group",
                        severity=Severity.WARNING,
                    ),
                    ("Resources", file_system, "Properties", "SecurityGroupIds"),
                )


def _role(resources: Resources, logical_id: str, *, in_vpc: bool) -> Iterator[Finding]:
    """SageMaker must be able to assume the execution role, and attaches nodes to a VPC with it.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
    """
    role = resources.properties(logical_id, ROLE)
    if role is None:
        return
    place = ("Resources", logical_id, "Properties")
    with suppress(UnfollowedError):
        if not is_assumed_by_sagemaker(role):
            yield Finding(
                Problem(
                    code="ExecutionRoleTrust",
                    path="",
                    value=logical_id,
                    message="is the execution role of a group, and SageMaker cannot assume it",
                    fix='allow sts:AssumeRole for the service "sagemaker.amazonaws.com"',
                ),
                (*place, "AssumeRolePolicyDocument"),
            )
    missing = missing_vpc_actions(resources, logical_id) if in_vpc else []
    if missing:
        yield Finding(
            Problem(
                code="ExecutionRoleNetwork",
                path="",
                value=logical_id,
                message=f"is the execution role of a cluster in a VPC, and does not allow "
                f"{', '.join(missing)}",
                fix="add a policy with these actions",
                severity=Severity.WARNING,
            ),
            place,
        )


def _subnet(resources: Resources, reference: Any) -> Subnet:
    with suppress(UnfollowedError):
        logical_id = resources.referred(reference)
        properties = resources.properties(logical_id, _SUBNET)
        if logical_id is not None and properties is not None:
            block = properties.get("CidrBlock")
            return Subnet(
                name=logical_id,
                public=properties.get("MapPublicIpOnLaunch") in (True, "true")
                or _has_internet_gateway(resources, logical_id),
                ipv4_cidr_block=block if isinstance(block, str) else None,
            )
    return Subnet()


def _has_internet_gateway(resources: Resources, subnet: str) -> bool:
    """Whether the route table of a subnet has a route to an internet gateway."""

    def is_table(table: str | None) -> bool:
        return resources.any_of_type(
            "AWS::EC2::SubnetRouteTableAssociation",
            lambda each: (
                resources.referred(each.get("SubnetId")) == subnet
                and resources.referred(each.get("RouteTableId")) == table
            ),
        )

    def leads_out(route: Mapping[str, Any]) -> bool:
        return (
            "GatewayId" in route
            and resources.properties(
                resources.referred(route["GatewayId"]), "AWS::EC2::InternetGateway"
            )
            is not None
            and is_table(resources.referred(route.get("RouteTableId")))
        )

    return resources.any_of_type("AWS::EC2::Route", leads_out)


def _has_efa(groups: Sequence[Mapping[str, Any]]) -> bool:
    """Whether EFA can be used: an instance type supports it, or is unknown."""
    types = [group.get("InstanceType") for group in groups]
    return any(
        not isinstance(each, str) or each not in instance_types() or instance_types()[each].efa
        for each in types
    )


def _groups(cluster: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        group
        for name in ("InstanceGroups", "RestrictedInstanceGroups")
        for group in _objects(cluster, name)
    ]


def _objects(owner: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    values = owner.get(name)
    return [
        each for each in (values if isinstance(values, list) else ()) if isinstance(each, Mapping)
    ]


def _get(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
