"""Checks of service quotas."""

from collections.abc import Iterator

from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.operations.quotas import (
    ACTIONS,
    OF_CLUSTER,
    OF_CLUSTERS,
    OF_SPOT,
    OF_VOLUME,
    find_quota,
)
from hyperpod_constructs.operations.reads import Reads
from hyperpod_constructs.operations.usage import ACTIONS as USAGE
from hyperpod_constructs.operations.usage import used_by_others

from .check import check
from .existing import ACTION, new_nodes, nodes_now
from .outcome import Result, failed, ok, unknown
from .planned import Planned

_INTERFACES = "Network interfaces per Region"
_INTERFACES_CODE = "L-DF5E4CA3"


def _compared(reads: Reads, name: str, needed: int, used: int = 0) -> Result:
    quota = find_quota(reads, name)
    if quota is None:
        return unknown(name, "is not a quota of the Region", "verify the instance type")
    others = f", and other clusters have {used}" if used else ""
    message = f"is {quota.value:g}; the cluster needs {needed}{others}"
    if needed + used <= quota.value:
        return ok(name, message)
    return failed(name, message, f"request an increase of {quota.code}: {quota.link}")


@check("QuotaInstances", *ACTIONS, *USAGE)
def instance_quotas(planned: Planned, reads: Reads) -> Iterator[Result]:
    """The quota of each instance type must cover all clusters of the account and Region.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
    """
    needed = planned.model.required_quotas()
    used = used_by_others(reads, planned.name) if needed else {}
    for name, count in needed.items():
        yield _compared(reads, name, int(str(count).partition(" ")[0]), used.get(name, 0))


@check("QuotaCluster", *ACTIONS, *USAGE)
def cluster_quotas(planned: Planned, reads: Reads) -> Iterator[Result]:
    """The quotas for instances of a cluster, of all clusters, and of Spot must suffice.

    Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
    """
    count = sum(group.count for group in planned.groups)
    used = used_by_others(reads, planned.name)
    yield _compared(reads, OF_CLUSTER, count)
    yield _compared(reads, OF_CLUSTERS, count, sum(used.values()))
    spot = sum(group.count for group in planned.groups if group.values.capacity.is_spot)
    if spot:
        others = sum(number for name, number in used.items() if "spot" in name)
        yield _compared(reads, OF_SPOT, spot, others)


@check("QuotaVolume", *ACTIONS)
def volume_quota(planned: Planned, reads: Reads) -> Iterator[Result]:
    """The quota for the size of volumes must allow the largest volume.

    Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html
    """
    sizes = [volume.size_gib for group in planned.groups for volume in group.values.volumes]
    largest = max((size for size in sizes if size is not None and size > 0), default=0)
    if largest:
        yield _compared(reads, OF_VOLUME, int(largest))


@check("QuotaNetworkInterfaces", *ACTIONS, "ec2:DescribeNetworkInterfaces", ACTION)
def interface_quota(planned: Planned, reads: Reads) -> Iterator[Result]:
    """The quota for network interfaces must allow one for each network card of new nodes.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    """
    if not planned.networks:
        return
    now = nodes_now(planned, reads)
    cards = sum(
        new_nodes(group, now) * max(map(_cards, group.types), default=1) for group in planned.groups
    )
    quota = find_quota(reads, _INTERFACES, service="vpc", quota_code=_INTERFACES_CODE)
    if quota is None:
        yield unknown(_INTERFACES, "is not a quota of the Region", "verify the Region")
        return
    used = len(reads.get("ec2", "describe_network_interfaces")["NetworkInterfaces"])
    message = f"is {quota.value:g}; the cluster needs {cards}, and the account has {used}"
    if cards + used <= quota.value:
        yield ok(_INTERFACES, message)
    else:
        fix = f"request an increase of {quota.code}: {quota.link}"
        yield failed(_INTERFACES, message, fix)


def _cards(instance_type: str) -> int:
    known = instance_types().get(instance_type)
    return known.network_cards if known else 1
