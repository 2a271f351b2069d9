"""What drawings of a cluster show: groups by zone, and what the nodes talk to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .description import ClusterDescription, GroupDescription
from .network import ANY_ADDRESS, NODES
from .text import scripts_text


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Something outside the groups that nodes talk to, or that talks to nodes.

    Attributes:
        name: Name of the neighbour.
        kind: `storage`, `network` or `service`.
        notes: What it is.
        traffic: Traffic between it and the nodes.
        is_source: Whether it talks to the nodes, instead of the nodes to it.
    """

    name: str
    kind: str
    notes: tuple[str, ...] = ()
    traffic: tuple[str, ...] = ()
    is_source: bool = False


def zones(cluster: ClusterDescription) -> Mapping[str, Sequence[GroupDescription]]:
    """Groups by Availability Zone."""
    found: dict[str, list[GroupDescription]] = {}
    for group in cluster.groups:
        found.setdefault(group.zone, []).append(group)
    return found


def among_nodes(cluster: ClusterDescription) -> tuple[str, ...]:
    """Traffic that is allowed among nodes."""
    return tuple(
        dict.fromkeys(
            each.traffic for each in cluster.connections if each.source == each.target == NODES
        )
    )


def neighbours(cluster: ClusterDescription) -> Sequence[Neighbour]:
    """Everything the nodes talk to, and what talks to them."""
    found = [
        *_file_systems(cluster),
        *(
            Neighbour(
                name="lifecycle scripts",
                kind="storage",
                notes=(each.uri, scripts_text(each)),
                traffic=("read when a node is created",),
            )
            for each in cluster.scripts
        ),
        *_others(cluster),
    ]
    if cluster.network.nat_gateways:
        found.append(Neighbour(name="internet", kind="network", traffic=("by NAT gateway",)))
    found += [
        Neighbour(name=each, kind="service", traffic=("by VPC endpoint",))
        for each in cluster.network.endpoints
    ]
    return found


def image(group: GroupDescription) -> str:
    """Count and types of the instances of a group."""
    return f"{group.count} x {' or '.join(group.instance_types)}"


def _file_systems(cluster: ClusterDescription) -> Sequence[Neighbour]:
    return [
        Neighbour(
            name=each.name,
            kind="storage",
            notes=(each.kind, each.use),
            traffic=_traffic(cluster, NODES, each.name),
        )
        for each in cluster.file_systems
    ]


def _others(cluster: ClusterDescription) -> Sequence[Neighbour]:
    """Ends of connections that are no file systems."""
    known = {NODES, *(each.name for each in cluster.file_systems)}
    if cluster.network.nat_gateways:
        known.add(ANY_ADDRESS)
    found = []
    for each in cluster.connections:
        source = each.source not in known
        other = each.source if source else each.target
        if other in known and (other != ANY_ADDRESS or not source):
            continue
        ends = (other, NODES) if source else (NODES, other)
        found.append(
            Neighbour(
                name=other,
                kind="network",
                traffic=_traffic(cluster, *ends),
                is_source=source,
            )
        )
    return list(dict.fromkeys(found))


def _traffic(cluster: ClusterDescription, source: str, target: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            each.traffic
            for each in cluster.connections
            if (each.source, each.target) == (source, target)
        )
    )
