"""Rules about where a cluster lives: subnets, reserved capacity, file systems."""

from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING

from hyperpod_constructs.model.errors import Problem, Severity
from hyperpod_constructs.model.instance_group import NodeType
from hyperpod_constructs.model.instance_types import addresses_per_instance
from hyperpod_constructs.model.storage import LustreMount, OpenZfsMount
from hyperpod_constructs.model.tokens import is_unresolved

from .instance_groups import group_path

if TYPE_CHECKING:
    from hyperpod_constructs.model.cluster_model import ClusterModel, Subnet


_RESERVED_ADDRESSES = 5


def training_plans(model: "ClusterModel") -> Iterator[Problem]:
    """A plan has capacity in one zone, and is for workers.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/reserve-capacity-with-training-plans.html
    """
    zones = _zones(model)
    for index, group in enumerate(model.instance_groups):
        plan = getattr(group.capacity, "training_plan_arn", None)
        if plan is None:
            continue
        if group.node_type is NodeType.CONTROLLER:
            yield Problem(
                code="TrainingPlanController",
                path=f"{group_path(index)}.capacity",
                value=plan,
                message="ends one day, and the cluster with it",
                fix="use on-demand capacity for the controller",
                severity=Severity.WARNING,
            )
        if len(zones) > 1 and group.subnet is None:
            yield Problem(
                code="TrainingPlanZone",
                path=f"{group_path(index)}.capacity",
                value=plan,
                message=f"has capacity in one zone, and the subnets lie in {' and '.join(zones)}",
                fix="pass the subnet of the plan's zone, for the group or the cluster",
            )


def file_systems(model: "ClusterModel") -> Iterator[Problem]:
    """One Lustre and one OpenZFS at most, in the VPC of the cluster.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
    """
    for index, mount in enumerate(model.file_systems):
        yield from mount.problems(f"file_systems[{index}]")
    kinds = Counter(type(mount) for mount in model.file_systems)
    for kind, title, place in (
        (LustreMount, "FSx for Lustre", "/fsx"),
        (OpenZfsMount, "FSx for OpenZFS", "/home"),
    ):
        if kinds[kind] > 1:
            yield Problem(
                code="FileSystems",
                path="file_systems",
                value=[str(mount.dns_name) for mount in model.file_systems],
                message=f"have {kinds[kind]} {title} file systems for {place}, and the form has "
                "one place for it",
                fix="keep one, and mount the others in scripts of your own",
            )
    if model.file_systems and model.subnets is None:
        yield Problem(
            code="FileSystemWithoutVpc",
            path="file_systems",
            value=[str(mount.dns_name) for mount in model.file_systems],
            message='are given without a VPC; HyperPod: "FSx configurations are only supported '
            'for Custom VPC"',
            fix="pass vpc=, the VPC of the file system",
        )


def subnets(model: "ClusterModel") -> Iterator[Problem]:
    """Private subnets, and one availability zone.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
    """
    if model.subnets is None:
        return
    if not model.subnets:
        yield Problem(
            code="NoSubnets",
            path="vpc_subnets",
            value=None,
            message="selects no private subnet of the VPC",
            fix="check zone, name and type of the selection against the subnets of the VPC",
        )
    for path, subnet in placed_subnets(model).items():
        if subnet.public:
            yield Problem(
                code="PublicSubnet",
                path=path,
                value=subnet.name,
                message="is a public subnet, in which HyperPod creates no nodes",
                fix="pass a private subnet with a route to a NAT gateway",
            )
    zones = _zones(model)
    if len(zones) > 1:
        yield Problem(
            code="SeveralAvailabilityZones",
            path="vpc_subnets",
            value=list(zones),
            message="are several availability zones; HyperPod uses one, and EFA does not cross",
            fix="pass one subnet, and give single groups another one with subnet=",
            severity=Severity.WARNING,
        )


def placed_subnets(model: "ClusterModel") -> dict[str, "Subnet"]:
    """The subnets of the nodes by the user's arguments."""
    placed = {
        **{f"vpc_subnets[{index}]": subnet for index, subnet in enumerate(model.subnets or ())},
        **{
            f"{group_path(index)}.subnet": subnet
            for index, subnet in enumerate(model.own_subnets or ())
        },
    }
    return {path: subnet for path, subnet in placed.items() if subnet is not None}


def addresses(model: "ClusterModel") -> Iterator[Problem]:
    """A subnet cannot be enlarged, and an instance takes an address for each network card.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
    """
    blocks = [subnet.ipv4_cidr_block for subnet in model.subnets or ()]
    if not blocks or any(block is None or is_unresolved(block) for block in blocks):
        return
    free = sum(
        ip_network(block).num_addresses - _RESERVED_ADDRESSES
        for block in blocks
        if block is not None
    )
    needed = sum(
        group.count * addresses_per_instance(group.instance_type)
        for group in model.instance_groups
        if group.subnet is None and isinstance(group.count, int) and not is_unresolved(group.count)
    )
    if needed > free:
        yield Problem(
            code="SubnetAddresses",
            path="vpc_subnets",
            value=blocks,
            message=f"have {free} addresses, and the instances take {needed}",
            fix="pass a larger subnet; a subnet cannot be enlarged",
            severity=Severity.WARNING,
        )


def vpc(model: "ClusterModel") -> Iterator[Problem]:
    """Subnets and security groups are those of a VPC that is named.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
    """
    if model.subnets is not None:
        return
    arguments = [
        *model.vpc_arguments,
        *(
            f"{group_path(index)}.{name}"
            for index, group in enumerate(model.instance_groups)
            for name in ("subnet", "security_groups")
            if getattr(group, name)
        ),
    ]
    for argument in arguments:
        yield Problem(
            code="VpcMissing",
            path="vpc",
            value=None,
            message=f"is needed, since {argument} was given",
            fix=f"pass vpc=, or leave {argument} out",
        )


def _zones(model: "ClusterModel") -> tuple[str, ...]:
    known = {
        subnet.availability_zone
        for subnet in model.subnets or ()
        if subnet.availability_zone and not is_unresolved(subnet.availability_zone)
    }
    return tuple(sorted(known))
